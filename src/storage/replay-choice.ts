import type { ReplayFilter } from '#core/background-task.ts'
import { statusNumber } from './row-numbers.ts'

/** An interrupted attempt counts as one that failed. */
const failed: readonly number[] = [statusNumber.fail, statusNumber.interrupted]
const wantedNumbers: Readonly<Record<NonNullable<ReplayFilter['status']>, readonly number[]>> = {
  success: [statusNumber.success],
  fail: failed,
  canceled: [statusNumber.canceled],
}

/**
 * Whether a replay sends a message again.
 *
 * @param last status and answer of the last attempt at the endpoint, if there was one
 * @param isMatch whether the endpoint subscribes to the message
 */
export function isReplayed(
  mode: 'failed' | 'missing' | 'any',
  filter: ReplayFilter,
  last: readonly [status: number, responseStatus: number] | null,
  isMatch: boolean,
): boolean {
  if (mode === 'missing') return last === null && isMatch
  if (mode === 'failed') return last !== null && failed.includes(last[0])
  if (last === null) return isMatch && filter.status === null && filter.statusClass === null
  if (filter.status !== null && !wantedNumbers[filter.status].includes(last[0])) return false
  return filter.statusClass === null || Math.floor(last[1] / 100) === Math.floor(filter.statusClass / 100)
}
