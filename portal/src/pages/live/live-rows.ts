import type { StreamEvent } from '../../lib/event-stream.ts'
import type { Schemas } from '../../api/client.ts'
import type { LiveKind } from './live-search.ts'

/** One line of the live page. */
export interface LiveRow {
  readonly kind: LiveKind
  readonly id: string
  readonly messageId: string
  readonly timestamp: string
  /** Null for an attempt at a message that this page has not seen. */
  readonly eventType: string | null
  readonly attempt: {
    readonly statusText: Schemas['MessageAttemptOut']['statusText']
    readonly responseStatusCode: number
    readonly responseDurationMs: number
    readonly endpointId: string
    readonly url: string
  } | null
}

export const maxRows = 500

type Told = Readonly<Record<string, unknown>>

/** Null for what this page does not know. */
export function rowOf(
  { type, data }: StreamEvent,
  typeOf: (messageId: string) => string | null,
): LiveRow | null {
  const told = read(data)
  if (told === null) return null
  if (type === 'message') {
    const id = text(told.id)
    return {
      kind: type,
      id,
      messageId: id,
      timestamp: text(told.timestamp),
      eventType: text(told.eventType),
      attempt: null,
    }
  }
  if (type !== 'attempt') return null
  const messageId = text(told.msgId)
  return {
    kind: type,
    id: text(told.id),
    messageId,
    timestamp: text(told.timestamp),
    eventType: typeof told.eventType === 'string' ? told.eventType : typeOf(messageId),
    attempt: {
      statusText: (told.statusText ?? 'fail') as Schemas['MessageAttemptOut']['statusText'],
      responseStatusCode: Number(told.responseStatusCode ?? 0),
      responseDurationMs: Number(told.responseDurationMs ?? 0),
      endpointId: text(told.endpointId),
      url: text(told.url),
    },
  }
}

function read(data: string): Told | null {
  try {
    const told: unknown = JSON.parse(data)
    return typeof told === 'object' && told !== null ? (told as Told) : null
  } catch {
    return null
  }
}

function text(given: unknown): string {
  return typeof given === 'string' ? given : ''
}

/** The new ones, oldest first as they came, on top of those that were there: each once, and no more than so many. */
export function withRows(rows: readonly LiveRow[], come: readonly LiveRow[]): readonly LiveRow[] {
  const known = new Set(rows.map(({ id }) => id))
  const fresh: LiveRow[] = []
  for (const row of come) {
    if (known.has(row.id)) continue
    known.add(row.id)
    fresh.unshift(row)
  }
  return fresh.length === 0 ? rows : [...fresh, ...rows].slice(0, maxRows)
}
