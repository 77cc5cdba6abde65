/** How many of something fell below each bound: sums of two are exact, percentiles are not. */
export type Histogram = readonly number[]

/**
 * Upper bounds in milliseconds, from 1 ms to 1 h. Each is about twice the one before, so that a percentile is known as
 * well; what exceeds the last one is counted behind it.
 */
export const boundsMs: readonly number[] = [
  1, 2, 4, 7, 13, 25, 50, 100, 200, 350, 700, 1_300, 2_500, 5_000, 10_000, 20_000, 35_000, 60_000, 120_000,
  240_000, 480_000, 900_000, 1_800_000, 3_600_000,
]

const bucketCount = boundsMs.length + 1

export function emptyHistogram(): number[] {
  return Array.from({ length: bucketCount }, () => 0)
}

/** Counts a value in place. Called for every attempt: a few comparisons, and nothing is made. */
export function observe(histogram: number[], valueMs: number): void {
  let low = 0
  let high = boundsMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (valueMs <= (boundsMs[middle] as number)) high = middle
    else low = middle + 1
  }
  histogram[low] = (histogram[low] as number) + 1
}

export function addTo(sum: number[], more: Histogram): void {
  for (const [bucket, count] of more.entries()) if (count > 0) sum[bucket] = (sum[bucket] as number) + count
}

/**
 * The value that the share (0 to 1) of all lies at or below: linear inside its bucket, and at most the last bound. Null
 * where nothing was counted.
 */
export function percentile(histogram: Histogram, share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(total * share))
  let before = 0
  for (const [bucket, count] of histogram.entries()) {
    if (before + count >= rank) {
      const from = boundsMs[bucket - 1] ?? 0
      const to = boundsMs[bucket] ?? from
      return from + ((to - from) * (rank - before)) / count
    }
    before += count
  }
  return boundsMs.at(-1) as number
}

/** As text: `bucket:count` with commas between, without those that are empty. */
export function writeHistogram(histogram: Histogram): string {
  return histogram.flatMap((count, bucket) => (count > 0 ? `${bucket}:${count}` : [])).join(',')
}

/** Adds what `writeHistogram` wrote, or several such texts with commas between. Buckets that are unknown are the last. */
export function addWritten(sum: number[], text: string): void {
  for (const part of text.split(',')) {
    const colon = part.indexOf(':')
    if (colon < 0) continue
    const bucket = Math.min(Number(part.slice(0, colon)), boundsMs.length)
    sum[bucket] = (sum[bucket] as number) + Number(part.slice(colon + 1))
  }
}
