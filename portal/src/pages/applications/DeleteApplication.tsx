import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'

interface DeleteApplicationProps {
  readonly application: Schemas['ApplicationOut']
}

/** So much goes with an application that its name is asked for. */
export function DeleteApplication({ application }: DeleteApplicationProps): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  const [isOpen, dialog] = useDisclosure(false)
  return (
    <Section title={t('edit.remove')} help={t('edit.removeHelp')}>
      <Group>
        <Button color="red" variant="outline" onClick={dialog.open}>
          {t('edit.remove')}
        </Button>
      </Group>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={t('edit.remove')}
        closeButtonProps={{ 'aria-label': t('common:close') }}
      >
        <Confirmation application={application} cancel={dialog.close} />
      </Modal>
    </Section>
  )
}

function Confirmation({
  application,
  cancel,
}: DeleteApplicationProps & { readonly cancel: () => void }): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const { id, name } = application
  const [typed, setTyped] = useState('')
  const remove = useAction({
    run: () => dataOf(api.DELETE('/api/v1/app/{app_id}', { params: { path: { app_id: id } } })),
    done: t('edit.removed'),
    changes: [['applications']],
    onDone: () => void navigate({ to: '/applications' }),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() === name.trim()) remove.mutate()
      }}
    >
      <Stack>
        <Text size="sm">{t('edit.removeQuestion', { name })}</Text>
        <TextInput
          label={t('edit.confirmName', { name })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            {t('common:cancel')}
          </Button>
          <Button
            type="submit"
            color="red"
            loading={remove.isPending}
            disabled={typed.trim() !== name.trim()}
          >
            {t('common:delete')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
