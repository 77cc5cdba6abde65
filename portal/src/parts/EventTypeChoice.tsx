import { Button, Group, Pill, Stack, Text, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../api/event-types.ts'
import { eventTypeTree, matching } from '../lib/event-type-tree.ts'
import { EventTypeTree } from './EventTypeTree.tsx'

interface EventTypeChoiceProps {
  readonly eventTypes: readonly EventType[]
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  readonly isDisabled: boolean
}

/** More than this are first shown by their branches alone. */
const openUpTo = 40

/** Some event types, out of a tree with a search field; names that there are no more can only be taken away. */
export function EventTypeChoice({
  eventTypes,
  value,
  onChange,
  isDisabled,
}: EventTypeChoiceProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const [search, setSearch] = useState('')
  const settled = useDeferredValue(search.trim())
  const found = useMemo(() => matching(eventTypes, settled), [eventTypes, settled])
  const tree = useMemo(() => eventTypeTree(found), [found])
  const known = useMemo(() => new Set(eventTypes.map(({ name }) => name)), [eventTypes])
  const gone = value.filter((name) => !known.has(name))
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        aria-label={t('searchLabel')}
        placeholder={t('searchLabel')}
        leftSection={<Search size={16} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.preventDefault()
        }}
      />
      {gone.length > 0 && (
        <GoneEventTypes
          names={gone}
          isDisabled={isDisabled}
          remove={(name) => onChange(value.filter((each) => each !== name))}
        />
      )}
      {found.length === 0 ? (
        <Text size="sm" c="dimmed" role="status" py="xs">
          {eventTypes.length === 0 ? t('picker.noEventType') : t('nothingFound')}
        </Text>
      ) : (
        <EventTypeTree
          // What is open starts anew with each search.
          key={settled === '' ? 'all' : 'found'}
          label={t('title')}
          tree={tree}
          value={value}
          onChange={onChange}
          isOpenAtFirst={settled !== '' || eventTypes.length <= openUpTo}
          isDisabled={isDisabled}
        />
      )}
      {value.length > 0 && (
        <Group gap="sm" justify="space-between" mih={30}>
          <Text size="sm" c="dimmed" role="status">
            {t('picker.chosen', { count: value.length })}
          </Text>
          {!isDisabled && (
            <Button variant="subtle" size="compact-sm" onClick={() => onChange([])}>
              {t('picker.clear')}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  )
}

function GoneEventTypes({
  names,
  isDisabled,
  remove,
}: {
  readonly names: readonly string[]
  readonly isDisabled: boolean
  readonly remove: (name: string) => void
}): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  return (
    <Stack gap={4}>
      <Text size="sm" c="dimmed">
        {t('picker.gone')}
      </Text>
      <Group gap="xs">
        {names.map((name) => (
          <Pill
            key={name}
            withRemoveButton={!isDisabled}
            onRemove={() => remove(name)}
            removeButtonProps={{
              'aria-label': t('picker.remove', { name }),
              'aria-hidden': false,
              tabIndex: 0,
            }}
          >
            {name}
          </Pill>
        ))}
      </Group>
    </Stack>
  )
}
