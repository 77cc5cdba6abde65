import { Box, Button, Collapse, Group, SimpleGrid, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { SlidersHorizontal } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { EventTypesFilter } from '../../parts/EventTypesFilter.tsx'
import { InstantInput } from '../../parts/InstantInput.tsx'
import { countOfMore, type MessagesSearch } from './messages-search.ts'
import { TextFilter } from './TextFilter.tsx'

interface MessageFiltersProps {
  readonly search: MessagesSearch
  readonly onChange: (search: MessagesSearch) => void
  /** The field that stands first. */
  readonly children: ReactNode
}

export function MessageFilters({ search, onChange, children }: MessageFiltersProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const more = countOfMore(search)
  const [isOpen, { toggle }] = useDisclosure(more > 0)
  const moreId = useId()
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="sm" wrap="wrap">
        <Box flex="1 1 15rem">{children}</Box>
        <Box flex="2 1 18rem">
          <EventTypesFilter
            value={search.types ?? []}
            onChange={(types) => onChange({ ...search, types: types.length === 0 ? undefined : types })}
          />
        </Box>
        <Button
          variant="default"
          mt={{ base: 0, md: 25 }}
          leftSection={<SlidersHorizontal size={16} aria-hidden />}
          aria-expanded={isOpen}
          aria-controls={moreId}
          onClick={toggle}
        >
          {more === 0 ? t('filters.more') : t('filters.moreSet', { count: more })}
        </Button>
      </Group>
      <Collapse expanded={isOpen} id={moreId}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
          <TextFilter
            label={t('channel')}
            value={search.channel}
            onChange={(channel) => onChange({ ...search, channel })}
          />
          <TextFilter label={t('tag')} value={search.tag} onChange={(tag) => onChange({ ...search, tag })} />
          <InstantInput
            label={t('filters.after')}
            value={search.after}
            onChange={(after) => onChange({ ...search, after })}
          />
          <InstantInput
            label={t('filters.before')}
            value={search.before}
            onChange={(before) => onChange({ ...search, before })}
          />
        </SimpleGrid>
      </Collapse>
    </Stack>
  )
}
