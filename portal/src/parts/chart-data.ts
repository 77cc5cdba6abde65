import type { Tone } from './Tag.tsx'

export interface ChartSeries {
  readonly label: string
  /** One for each instant; null where nothing is known. */
  readonly values: readonly (number | null)[]
  readonly tone: Tone
  /** Bars of one instant stand on each other. */
  readonly kind: 'line' | 'bars' | 'area'
}

/** Values over time. */
export interface ChartData {
  /** Milliseconds since 1970, ascending. */
  readonly instants: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Puts a value into words, such as `12 ms`. */
  readonly unit: (value: number) => string
  /** The same for the axis, where there is little room. */
  readonly shortUnit?: (value: number) => string
}

/** What is drawn of one series: its values, with those that it stands on. */
export interface Drawn {
  /** Where the series stands in the chart's own order. */
  readonly index: number
  readonly values: readonly (number | null)[]
}

/**
 * What is drawn, the hindmost first. Bars of one instant stand on each other in the order that they are given in; so the
 * tallest is drawn first, and the others over it.
 */
export function drawnOf(series: readonly ChartSeries[]): readonly Drawn[] {
  const bars: Drawn[] = []
  const others: Drawn[] = []
  let below: readonly (number | null)[] = []
  series.forEach(({ kind, values }, index) => {
    if (kind !== 'bars') {
      others.push({ index, values })
      return
    }
    const under = below
    below = values.map((value, at) => sumOf(value, under[at] ?? null))
    bars.unshift({ index, values: below })
  })
  return [...bars, ...others]
}

function sumOf(value: number | null, below: number | null): number | null {
  return value === null && below === null ? null : (value ?? 0) + (below ?? 0)
}

/** Whether values are counts, between which no line of the grid should fall. */
export function areWhole(series: readonly ChartSeries[]): boolean {
  return series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)))
}

/** Where values without neighbours stand: no line leads to them, so that they are drawn as points. */
export function aloneOf(values: readonly (number | null)[]): readonly number[] {
  const isKnown = (at: number): boolean => (values[at] ?? null) !== null
  return values.flatMap((_, at) => (isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1) ? [at] : []))
}

const dayMs = 86_400_000

/** Instants at the foot of a chart: times of a day, or days where it spans more than one. */
export function footWords(at: number, spanMs: number, language: string): string {
  const format: Intl.DateTimeFormatOptions =
    spanMs > 1.5 * dayMs
      ? { weekday: 'short', day: 'numeric', ...(spanMs < 4 * dayMs ? { hour: '2-digit' } : {}) }
      : { hour: '2-digit', minute: '2-digit', ...(spanMs < 300_000 ? { second: '2-digit' } : {}) }
  return new Intl.DateTimeFormat(language, { ...format, hourCycle: 'h23' }).format(at)
}

/** The instant that values are of, in full. */
export function instantWords(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at)
}

export function valueWords(value: number | null, unit: (value: number) => string): string {
  return value === null ? '–' : unit(value)
}
