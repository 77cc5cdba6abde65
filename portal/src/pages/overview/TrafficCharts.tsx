import { Paper, SimpleGrid, Title } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { durationWords } from '../../lib/time.ts'
import { Chart, type ChartSeries } from '../../parts/Chart.tsx'

type Step = Schemas['TrafficStep']

/** The period over time. */
export function TrafficCharts({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  const { t, i18n } = useTranslation('overview')
  const { language } = i18n
  const instants = useMemo(() => steps.map(({ at }) => Date.parse(at)), [steps])
  const charts = useMemo(() => {
    const of = (
      label: string,
      tone: ChartSeries['tone'],
      kind: ChartSeries['kind'],
      pick: (step: Step) => number | null,
    ): ChartSeries => ({ label, tone, kind, values: steps.map(pick) })
    return {
      traffic: [
        of(t('series.delivered'), 'good', 'bars', (step) => step.delivered),
        of(t('series.messages'), 'info', 'line', (step) => step.messages),
      ],
      failures: [
        of(t('series.exhausted'), 'bad', 'bars', (step) => step.exhausted),
        of(t('series.retried'), 'waiting', 'bars', (step) => step.retried),
      ],
      latencies: [
        of(t('series.p50'), 'info', 'line', (step) => step.latencyMs?.p50 ?? null),
        of(t('series.p90'), 'waiting', 'line', (step) => step.latencyMs?.p90 ?? null),
        of(t('series.p99'), 'bad', 'line', (step) => step.latencyMs?.p99 ?? null),
      ],
      backlog: [of(t('series.pending'), 'waiting', 'area', (step) => step.pending)],
    }
  }, [steps, t])
  const count = (value: number): string => value.toLocaleString(language)
  const shortCount = (value: number): string => value.toLocaleString(language, { notation: 'compact' })
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      {(['traffic', 'failures', 'latencies', 'backlog'] as const).map((key) => (
        <Paper key={key} withBorder p="md" miw={0}>
          <Title order={3} size="h5" mb="xs">
            {t(key)}
          </Title>
          <Chart
            label={t(key)}
            instants={instants}
            series={charts[key]}
            {...(key === 'latencies'
              ? { unit: (value) => durationWords(value, language) }
              : { unit: count, shortUnit: shortCount })}
            height={180}
          />
        </Paper>
      ))}
    </SimpleGrid>
  )
}
