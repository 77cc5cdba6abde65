import { addWritten } from '#core/histogram.ts'
import { counters, noTraffic, type Traffic } from '#core/traffic.ts'
import type { Row } from './rows.ts'
import type { TrafficStep } from './storage.ts'

/** A row of minutes summed up, its histograms' texts strung together with commas. */
function trafficOf(row: Row): Traffic {
  const sum = noTraffic()
  for (const counter of counters) sum[counter] = row[counter] as number
  addWritten(sum.latency, row.latency as string)
  addWritten(sum.duration, row.duration as string)
  return sum
}

/** Steps with traffic, and steps in which what waits was counted, in one line. */
export function stepsOf(passed: readonly Row[], counted: readonly Row[]): readonly TrafficStep[] {
  const pendingAt = new Map(counted.map(({ step_at: at, pending }) => [at as number, pending as number]))
  const trafficAt = new Map(passed.map((row) => [row.step_at as number, trafficOf(row)]))
  return [...new Set([...trafficAt.keys(), ...pendingAt.keys()])]
    .toSorted((a, b) => a - b)
    .map((at) => ({
      at,
      traffic: trafficAt.get(at) ?? noTraffic(),
      pending: pendingAt.get(at) ?? null,
    }))
}
