import type { Delivery } from '#core/delivery.ts'
import type { Sendable } from '#core/message.ts'
import { raw, type Sql, sql } from './sql.ts'

/**
 * Deliveries that one node stores and leases to another, the owner of their lane, which the notice of the same
 * transaction brings them to: nothing is read back.
 *
 * A notice is the number of the node that it is for, and for each message its application, sequence number, id, event type, content
 * type, instant of creation, endpoints with spaces between, and payload.
 */
const messageSeparator = '\u001E'
const fieldSeparator = '\u001F'

/** The server takes less than 8,000. */
export const noticeBytes = 7_800

const maxEndpoints = 40
/** Numbers, separators, ids of the message and its application. */
const overheadBytes = 130
const endpointBytes = 40

type Told = Pick<Sendable, 'eventType' | 'contentType' | 'payload' | 'received'>

/** What a message takes of a notice, at most. */
export function toldBytes({ eventType, contentType, payload }: Told, endpoints: number): number {
  const ofTexts = Buffer.byteLength(eventType) + Buffer.byteLength(contentType)
  return overheadBytes + ofTexts + endpoints * endpointBytes + Buffer.byteLength(payload ?? '')
}

/** Whether it can be handed over in a notice. What cannot is the store's, and the owner claims it there. */
export function isTellable(message: Told, endpoints: number): boolean {
  const { eventType, contentType, payload, received } = message
  if (payload === null || received !== null || endpoints > maxEndpoints || payload.length > noticeBytes)
    return false
  if (hasSeparator(payload) || hasSeparator(eventType) || hasSeparator(contentType)) return false
  return toldBytes(message, endpoints) <= noticeBytes
}

function hasSeparator(text: string): boolean {
  return text.includes(messageSeparator) || text.includes(fieldSeparator)
}

/** A notice's part for one message, of the row `item`, as an expression. */
export function toldOf(endpointIds: Sql, payload: Sql): Sql {
  return sql`${raw(`E'\\x1e'`)} || concat_ws(${raw(`E'\\x1f'`)}, item.app_id, item.seq, item.id, item.event_type,
    item.content_type, item.created_at, ${endpointIds}, convert_from(${payload}, 'UTF8'))`
}

/** @returns nothing where the notice is for a node that this process was before */
export function handedIn(notice: string, node: number): readonly Delivery[] {
  const [to, ...parts] = notice.split(messageSeparator)
  if (Number(to) !== node) return []
  return parts.flatMap((part) => {
    const [appId, seq, id, eventType, contentType, createdAt, endpointIds, payload] =
      part.split(fieldSeparator)
    const fields = { appId, id, eventType, contentType, payload } as Pick<
      Sendable,
      'appId' | 'id' | 'eventType' | 'contentType' | 'payload'
    >
    const message: Sendable = { ...fields, received: null, seq: Number(seq), createdAt: Number(createdAt) }
    return (endpointIds as string).split(' ').map((endpointId): Delivery => ({
      appId: message.appId,
      messageSeq: message.seq,
      endpointId,
      trigger: 'scheduled',
      message,
      attemptCount: 0,
      dueAt: message.createdAt,
      interruptions: 0,
    }))
  })
}
