import { Group, Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type ChartData, instantWords, valueWords } from './chart-data.ts'
import type { Pointed } from './chart-options.ts'
import { Swatch } from './Swatch.tsx'

type ChartTooltipProps = Pointed & ChartData

/** The exact values of one instant, beside the pointer and away from the nearer edge. */
export function ChartTooltip({ index, x, width, instants, series, unit }: ChartTooltipProps): ReactNode {
  const { i18n } = useTranslation()
  const at = instants[index]
  if (at === undefined) return null
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 }
  return (
    <Paper className="chart-tooltip" withBorder shadow="sm" p="xs" style={side}>
      <Text size="xs" c="dimmed" mb={4}>
        {instantWords(at, i18n.language)}
      </Text>
      {series.map(({ label, tone, values }) => (
        <Group key={label} gap={6} wrap="nowrap">
          <Swatch tone={tone} />
          <Text size="xs" flex={1}>
            {label}
          </Text>
          <Text size="xs" fw={600} ml="md">
            {valueWords(values[index] ?? null, unit)}
          </Text>
        </Group>
      ))}
    </Paper>
  )
}
