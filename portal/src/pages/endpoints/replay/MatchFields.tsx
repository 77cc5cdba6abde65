import { Box, Group, Select } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EventTypesFilter } from '../../../parts/EventTypesFilter.tsx'
import { type ReplayValues, statuses } from './replay-values.ts'

/** Which messages, by their event type and how they stand. */
export function MatchFields({ form }: { readonly form: UseFormReturnType<ReplayValues> }): ReactNode {
  const { t } = useTranslation('replay')
  const { eventTypes, status } = form.values
  return (
    <Group gap="sm" align="flex-start" maw={640}>
      <Box flex="1 1 16rem" miw={0}>
        <EventTypesFilter value={eventTypes} onChange={(next) => form.setFieldValue('eventTypes', next)} />
      </Box>
      <Select
        label={t('again.status')}
        w={{ base: '100%', xs: 200 }}
        allowDeselect={false}
        value={status}
        onChange={(next) => form.setFieldValue('status', statuses.find((each) => each === next) ?? 'any')}
        data={statuses.map((each) => ({ value: each, label: t(`again.statuses.${each}`) }))}
      />
    </Group>
  )
}
