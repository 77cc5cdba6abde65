import { invalid } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { PublishItem } from '#storage/storage.ts'

export interface MessageInput {
  readonly eventType: string
  readonly eventId?: string | null | undefined
  readonly channels?: readonly string[] | null | undefined
  readonly tags?: readonly string[] | null | undefined
  readonly deliverAt?: string | null | undefined
  readonly payloadRetentionPeriod?: number | null | undefined
  readonly payloadRetentionHours?: number | null | undefined
}

/** What a message carries: the publisher's own text, and what it says to the receiver that it is. */
export interface Content {
  readonly text: string
  readonly contentType: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const defaultRetentionDays = 90
const maxDelayMs = 90 * dayMs

/**
 * A message as it would be published. Throws `Rejected` for an instant of delivery too far ahead.
 *
 * @param loc where the message stands in the request, for errors
 */
export function newMessage(
  input: MessageInput,
  { text, contentType }: Content,
  now: number,
  loc: readonly string[],
): PublishItem['message'] {
  const deliverAt = input.deliverAt == null ? null : Date.parse(input.deliverAt)
  if (deliverAt !== null && deliverAt - now > maxDelayMs) {
    throw invalid([...loc, 'deliverAt'], 'must lie at most 90 days ahead')
  }
  const retentionMs =
    input.payloadRetentionHours == null
      ? (input.payloadRetentionPeriod ?? defaultRetentionDays) * dayMs
      : input.payloadRetentionHours * hourMs
  return {
    id: newId('msg_', now),
    eventType: input.eventType,
    eventId: input.eventId ?? null,
    channels: input.channels ?? null,
    tags: input.tags == null || input.tags.length === 0 ? null : input.tags,
    contentType,
    received: null,
    payload: text,
    createdAt: now,
    deliverAt: deliverAt !== null && deliverAt > now ? deliverAt : null,
    payloadExpiresAt: Math.max(now, deliverAt ?? now) + retentionMs,
  }
}
