import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { useApi } from '../../session/SessionContext.tsx'

interface AddSourceEndpointProps {
  readonly sourceId: string
  readonly isOpen: boolean
  readonly close: () => void
}

export function AddSourceEndpoint({ sourceId, isOpen, close }: AddSourceEndpointProps): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const form = useForm({ initialValues: { url: '', description: '' } })
  const add = useAction({
    run: (body: typeof form.values) =>
      dataOf(
        api.POST('/ingest/api/v1/source/{source_id}/endpoint', {
          params: { path: { source_id: sourceId } },
          body: { ...body, disabled: false, metadata: {} },
        }),
      ),
    done: t('endpoints.added'),
    changes: [['source', sourceId, 'endpoints']],
    isQuiet: true,
    onDone() {
      close()
      form.reset()
    },
  })
  const others = useFieldErrors(form, add.error)
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('endpoints.add')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          <TextInput
            label={t('endpoints.url')}
            description={t('endpoints.urlHelp')}
            type="url"
            placeholder="https://"
            required
            data-autofocus
            {...form.getInputProps('url')}
          />
          <TextInput label={t('endpoints.description')} {...form.getInputProps('description')} />
          {others !== null && <Failure error={others} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t('common:add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
