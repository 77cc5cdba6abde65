import type { ReactNode } from 'react'

export interface ChartSeries {
  readonly label: string
  /** One for each instant; null where nothing is known. */
  readonly values: readonly (number | null)[]
  readonly tone: 'good' | 'bad' | 'waiting' | 'neutral' | 'info'
  readonly kind: 'line' | 'bars' | 'area'
}

interface ChartProps {
  /** What it shows, for screen readers. */
  readonly label: string
  /** Milliseconds since 1970, ascending. */
  readonly instants: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Puts a value into words, such as `12 ms`. */
  readonly unit: (value: number) => string
  readonly height?: number
}

/** Values over time, with the same values as a table for those who do not see it. */
export function Chart(_props: ChartProps): ReactNode {
  return null
}
