/** What a message that was received from elsewhere has beside its body. */
export interface Received {
  /** Those that are passed on to endpoints, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** `base64` where the body is no text in UTF-8: the payload is its bytes in base64 then. */
  readonly encoding: 'utf8' | 'base64'
}

/** One event published to one application, or taken in by a source. */
export interface Message {
  readonly appId: string
  /** The store's sequence: the order of publishing, across all applications. */
  readonly seq: number
  readonly id: string
  readonly eventType: string
  /** The publisher's own id, unique in the application for its documented window. */
  readonly eventId: string | null
  readonly channels: readonly string[] | null
  readonly tags: readonly string[] | null
  readonly contentType: string
  /** The publisher's text, byte for byte; null once it expired or was expunged. */
  readonly payload: string | null
  /** Null where it was published. */
  readonly received: Received | null
  readonly createdAt: number
  readonly deliverAt: number | null
  readonly payloadExpiresAt: number
}

/** What an attempt needs of a message; one object shared by all deliveries of the message. */
export interface Sendable {
  readonly appId: string
  readonly seq: number
  readonly id: string
  readonly eventType: string
  readonly contentType: string
  readonly payload: string | null
  readonly received: Received | null
  readonly createdAt: number
}

/** What is sent: the payload as it was published, or the bytes that were received. */
export function bytesOrText({
  payload,
  received,
}: {
  readonly payload: string
  readonly received: Received | null
}): string | Uint8Array {
  return received?.encoding === 'base64' ? Buffer.from(payload, 'base64') : payload
}
