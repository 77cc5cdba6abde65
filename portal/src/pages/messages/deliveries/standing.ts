import type { Tone } from '../../../parts/Tag.tsx'
import type { Attempt, Destination } from '../message-queries.ts'

const tones = {
  success: 'good',
  pending: 'waiting',
  sending: 'info',
  fail: 'bad',
  canceled: 'neutral',
} as const satisfies Record<Destination['statusText'], Tone>

export function toneOf(status: Destination['statusText']): Tone {
  return tones[status]
}

const soonMs = 1_000
const laterMs = 10_000
const nearMs = 30_000

/** When to look again: often where something may happen at any moment, never where all is over. */
export function refreshAfter(destinations: readonly Destination[], now: number): number | false {
  const open = destinations.filter(({ statusText }) => statusText === 'pending' || statusText === 'sending')
  if (open.length === 0) return false
  const isNear = open.some(
    ({ statusText, disabled, nextAttempt }) =>
      statusText === 'sending' ||
      (disabled !== true && (nextAttempt == null || Date.parse(nextAttempt) - now < nearMs)),
  )
  return isNear ? soonMs : laterMs
}

export type Cause = 'first' | 'retry' | 'manual' | 'scheduled'

/**
 * What led to each attempt, newest first as given.
 *
 * @param isWhole no older one is missing
 */
export function causesOf(attempts: readonly Attempt[], isWhole: boolean): readonly Cause[] {
  const first = attempts.findLast(({ triggerType }) => triggerType === 0)
  return attempts.map((attempt) => {
    if (attempt.triggerType === 1) return 'manual'
    if (attempt === first) return isWhole ? 'first' : 'scheduled'
    return 'retry'
  })
}
