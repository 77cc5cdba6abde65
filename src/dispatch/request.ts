import type { Sendable } from '#core/message.ts'
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
  const signature = signatures(target.keys, message.id, timestamp, message.payload, now)
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
  for (const part of target.headers) headers.push(part)
  return { url: target.endpoint.url, headers, body: message.payload, deadlineMs: settings.deadlineMs }
}
