import type { FailureKind } from './explain-attempt.ts'

type Row = readonly [pattern: RegExp, kind: FailureKind]

/** By what an attempt's record begins with where no answer came; the first that fits counts. */
const causes: readonly Row[] = [
  [/^canceled /, 'canceled'],
  [/^held back: /, 'heldBack'],
  [/^the server died /, 'interrupted'],
  [/^not sent: the payload /, 'contentGone'],
  [/^EXPUNGED$/, 'expunged'],
  [/^invalid-url: .*not sent to/, 'httpsOnly'],
  [/^invalid-url: .*(user name|password)/, 'credentialsInUrl'],
  [/^invalid-url: /, 'invalidUrl'],
  [/^address-denied: /, 'addressDenied'],
  [/^unresolved: .*\((ENOTFOUND|ENODATA|EBADNAME|empty answer)\)/, 'nameUnknown'],
  [/^unresolved: /, 'nameServerFailed'],
  [/^[a-z-]+: the (connection was closed here|client is closed)$/, 'serverStopping'],
  // Of several addresses, the one that answers at all says most.
  [/^connect: .*ECONNREFUSED/, 'refused'],
  [/^connect: .*ETIMEDOUT/, 'connectTimeout'],
  [/^connect: .*(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)/, 'unreachable'],
  [/^connect: /, 'connectFailed'],
  [/^tls: .*(has expired|CERT_HAS_EXPIRED)/i, 'certificateExpired'],
  [/^tls: .*not yet valid/i, 'certificateEarly'],
  [/^tls: .*(altnames|ERR_TLS_CERT_ALTNAME)/i, 'certificateName'],
  [/^tls: .*(self[- ]signed)/i, 'certificateSelfSigned'],
  [/^tls: .*(first certificate|issuer certificate)/i, 'certificateIncomplete'],
  [/^tls: .*certificate required/i, 'clientCertificate'],
  [/^tls: .*(wrong version number|packet length too long|http request|unknown protocol)/i, 'notTls'],
  [/^tls: /, 'tlsFailed'],
  [/^timeout: /, 'timeout'],
  [/^connection-lost: /, 'connectionLost'],
  [/^protocol: .*headers? overflow/i, 'headersTooLarge'],
  [/^protocol: /, 'badAnswer'],
]

/** Why no answer came, by the text that the server records in its place. */
export function networkFailure(response: string): FailureKind {
  return causes.find(([pattern]) => pattern.test(response))?.[1] ?? 'noAnswer'
}

/** How long was waited, by the text; null where it does not say. */
export function waitedMs(response: string): number | null {
  const found = /^timeout: .* within (\d+) ms/.exec(response)
  return found === null ? null : Number(found[1])
}
