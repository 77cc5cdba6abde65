import { Button, Stack } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../api/event-types.ts'
import { matching } from '../../lib/event-type-tree.ts'
import { Empty } from '../../parts/Empty.tsx'
import { EventTypeFilters } from './EventTypeFilters.tsx'
import { EventTypesTable } from './EventTypesTable.tsx'
import type { EventTypesSearch } from './event-types-search.ts'

/** Those that the filters leave. */
export function FoundEventTypes({ eventTypes }: { readonly eventTypes: readonly EventType[] }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const navigate = useNavigate({ from: '/event-types' })
  const { q, group, archived } = useSearch({ from: '/event-types' })
  const [words, setWords] = useState(q ?? '')
  const settled = useDeferredValue(words)
  const groups = useMemo(
    () => [...new Set(eventTypes.flatMap(({ groupName }) => groupName ?? []))].sort(),
    [eventTypes],
  )
  const found = useMemo(
    () => matching(eventTypes, settled).filter(({ groupName }) => group === undefined || groupName === group),
    [eventTypes, settled, group],
  )
  const change = (changes: EventTypesSearch): void =>
    void navigate({ search: (last) => ({ ...last, ...changes }), replace: true })
  return (
    <Stack gap="md">
      <EventTypeFilters
        words={words}
        setWords={setWords}
        group={group}
        groups={groups}
        archived={archived}
        change={change}
      />
      {found.length === 0 ? (
        <Empty
          title={t('nothingFound')}
          action={
            <Button
              variant="default"
              onClick={() => {
                setWords('')
                change({ q: undefined, group: undefined })
              }}
            >
              {t('common:clearFilters')}
            </Button>
          }
        />
      ) : (
        <EventTypesTable eventTypes={found} />
      )}
    </Stack>
  )
}
