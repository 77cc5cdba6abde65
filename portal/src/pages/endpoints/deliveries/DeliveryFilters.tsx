import { Box, Button, Group, Select } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EventTypesFilter } from '../../../parts/EventTypesFilter.tsx'
import { InstantInput } from '../../../parts/InstantInput.tsx'
import { attemptStatuses, type EndpointSearch } from '../endpoints-search.ts'

interface DeliveryFiltersProps {
  readonly search: EndpointSearch
  readonly change: (changes: EndpointSearch) => void
}

export const noFilter = { status: undefined, types: undefined, after: undefined, before: undefined }

/** Which attempts are listed; kept in the address. */
export function DeliveryFilters({ search, change }: DeliveryFiltersProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { status, types = [], after, before } = search
  const isFiltered = status !== undefined || types.length > 0 || after !== undefined || before !== undefined
  return (
    <Group gap="sm" align="flex-end" role="search">
      <Select
        label={t('common:status')}
        data={[
          { value: 'all', label: t('common:all') },
          ...attemptStatuses.map((each) => ({ value: each, label: t(`attempt.status.${each}`) })),
        ]}
        value={status ?? 'all'}
        onChange={(next) => change({ status: attemptStatuses.find((each) => each === next) })}
        allowDeselect={false}
        w={{ base: '100%', xs: 140 }}
      />
      <Box flex="1 1 14rem" miw={0}>
        <EventTypesFilter
          value={types}
          onChange={(next) => change({ types: next.length === 0 ? undefined : next })}
        />
      </Box>
      <Box w={{ base: '100%', xs: 'auto' }}>
        <InstantInput label={t('common:since')} value={after} onChange={(next) => change({ after: next })} />
      </Box>
      <Box w={{ base: '100%', xs: 'auto' }}>
        <InstantInput
          label={t('common:until')}
          value={before}
          onChange={(next) => change({ before: next })}
        />
      </Box>
      {isFiltered && (
        <Button variant="subtle" onClick={() => change(noFilter)}>
          {t('common:clearFilters')}
        </Button>
      )}
    </Group>
  )
}
