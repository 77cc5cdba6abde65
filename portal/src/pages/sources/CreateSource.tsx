import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { useApi } from '../../session/SessionContext.tsx'
import { ConfigFields } from './ConfigFields.tsx'
import { configOf, emptyConfig, isJson, isUid } from './source-form.ts'
import { sourceTypeOf } from './source-types.ts'
import { TypeSelect } from './TypeSelect.tsx'

export function CreateSource({
  isOpen,
  close,
}: {
  readonly isOpen: boolean
  readonly close: () => void
}): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const form = useForm({
    initialValues: { name: '', uid: '', type: '', ...emptyConfig() },
    validate: {
      uid: (uid) => (isUid(uid) ? null : t('uidBad')),
      row: (row) => (row.trim() === '' || isJson(row) ? null : t('form.rowBad')),
    },
  })
  const type = form.values.type === '' ? null : sourceTypeOf(form.values.type)
  const create = useAction({
    run: (values: typeof form.values) =>
      dataOf(
        api.POST('/ingest/api/v1/source', {
          body: {
            name: values.name,
            type: values.type,
            metadata: {},
            config: configOf(sourceTypeOf(values.type), values),
            ...(values.uid === '' ? {} : { uid: values.uid }),
          },
        }),
      ),
    done: t('created'),
    changes: [['sources']],
    isQuiet: true,
    onDone({ id }) {
      close()
      form.reset()
      void navigate({ to: '/sources/$sourceId', params: { sourceId: id } })
    },
  })
  const others = useFieldErrors(form, create.error)
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('create')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack>
          <TypeSelect data-autofocus {...form.getInputProps('type')} />
          <TextInput
            label={t('name')}
            description={t('nameHelp')}
            required
            minLength={2}
            {...form.getInputProps('name')}
          />
          {type !== null && <ConfigFields type={type} form={form} />}
          <TextInput label={t('common:uid')} description={t('uidHelp')} {...form.getInputProps('uid')} />
          {others !== null && <Failure error={others} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t('common:create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
