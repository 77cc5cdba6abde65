import { invalid, Rejected } from '#core/errors.ts'
import type { Message } from '#core/message.ts'
import type { Content } from '#service/new-message.ts'
import { parseJsonBody } from './json-body.ts'

/**
 * The content type of a payload that is a JSON object, in exactly these words: such a payload stands in answers as it
 * is, without being read again. Every other text is stored under other words.
 */
export const jsonObjectType = 'application/json'
const otherJsonType = 'application/json; charset=utf-8'

const maxTypeLength = 256
const mediaType = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(?: *;[\x20-\x7e]*)?$/

interface Described {
  readonly transformationsParams?: Readonly<Record<string, unknown>> | null | undefined
}

/**
 * What a message carries: its payload's own text, or the `rawPayload` that is to be sent instead of it. Throws
 * `Rejected`: 413 beyond the limit, 422 for a raw payload that is no text.
 */
export function contentOf(
  body: Described,
  payload: string,
  maxBytes: number,
  loc: readonly string[],
): Content {
  const raw = body.transformationsParams?.rawPayload
  const content =
    raw === undefined ? { text: payload, contentType: jsonObjectType } : rawContent(body, raw, loc)
  const { text } = content
  // No character has more than three bytes by its length.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw new Rejected('too_large', 'payload_too_large', `The payload has more than ${maxBytes} bytes`)
  }
  return content
}

function rawContent({ transformationsParams }: Described, raw: unknown, loc: readonly string[]): Content {
  const place = [...loc, 'transformationsParams']
  if (typeof raw !== 'string') throw invalid([...place, 'rawPayload'], 'must be a text')
  if (!raw.isWellFormed()) throw invalid([...place, 'rawPayload'], 'has half a character: it has no UTF-8')
  const contentType = typeIn(transformationsParams?.headers) ?? jsonObjectType
  if (typeof contentType !== 'string' || contentType.length > maxTypeLength || !mediaType.test(contentType)) {
    throw invalid([...place, 'headers', 'content-type'], 'is no content type')
  }
  const isOther = contentType === jsonObjectType && !isJsonObject(raw)
  return { text: raw, contentType: isOther ? otherJsonType : contentType }
}

/** Undefined where the headers name none; else what they name, whatever it is. */
function typeIn(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
}

function isJsonObject(text: string): boolean {
  try {
    const value = parseJsonBody(Buffer.from(text))?.value
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** A payload as answers show it: JSON text. What was received is shown as JSON only where it is an object of JSON. */
export function shownPayload({
  payload,
  contentType,
  received,
}: Pick<Message, 'payload' | 'contentType' | 'received'>): string {
  if (payload === null) return '{"expired":true}'
  if (received?.encoding === 'base64') return JSON.stringify({ rawPayload: payload, encoding: 'base64' })
  if (received !== null) return isJsonObject(payload) ? payload : JSON.stringify({ rawPayload: payload })
  return contentType === jsonObjectType ? payload : JSON.stringify({ rawPayload: payload })
}
