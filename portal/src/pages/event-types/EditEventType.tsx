import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../api/event-types.ts'
import { EventTypeFields, changesOf, type EventTypeValues, valuesOf } from './EventTypeFields.tsx'
import { FormDialog } from './FormDialog.tsx'
import { useEventTypeChange } from './event-type-change.ts'

interface EditEventTypeProps {
  readonly eventType: EventType
  readonly close: () => void
}

export function EditEventType({ eventType, close }: EditEventTypeProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const form = useForm<EventTypeValues>({ initialValues: valuesOf(eventType) })
  const change = useEventTypeChange(eventType.name, { isQuiet: true, onDone: close })
  return (
    <FormDialog
      title={t('edit')}
      submit={t('common:save')}
      isOpen
      close={close}
      form={form}
      action={{ ...change, mutate: (values) => change.mutate(changesOf(values)) }}
    >
      <EventTypeFields form={form} isNew={false} />
    </FormDialog>
  )
}
