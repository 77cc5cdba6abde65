import { afterFailure, afterSuccess } from '#core/circuit-breaker.ts'
import { grown, halved } from '#core/concurrency.ts'
import type { Outcome } from '#storage/storage.ts'
import type { Run } from './attempt-runner.ts'
import type { Lane } from './lane.ts'

/**
 * What an answer teaches a lane about its endpoint: concurrency, circuit, whether it is proven.
 *
 * @param disableAfterMs an endpoint that only failed for so long is disabled; 0 for never
 * @returns what of it the store must know, or null for nothing new
 */
export function learn(
  lane: Lane,
  startedAt: number,
  { judged, endedAt, isCut }: Run,
  disableAfterMs: number,
): Outcome['health'] {
  if (judged.verdict.kind === 'giveUp' && judged.verdict.reason === 'no-content') return null
  const wasFailingSince = lane.failingSince
  lane.isAnswerCut = isCut
  lane.hasAnswered = true
  if (judged.status === 'success') {
    lane.circuit = afterSuccess()
    lane.concurrency = grown(lane.concurrency)
    lane.failingSince = null
    lane.isProven = true
    return wasFailingSince === null ? null : { failingSince: null, disable: null }
  }
  lane.circuit = afterFailure(lane.circuit, endedAt)
  if (lane.hasFailedTooOften) lane.isProven = false
  // Answers to what began before the last halving tell nothing of what came of it.
  if (judged.isOverloaded && startedAt > lane.lastHalvedAt) {
    lane.concurrency = halved(lane.concurrency)
    lane.lastHalvedAt = endedAt
  }
  lane.failingSince ??= endedAt
  const hasFailedTooLong = disableAfterMs > 0 && endedAt - lane.failingSince >= disableAfterMs
  const disable = judged.disable ?? (hasFailedTooLong ? 'failing' : null)
  if (disable !== null) lane.isSuspended = true
  return wasFailingSince === null || disable !== null ? { failingSince: lane.failingSince, disable } : null
}
