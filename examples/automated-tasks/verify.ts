import type { IncomingHttpHeaders } from 'node:http'
import type { Webhook } from 'standardwebhooks'

/**
 * Whether a request really comes from the sender that shares our secret (Standard Webhooks).
 *
 * @param body as it arrived: parsed and written again it would be other bytes under the same signature
 */
export function isAuthentic(webhook: Webhook, body: Buffer, headers: IncomingHttpHeaders): boolean {
  try {
    // What the body holds is the caller's matter: malformed JSON is no forgery.
    webhook.verify(body, headers as Record<string, string>, { jsonParse: false })
    return true
  } catch {
    return false
  }
}
