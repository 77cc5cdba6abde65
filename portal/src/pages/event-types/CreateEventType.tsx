import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { changesOf, EventTypeFields, type EventTypeValues, valuesOf } from './EventTypeFields.tsx'
import { FormDialog } from './FormDialog.tsx'

interface DialogProps {
  readonly isOpen: boolean
  readonly close: () => void
}

export function CreateEventType({ isOpen, close }: DialogProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const form = useForm<EventTypeValues>({ initialValues: valuesOf(null) })
  const create = useAction({
    run: (values: EventTypeValues) =>
      dataOf(
        api.POST('/api/v1/event-type', {
          body: { name: values.name.trim(), archived: false, deprecated: false, ...changesOf(values) },
        }),
      ),
    done: t('created'),
    changes: [['event-types'], ['event-type']],
    isQuiet: true,
    onDone({ name }) {
      close()
      form.reset()
      void navigate({ to: '/event-types/$name', params: { name } })
    },
  })
  return (
    <FormDialog
      title={t('create')}
      submit={t('common:create')}
      isOpen={isOpen}
      close={close}
      form={form}
      action={create}
    >
      <EventTypeFields form={form} isNew />
    </FormDialog>
  )
}
