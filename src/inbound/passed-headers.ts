import { isSensitiveHeader } from '#core/custom-headers.ts'

/** Names of headers that concern the one exchange they came with, or that are secret, or that the delivery has of its own. */
const kept = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'content-type',
  'expect',
  'accept',
  'accept-encoding',
  'user-agent',
  'via',
  'forwarded',
  'authorization',
  'cookie',
  // What would steer the receiver, or the proxy before it; a provider signs none of it.
  'range',
  'http2-settings',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
])
const keptPrefixes = ['proxy-', 'x-forwarded-', 'webhook-', 'svix-', 'if-'] as const

type Headers = readonly (readonly [name: string, value: string])[]

/**
 * The provider's headers that go on to endpoints: not those of the connection (RFC 9110 §7.6.1, and whatever
 * `connection` names), nor credentials, nor the names of the delivery's own signature.
 *
 * @param secretNames in lower case, headers in which the provider sends a secret
 */
export function passedHeaders(headers: Headers, secretNames: readonly string[]): Headers {
  const named = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) =>
      value
        .toLowerCase()
        .split(',')
        .map((each) => each.trim()),
    )
  return headers.filter(([original]) => {
    // To many programs that receive, `_` and `-` are one.
    const name = original.toLowerCase().replaceAll('_', '-')
    if (
      kept.has(name) ||
      named.includes(name) ||
      secretNames.includes(original.toLowerCase()) ||
      isSensitiveHeader(original)
    )
      return false
    return !keptPrefixes.some((prefix) => name.startsWith(prefix))
  })
}

/** Whatever may hold somebody's secret, though it is not the right one. */
const hidden = /^(authorization|cookie|proxy-authorization|.*(token|secret|password|api-?key).*)$/i

/** Headers as a rejected request's record shows them. */
export function shownHeaders(headers: Headers, secretNames: readonly string[]): Headers {
  return headers.map(([name, value]) =>
    hidden.test(name) || secretNames.includes(name.toLowerCase()) ? [name, '(hidden)'] : [name, value],
  )
}
