import { AddressDenied } from './connector.ts'
import { Unresolved } from './resolver.ts'

export type FailureReason =
  | 'invalid-url'
  | 'address-denied'
  | 'unresolved'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'connection-lost'
  | 'protocol'

const tlsCodes =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/
const connectCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
  'EACCES',
  'EINVAL',
  'UND_ERR_CONNECT_TIMEOUT',
  'EMFILE',
  'ENFILE',
])
const lostCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'])

/** What went wrong, in the words that the attempt's record uses. */
export function failureOf(error: unknown): { readonly reason: FailureReason; readonly detail: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0])
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof AddressDenied) return { reason: 'address-denied', detail }
  if (error instanceof Unresolved) return { reason: 'unresolved', detail }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (tlsCodes.test(code)) return { reason: 'tls', detail: `${detail} (${code})` }
  if (connectCodes.has(code)) return { reason: 'connect', detail }
  if (lostCodes.has(code)) return { reason: 'connection-lost', detail }
  return { reason: 'protocol', detail }
}
