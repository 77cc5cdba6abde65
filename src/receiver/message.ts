/** A webhook whose signature is right. */
export interface WebhookMessage {
  readonly ok: true
  /** The same at every attempt to deliver the message. */
  readonly id: string
  /** When this attempt was signed. */
  readonly timestamp: Date
  /** The bytes that were signed. */
  readonly body: Uint8Array<ArrayBuffer>
  /** The body as UTF-8, to the character. */
  text(): string
  /** @throws SyntaxError where the body is no JSON. Numbers beyond 2^53 lose digits, as `JSON.parse` has it. */
  json(): unknown
}

const exact = new TextDecoder('utf-8', { ignoreBOM: true })
// RFC 8259 §8.1 lets a reader ignore a byte order mark.
const withoutMark = new TextDecoder('utf-8')

export function messageOf(id: string, timestamp: Date, body: Uint8Array<ArrayBuffer>): WebhookMessage {
  return {
    ok: true,
    id,
    timestamp,
    body,
    text: () => exact.decode(body),
    json: () => JSON.parse(withoutMark.decode(body)) as unknown,
  }
}
