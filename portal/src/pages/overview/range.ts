export const ranges = ['1h', '24h', '7d'] as const
export type Range = (typeof ranges)[number]

const hourMs = 3_600_000

export const rangeMs: Readonly<Record<Range, number>> = {
  '1h': hourMs,
  '24h': 24 * hourMs,
  '7d': 168 * hourMs,
}

/** A minute, a quarter of an hour, an hour for each. */
export const rangePoints: Readonly<Record<Range, number>> = { '1h': 60, '24h': 96, '7d': 168 }

export interface OverviewSearch {
  readonly range?: Range
}

/** What of the address’s query counts. */
export function overviewSearch({ range }: Readonly<Record<string, unknown>>): OverviewSearch {
  const known = ranges.find((each) => each === range)
  return known === undefined ? {} : { range: known }
}
