import { type SignatureHeaders, sentText } from '#core/exchange.ts'
import { bytesOrText, type Received, type Sendable } from '#core/message.ts'
import { signatures } from '#core/signature.ts'
import type { HttpRequest } from '#http/client.ts'
import type { Target } from './target.ts'

export interface RequestSettings {
  readonly userAgent: string
  readonly signatureHeaders: SignatureHeaders
  readonly deadlineMs: number
}

export interface SignedRequest extends HttpRequest {
  /** What the attempt's record tells of it. */
  readonly sent: string
}

/** The signed POST of one attempt (Standard Webhooks 1.0, "Webhook headers"). */
export function signedRequest(
  target: Target,
  message: Sendable & { readonly payload: string },
  now: number,
  settings: RequestSettings,
): SignedRequest {
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
  const replaced = message.received === null ? [] : pushReceived(headers, message, target.headers)
  for (const part of target.headers) headers.push(part)
  const sent = sentText(
    settings.signatureHeaders,
    signature,
    settings.userAgent,
    target.headerLines,
    replaced,
  )
  return { url: target.endpoint.url, headers, body, deadlineMs: settings.deadlineMs, sent }
}

/**
 * The provider's own headers, but for those that the endpoint has set.
 *
 * @returns the names of the latter
 */
function pushReceived(headers: string[], message: Sendable, own: readonly string[]): readonly string[] {
  const taken = new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))
  const replaced: string[] = []
  for (const [name, value] of receivedHeaders(message)) {
    if (taken.has(name.toLowerCase())) replaced.push(name)
    else headers.push(name, value)
  }
  return replaced
}

/** What came beside the body of a message that was received. */
export function receivedHeaders({ received }: Pick<Sendable, 'received'>): Received['headers'] {
  return received?.headers ?? []
}
