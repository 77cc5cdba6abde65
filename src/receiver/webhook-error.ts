/** Why a webhook is not taken, and the HTTP status that answers it. */
const statuses = {
  /** A secret cannot be used: a mistake of this program, which must not cost the sender's message. */
  secret_invalid: 500,
  /** One of id, timestamp and signature is not there. */
  headers_missing: 400,
  timestamp_malformed: 401,
  signature_malformed: 401,
  /** The sender signs with another algorithm than the secrets are for. */
  signature_kind: 401,
  signature_mismatch: 401,
  /** The signature is right, and older than the tolerance. */
  timestamp_too_old: 401,
  /** The signature is right, and further ahead than the tolerance. */
  timestamp_too_new: 401,
  /** The bytes are gone: something parsed the body before. A mistake of this program as well. */
  body_not_raw: 500,
  body_too_large: 413,
  /** The sender went away while it sent. */
  body_incomplete: 400,
  body_not_json: 400,
} as const

export type Reason = keyof typeof statuses

/** The HTTP status to answer a refused request with. */
export function statusOf(reason: Reason): number {
  return statuses[reason]
}

/** What `unwrap` throws, and what adapters hand to their framework where this program is at fault. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
  readonly reason: Reason
  /** As Express and Koa read it. */
  readonly status: number
  /** As Fastify and Nest read it. */
  readonly statusCode: number
  /** As Koa and Nest read it: whether the message is for the sender. */
  readonly expose: boolean

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.status = statusOf(reason)
    this.statusCode = this.status
    this.expose = this.status < 500
  }
}
