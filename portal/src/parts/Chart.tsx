import { Box, Center, Group, Text } from '@mantine/core'
import { lazy, type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { type ChartData, instantWords, valueWords } from './chart-data.ts'
import { Swatch } from './Swatch.tsx'

export type { ChartSeries } from './chart-data.ts'

interface ChartProps extends ChartData {
  /** What it shows, for screen readers. */
  readonly label: string
  readonly height?: number
}

const Plot = lazy(async () => ({ default: (await import('./Plot.tsx')).Plot }))

const defaultHeight = 200

/** Values over time, with the same values as a table for those who do not see it. */
export function Chart(props: ChartProps): ReactNode {
  const { t } = useTranslation()
  const { label, series, height = defaultHeight } = props
  const isKnown = series.some(({ values }) => values.some((value) => value !== null))
  return (
    <Box component="figure" m={0} aria-label={label}>
      <Group gap="md" mb="xs">
        {series.map((each) => (
          <Group key={each.label} gap={6} wrap="nowrap">
            <Swatch tone={each.tone} />
            <Text size="xs" c="dimmed">
              {each.label}
            </Text>
          </Group>
        ))}
      </Group>
      {isKnown ? (
        <>
          <Suspense fallback={<Box h={height} />}>
            <Plot {...props} height={height} />
          </Suspense>
          <ValuesTable {...props} />
        </>
      ) : (
        <Center h={height}>
          <Text size="sm" c="dimmed">
            {t('chart.nothing')}
          </Text>
        </Center>
      )}
    </Box>
  )
}

function ValuesTable({ label, instants, series, unit }: ChartProps): ReactNode {
  const { t, i18n } = useTranslation()
  return (
    <div className="for-screen-readers">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t('chart.instant')}</th>
            {series.map((each) => (
              <th key={each.label} scope="col">
                {each.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {instants.map((at, index) => (
            <tr key={at}>
              <th scope="row">{instantWords(at, i18n.language)}</th>
              {series.map(({ label: name, values }) => (
                <td key={name}>{valueWords(values[index] ?? null, unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
