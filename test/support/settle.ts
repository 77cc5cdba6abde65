import { newId } from '#core/ids.ts'
import type { Storage } from '#storage/storage.ts'

export interface Settled {
  readonly status: 'success' | 'fail'
  readonly responseStatus: number
  readonly responseBody?: string
  /** The delivery waits for another attempt until then; it ends otherwise. */
  readonly retryAt?: number
}

/**
 * Stands in for sending: each delivery that is due at the endpoint gets an attempt with this result in the store, just
 * as one that was sent would.
 *
 * @returns the ids of the attempts, in the order of their messages
 */
export async function settle(
  storage: Storage,
  endpoint: { readonly appId: string; readonly id: string },
  { status, responseStatus, responseBody = 'answered', retryAt }: Settled,
): Promise<readonly string[]> {
  const now = Date.now()
  const request = { appId: endpoint.appId, endpointId: endpoint.id, max: 1_000 }
  const { deliveries } = await storage.claimDeliveries([request], now)
  const outcomes = deliveries.map(({ appId, messageSeq, endpointId, trigger, attemptCount, message }) => {
    const key = { appId, messageSeq, endpointId, trigger }
    const attempt = {
      ...key,
      id: newId('atmpt_', now),
      messageId: message.id,
      url: 'https://receiver.example/hook',
      status,
      responseStatus,
      responseBody,
      durationMs: 12,
      startedAt: now,
      exchange: null,
    }
    const next = retryAt === undefined ? null : { dueAt: retryAt, attemptCount: attemptCount + 1 }
    return { key, eventType: message.eventType, attempt, next, health: null }
  })
  await storage.recordOutcomes(outcomes, now)
  return outcomes.map(({ attempt }) => attempt.id)
}
