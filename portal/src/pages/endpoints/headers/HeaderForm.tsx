import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../../api/api-error.ts'
import { Failure } from '../../../parts/Failure.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { useChangeHeaders } from './use-change-headers.ts'

interface HeaderFormProps {
  readonly ids: EndpointIds
  /** Empty for a new one. */
  readonly name: string
  readonly value: string
  readonly close: () => void
}

/** One custom header, new or with another value. */
export function HeaderForm({ ids, name, value, close }: HeaderFormProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const isNew = name === ''
  const form = useForm({ initialValues: { name, value } })
  const change = useChangeHeaders(ids, { onDone: close, isQuiet: true })
  const [problem] = change.error instanceof ApiError ? change.error.problems : []
  return (
    <Modal
      opened
      onClose={close}
      title={t(isNew ? 'headers.add' : 'headers.replace')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form
        onSubmit={form.onSubmit((values) =>
          change.mutate({ headers: { [values.name.trim()]: values.value }, deleteHeaders: [] }),
        )}
      >
        <Stack>
          <TextInput
            label={t('common:name')}
            description={isNew ? t('headers.nameHelp') : undefined}
            ff="monospace"
            autoComplete="off"
            spellCheck={false}
            required
            readOnly={!isNew}
            data-autofocus={isNew ? true : undefined}
            {...form.getInputProps('name')}
            error={problem?.msg}
          />
          <TextInput
            label={t('headers.value')}
            description={t('headers.valueHelp')}
            autoComplete="off"
            spellCheck={false}
            required
            data-autofocus={isNew ? undefined : true}
            {...form.getInputProps('value')}
          />
          {change.error !== null && problem === undefined && <Failure error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('common:save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
