import { Paper, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Chart } from '../../../parts/Chart.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { type EndpointIds, useSeriesQuery, useStatsQuery } from '../endpoint-queries.ts'
import { shownDays } from '../endpoints-search.ts'
import { type AttemptSteps, inSteps, sum } from './attempt-steps.ts'

const refreshMs = 15_000
const hoursPerStep = { 1: 1, 7: 6, 28: 24 } as const

/** Attempts over time, by result. */
export function Traffic({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { days = 1 } = useSearch({ from: '/app/$appId/endpoints/$endpointId' })
  const navigate = useNavigate({ from: '/app/$appId/endpoints/$endpointId' })
  const query = useQuery({ ...useSeriesQuery(ids, days), refetchInterval: refreshMs })
  const range = (
    <SegmentedControl
      size="xs"
      aria-label={t('traffic.range')}
      value={String(days)}
      onChange={(next) =>
        void navigate({
          search: (last) => ({ ...last, days: shownDays.find((each) => String(each) === next) }),
          replace: true,
        })
      }
      data={shownDays.map((each) => ({ value: String(each), label: t(`traffic.days.d${each}`) }))}
    />
  )
  return (
    <Section title={t('traffic.title')} actions={range}>
      <Loaded query={query}>
        {({ data }) => <Shown ids={ids} steps={inSteps(data, hoursPerStep[days])} />}
      </Loaded>
    </Section>
  )
}

function Shown({ ids, steps }: { readonly ids: EndpointIds; readonly steps: AttemptSteps }): ReactNode {
  const { t, i18n } = useTranslation(['endpoints', 'common'])
  const stats = useQuery({ ...useStatsQuery(ids, 24), refetchInterval: refreshMs })
  const number = new Intl.NumberFormat(i18n.language)
  const isEmpty = sum([...steps.success, ...steps.failure]) === 0
  const waiting = stats.data === undefined ? null : stats.data.pending + stats.data.sending
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Tile title={t('traffic.success')} value={number.format(sum(steps.success))} />
        <Tile title={t('traffic.failure')} value={number.format(sum(steps.failure))} />
        <Tile title={t('traffic.canceled')} value={number.format(sum(steps.canceled))} />
        <Tile title={t('traffic.waiting')} value={waiting === null ? '–' : number.format(waiting)} />
      </SimpleGrid>
      {isEmpty ? (
        <Text size="sm" c="dimmed">
          {t('traffic.nothing')}
        </Text>
      ) : (
        <Chart
          label={t('traffic.chart')}
          instants={steps.instants}
          unit={(value) => number.format(value)}
          height={200}
          series={[
            { label: t('traffic.success'), values: steps.success, tone: 'good', kind: 'bars' },
            { label: t('traffic.failure'), values: steps.failure, tone: 'bad', kind: 'bars' },
          ]}
        />
      )}
    </Stack>
  )
}

function Tile({ title, value }: { readonly title: string; readonly value: string }): ReactNode {
  return (
    <Paper withBorder px="md" py="sm">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <Text size="xl" fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
    </Paper>
  )
}
