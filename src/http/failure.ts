export type FailureReason =
  | 'invalid-url'
  | 'address-denied'
  | 'unresolved'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'connection-lost'
  | 'protocol'

export interface Failure {
  readonly reason: FailureReason
  /** One sentence for the attempt's record. */
  readonly detail: string
}

/** No connection came about. It carries no `code`, since undici asks for another connection upon some of them. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
  readonly reason: FailureReason

  constructor(reason: FailureReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** Several addresses may have been tried; more than a few of their errors help nobody. */
const maxErrorsTold = 4

/** What an error says, or the errors that it stands for. */
export function wordsOf(error: Error): string {
  if (!(error instanceof AggregateError) || error.errors.length === 0) return error.message
  const errors: readonly unknown[] = error.errors
  return errors
    .slice(0, maxErrorsTold)
    .map((each) => (each instanceof Error ? each.message : String(each)))
    .join('; ')
}

/** TLS alerts may come after the handshake: a demand for a client's certificate does. */
const tlsCodes = /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO$)/
/** How undici calls answers that begin with 100 or 101, which nobody asked for. */
const unaskedAnswers: ReadonlySet<string> = new Set(['bad response', 'bad upgrade'])

/** What went wrong, in the words that the attempt's record uses. */
export function failureOf(error: Error): Failure {
  if (error instanceof ConnectFailure) return { reason: error.reason, detail: error.message }
  const detail = wordsOf(error)
  const code = 'code' in error ? String(error.code) : ''
  if (tlsCodes.test(code)) return { reason: 'tls', detail: `${detail} (${code})` }
  if (code === 'UND_ERR_DESTROYED')
    return { reason: 'connection-lost', detail: 'the connection was closed here' }
  if (code === 'UND_ERR_SOCKET' && !unaskedAnswers.has(detail)) return { reason: 'connection-lost', detail }
  // Only errors of the operating system name a call.
  if ('syscall' in error) return { reason: 'connection-lost', detail }
  return { reason: 'protocol', detail }
}
