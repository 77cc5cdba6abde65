import { Group, Select, Switch, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../session/SessionContext.tsx'
import type { EventTypesSearch } from './event-types-search.ts'

const settleMs = 250

interface EventTypeFiltersProps {
  readonly words: string
  readonly setWords: (words: string) => void
  readonly group: string | undefined
  readonly groups: readonly string[]
  readonly archived: true | undefined
  /** Into the address. */
  readonly change: (changes: EventTypesSearch) => void
}

export function EventTypeFilters({
  words,
  setWords,
  group,
  groups,
  archived,
  change,
}: EventTypeFiltersProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const { face } = useSession()
  const keep = useDebouncedCallback((next: string) => change({ q: next.trim() || undefined }), settleMs)
  return (
    <Group gap="sm" role="search">
      <TextInput
        type="search"
        aria-label={t('searchLabel')}
        placeholder={t('searchLabel')}
        leftSection={<Search size={16} aria-hidden />}
        flex="1 1 14rem"
        maw={420}
        value={words}
        onChange={({ currentTarget }) => {
          setWords(currentTarget.value)
          keep(currentTarget.value)
        }}
      />
      {groups.length > 0 && (
        <Select
          aria-label={t('group')}
          placeholder={t('anyGroup')}
          clearable
          clearButtonProps={{ 'aria-label': t('common:clearFilters') }}
          data={groups}
          value={group ?? null}
          onChange={(next) => change({ group: next ?? undefined })}
          flex="0 1 12rem"
        />
      )}
      {face === 'operator' && (
        <Switch
          label={t('archivedToo')}
          checked={archived === true}
          onChange={({ currentTarget }) => change({ archived: currentTarget.checked || undefined })}
        />
      )}
    </Group>
  )
}
