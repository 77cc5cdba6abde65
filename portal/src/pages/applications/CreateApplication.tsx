import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Failure } from '../../parts/Failure.tsx'
import { useApi } from '../../session/SessionContext.tsx'

export function CreateApplication({
  isOpen,
  close,
}: {
  readonly isOpen: boolean
  readonly close: () => void
}): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const form = useForm({ initialValues: { name: '', uid: '' } })
  const create = useAction({
    run: ({ name, uid }: typeof form.values) =>
      dataOf(api.POST('/api/v1/app', { body: { name, ...(uid === '' ? {} : { uid }) } })),
    done: t('created'),
    changes: [['applications']],
    isQuiet: true,
    onDone({ id }) {
      close()
      form.reset()
      void navigate({ to: '/app/$appId/endpoints', params: { appId: id } })
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
          <TextInput
            label={t('name')}
            description={t('nameHelp')}
            required
            data-autofocus
            {...form.getInputProps('name')}
          />
          <TextInput label={t('uid')} description={t('uidHelp')} {...form.getInputProps('uid')} />
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
