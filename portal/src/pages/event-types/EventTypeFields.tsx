import { Autocomplete, TagsInput, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type EventType, useEventTypesQuery } from '../../api/event-types.ts'

export interface EventTypeValues extends Record<string, unknown> {
  readonly name: string
  readonly description: string
  readonly groupName: string
  readonly featureFlags: string[]
}

export function valuesOf(eventType: EventType | null): EventTypeValues {
  return {
    name: eventType?.name ?? '',
    description: eventType?.description ?? '',
    groupName: eventType?.groupName ?? '',
    featureFlags: eventType?.featureFlags ?? [],
  }
}

/** As the API takes them: what is empty is none. */
export function changesOf({ description, groupName, featureFlags }: EventTypeValues) {
  return {
    description: description.trim(),
    groupName: groupName.trim() === '' ? null : groupName.trim(),
    featureFlags: featureFlags.length === 0 ? null : featureFlags,
  }
}

/** What an event type is described by. */
export function EventTypeFields({
  form,
  isNew,
}: {
  readonly form: UseFormReturnType<EventTypeValues>
  readonly isNew: boolean
}): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const { data = [] } = useQuery(useEventTypesQuery())
  const groups = [...new Set(data.flatMap(({ groupName }) => groupName ?? []))].sort()
  return (
    <>
      {isNew && (
        <TextInput
          label={t('common:name')}
          description={t('nameHelp')}
          placeholder="invoice.paid"
          autoComplete="off"
          spellCheck={false}
          required
          data-autofocus
          {...form.getInputProps('name')}
        />
      )}
      <Textarea
        label={t('common:description')}
        description={t('descriptionHelp')}
        rows={3}
        data-autofocus={isNew ? undefined : true}
        {...form.getInputProps('description')}
      />
      <Autocomplete
        label={t('group')}
        description={t('groupHelp')}
        data={groups}
        {...form.getInputProps('groupName')}
      />
      <TagsInput
        label={t('featureFlags')}
        description={t('featureFlagsHelp')}
        {...form.getInputProps('featureFlags')}
      />
    </>
  )
}
