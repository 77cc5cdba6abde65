/** Figures, and how they are shown. */

export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`
}

export function percentiles(values: readonly number[], shares: readonly number[] = [0.5, 0.99]): string {
  return shares.map((share) => ms(percentile(values, share))).join(', ')
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`
}

export function times(value: number): string {
  return `${value.toFixed(1)} times`
}

export function micros(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} µs`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

/** A Markdown table, so that what is printed can stand in the README. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  console.log(`\n### ${title}\n`)
  console.log(line(head))
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const row of rows) console.log(line(row))
  console.log()
}

/** Says whether a bound holds; the program ends with 1 where one does not. */
export function judge(bound: string, holds: boolean): void {
  console.log(`- ${holds ? 'holds' : '**does not hold**'}: ${bound}`)
  if (!holds) process.exitCode = 1
}

const mostDisturbance = 0.06

export function isDisturbed(othersShare: number): boolean {
  return othersShare > mostDisturbance
}

/** Two cores are soon shared with something else: the figures say so themselves. */
export function warnOfOthers(shares: readonly number[]): void {
  const most = Math.max(...shares)
  if (isDisturbed(most)) console.log(`- disturbed: other programs took up to ${percent(most)} of the machine`)
}
