import { bytesOrText, type Received, type Sendable } from '#core/message.ts'
import { signatures } from '#core/signature.ts'
import type { HttpRequest } from '#http/client.ts'
import type { Target } from './target.ts'

/** Under which names the signature is sent: Standard Webhooks' own, Svix's, or both. */
type SignatureHeaders = 'webhook' | 'svix' | 'both'

export interface RequestSettings {
  readonly userAgent: string
  readonly signatureHeaders: SignatureHeaders
  readonly deadlineMs: number
}

/** The signed POST of one attempt (Standard Webhooks 1.0, "Webhook headers"). */
export function signedRequest(
  target: Target,
  message: Sendable & { readonly payload: string },
  now: number,
  settings: RequestSettings,
): HttpRequest {
  const timestamp = Math.floor(now / 1000)
  const body = bytesOrText(message)
  const signature = signatures(target.keys, message.id, timestamp, body, now)
  const headers = ['content-type', message.contentType, 'user-agent', settings.userAgent]
  if (settings.signatureHeaders !== 'svix') {
    headers.push(
      'webhook-id',
      message.id,
      'webhook-timestamp',
      String(timestamp),
      'webhook-signature',
      signature,
    )
  }
  if (settings.signatureHeaders !== 'webhook') {
    headers.push('svix-id', message.id, 'svix-timestamp', String(timestamp), 'svix-signature', signature)
  }
  if (message.received !== null) pushReceived(headers, message, target.headers)
  for (const part of target.headers) headers.push(part)
  return { url: target.endpoint.url, headers, body, deadlineMs: settings.deadlineMs }
}

/** The provider's own headers, but for those that the endpoint has set. */
function pushReceived(headers: string[], message: Sendable, own: readonly string[]): void {
  const taken = new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))
  for (const [name, value] of receivedHeaders(message)) {
    if (!taken.has(name.toLowerCase())) headers.push(name, value)
  }
}

/** What came beside the body of a message that was received. */
export function receivedHeaders({ received }: Pick<Sendable, 'received'>): Received['headers'] {
  return received?.headers ?? []
}
