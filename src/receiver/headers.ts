/** What `Request`, `node:http` and API gateways have. Names are compared without case. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

/** The three headers of a signed request, with the characters that were signed. */
export interface SignatureHeaders {
  readonly id: string
  readonly timestamp: string
  readonly signature: string
}

/** The names of Standard Webhooks, then those of Svix. */
export const families = ['webhook', 'svix'] as const

/** Every header once, by its name in lower case. Values of one name are joined as RFC 9110 §5.3 joins them. */
export function headerEntries(headers: WebhookHeaders): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  if (headers === null || typeof headers !== 'object') return entries
  const pairs: Iterable<unknown> =
    typeof headers.forEach === 'function' ? (headers as Headers) : Object.entries(headers)
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : []
    const text = Array.isArray(value) ? value.join(', ') : value
    if (typeof name !== 'string' || typeof text !== 'string') continue
    const lower = name.toLowerCase()
    const before = entries.get(lower)
    entries.set(lower, before === undefined ? text : `${before}, ${text}`)
  }
  return entries
}

/** Those of one family, never a mixture; or the names that are missing from the first. */
export function signatureHeaders(
  headers: WebhookHeaders,
): { readonly found: SignatureHeaders } | { readonly missing: readonly string[] } {
  const entries = headerEntries(headers)
  for (const family of families) {
    const id = entries.get(`${family}-id`)
    const timestamp = entries.get(`${family}-timestamp`)
    const signature = entries.get(`${family}-signature`)
    if (id && timestamp && signature) return { found: { id, timestamp, signature } }
  }
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  return { missing: names.filter((name) => !entries.get(name)) }
}

export interface Signature {
  readonly version: 'v1' | 'v1a'
  readonly value: string
}

/** A sender signs with a handful of secrets. More than this are not looked at, as each may cost a verification. */
const maxSignatures = 32

/**
 * The items of `webhook-signature`, which a space separates (Standard Webhooks 1.0, "Webhook headers"). Two headers of
 * the name arrive joined with `, `. What is no `v1` or `v1a` is left out.
 */
export function readSignatures(header: string): readonly Signature[] {
  const signatures: Signature[] = []
  for (const item of header.split(' ', maxSignatures)) {
    const [, version, value] = /^(v1a?),([A-Za-z0-9+/]+={0,2}),?$/.exec(item) ?? []
    if (value !== undefined) signatures.push({ version: version === 'v1' ? 'v1' : 'v1a', value })
  }
  return signatures
}
