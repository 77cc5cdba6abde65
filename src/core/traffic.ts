import { addTo, emptyHistogram, type Histogram } from './histogram.ts'

/** What passed in some time. */
export interface Traffic {
  readonly messages: number
  /** Deliveries that were made for messages. */
  readonly deliveries: number
  /** Attempts that reached their endpoint. */
  readonly delivered: number
  /** Deliveries that were given up. */
  readonly exhausted: number
  /** Attempts that failed and will be made again. */
  readonly retried: number
  /** From publishing to the end of the attempt that arrived. */
  readonly latency: Histogram
  /** Of attempts, whatever came of them. */
  readonly duration: Histogram
}

export type TrafficSum = { -readonly [Name in keyof Traffic]: Name extends Counter ? number : number[] }

type Counter = (typeof counters)[number]
export const counters = ['messages', 'deliveries', 'delivered', 'exhausted', 'retried'] as const

export function noTraffic(): TrafficSum {
  return {
    messages: 0,
    deliveries: 0,
    delivered: 0,
    exhausted: 0,
    retried: 0,
    latency: emptyHistogram(),
    duration: emptyHistogram(),
  }
}

export function addTraffic(sum: TrafficSum, more: Traffic): void {
  for (const counter of counters) sum[counter] += more[counter]
  addTo(sum.latency, more.latency)
  addTo(sum.duration, more.duration)
}

export const minuteMs = 60_000

/** How long traffic is kept by the minute. */
export const minutesKeptMs = 8 * 86_400_000

export function minuteOf(instant: number): number {
  return Math.floor(instant / minuteMs) * minuteMs
}
