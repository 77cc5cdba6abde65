import { Alert, Button, Group, Modal, PasswordInput, Radio, Select, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { useFieldErrors } from '../../../parts/field-errors.ts'
import { useApi } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { secretKeyOf } from './secret-query.ts'

const graces = { now: 0, hour: 3_600, day: 86_400, week: 604_800 } as const
type Grace = keyof typeof graces
const graceNames = Object.keys(graces) as Grace[]

interface RotateSecretProps {
  readonly ids: EndpointIds
  readonly isOpen: boolean
  readonly close: () => void
}

type RotateValues = { grace: Grace; isOwn: boolean; key: string }

/** Replaces the signing secret, with a while in which both are valid. */
export function RotateSecret({ ids, isOpen, close }: RotateSecretProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const initialValues: RotateValues = { grace: 'day', isOwn: false, key: '' }
  const form = useForm({ initialValues })
  const rotate = useAction({
    run: ({ grace, isOwn, key }: RotateValues) =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret/rotate', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body: { gracePeriodSeconds: graces[grace], ...(isOwn ? { key: key.trim() } : {}) },
        }),
      ),
    done: t('signing.rotated'),
    changes: [secretKeyOf(ids)],
    isQuiet: true,
    onDone() {
      form.reset()
      close()
    },
  })
  const others = useFieldErrors(form, rotate.error)
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('signing.rotate')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form onSubmit={form.onSubmit((values) => rotate.mutate(values))}>
        <Stack>
          <Select
            label={t('signing.grace')}
            description={t('signing.graceHelp')}
            data={graceNames.map((each) => ({ value: each, label: t(`signing.graces.${each}`) }))}
            allowDeselect={false}
            data-autofocus
            {...form.getInputProps('grace')}
          />
          {form.values.grace === 'now' && (
            <Alert color="orange" variant="light">
              {t('signing.nowWarning')}
            </Alert>
          )}
          <Radio.Group
            label={t('signing.newSecret')}
            value={form.values.isOwn ? 'own' : 'made'}
            onChange={(next) => form.setFieldValue('isOwn', next === 'own')}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="made" label={t('signing.made')} />
              <Radio value="own" label={t('signing.own')} />
            </Stack>
          </Radio.Group>
          {form.values.isOwn && (
            <PasswordInput
              label={t('signing.key')}
              description={t('signing.keyHelp')}
              autoComplete="off"
              required
              {...form.getInputProps('key')}
            />
          )}
          {others !== null && <Failure error={others} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={rotate.isPending}>
              {t('signing.rotate')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
