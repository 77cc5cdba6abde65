/** One event published to one application. */
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
  readonly createdAt: number
}
