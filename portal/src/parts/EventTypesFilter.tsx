import { TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventTypesQuery } from '../api/event-types.ts'

interface EventTypesFilterProps {
  /** Names; none lets all through. */
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}

const maxShown = 100

/** Names of event types to choose from; others can be typed, since messages outlive them. */
export function EventTypesFilter({ value, onChange }: EventTypesFilterProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { data } = useQuery(useEventTypesQuery({ isArchivedToo: true }))
  const names = useMemo(() => data?.map(({ name }) => name) ?? [], [data])
  return (
    <TagsInput
      label={t('filters.eventTypes')}
      placeholder={value.length === 0 ? t('filters.anyType') : ''}
      value={[...value]}
      onChange={onChange}
      data={names}
      limit={maxShown}
      maxLength={256}
      clearable
      clearButtonProps={{ 'aria-label': t('common:clearFilters') }}
    />
  )
}
