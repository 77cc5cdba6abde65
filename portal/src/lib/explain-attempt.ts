import type { Schemas } from '../api/client.ts'
import type { failures } from '../locales/en/failures.ts'
import { networkFailure, waitedMs } from './network-failures.ts'

/** Each has a `cause` and an `advice` in the catalogue `failures`, under `kinds`. */
export type FailureKind = keyof (typeof failures)['kinds']

export interface Explanation {
  readonly kind: FailureKind
  /** What was answered; 0 where nothing was. */
  readonly status: number
  /** How long was waited for an answer, where that was too long. */
  readonly waitedMs: number | null
}

type Ended = Pick<Schemas['MessageAttemptOut'], 'status' | 'responseStatusCode' | 'response'>

const states = { success: 0, pending: 1, sending: 3, canceled: 4 } as const

const byStatus: Readonly<Record<number, FailureKind>> = {
  301: 'redirect',
  302: 'redirect',
  303: 'redirect',
  307: 'redirect',
  308: 'redirect',
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  405: 'methodNotAllowed',
  408: 'requestTimeout',
  409: 'conflict',
  410: 'gone',
  413: 'tooLarge',
  415: 'unsupportedType',
  422: 'unprocessable',
  425: 'tooMany',
  429: 'tooMany',
  502: 'badGateway',
  503: 'unavailable',
  504: 'gatewayTimeout',
}

const byClass: Readonly<Record<number, FailureKind>> = {
  2: 'ruleNotMet',
  3: 'otherRedirect',
  4: 'clientError',
  5: 'serverError',
}

/** Statuses that a content delivery network answers with where it does not reach the server behind it. */
function isFromEdge(status: number): boolean {
  return (status >= 520 && status <= 527) || status === 530
}

/** What a failed attempt means for whoever owns the endpoint; null for one that succeeded or has not ended. */
export function explainAttempt({ status, responseStatusCode, response }: Ended): Explanation | null {
  if (status === states.success || status === states.pending || status === states.sending) return null
  const kind = status === states.canceled ? 'canceled' : kindOf(responseStatusCode, response)
  return { kind, status: responseStatusCode, waitedMs: kind === 'timeout' ? waitedMs(response) : null }
}

function kindOf(status: number, response: string): FailureKind {
  if (status === 0) return networkFailure(response)
  if (isFromEdge(status)) return 'edge'
  return byStatus[status] ?? byClass[Math.floor(status / 100)] ?? 'unusualStatus'
}
