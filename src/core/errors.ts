/**
 * Who is at fault decides the type. `Rejected` is the caller's fault and becomes a 4xx answer; the other classes
 * are ours or the operator's and carry a stable `code` and a `hint` for whoever runs the server.
 */

export interface FieldProblem {
  /** Where in the request: `body`, `query`, `path` or `header`, then the field in the JSON's own names. */
  readonly loc: readonly string[]
  readonly msg: string
  /** Stable machine word, such as `value_error` or `application_uid_mismatch`. */
  readonly type: string
}

export type RejectionKind =
  | 'invalid'
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'too_many'

/** The request is refused and nothing was changed. */
export class Rejected extends Error {
  override readonly name = 'Rejected'
  readonly kind: RejectionKind
  /** Word of the body's `code` field. */
  readonly code: string
  /** Only for `invalid`: one entry per field. */
  readonly problems: readonly FieldProblem[]
  readonly retryAfterMs: number | null

  constructor(
    kind: RejectionKind,
    code: string,
    detail: string,
    more: { readonly problems?: readonly FieldProblem[]; readonly retryAfterMs?: number } = {},
  ) {
    super(detail)
    this.kind = kind
    this.code = code
    this.problems = more.problems ?? []
    this.retryAfterMs = more.retryAfterMs ?? null
  }
}

export function notFound(what = 'Entity'): Rejected {
  return new Rejected('not_found', 'not_found', `${what} not found`)
}

export function conflict(detail = 'A conflict has occurred', code = 'conflict'): Rejected {
  return new Rejected('conflict', code, detail)
}

export function invalid(loc: readonly string[], msg: string, type = 'value_error'): Rejected {
  return new Rejected('invalid', 'validation_error', msg, { problems: [{ loc, msg, type }] })
}

/** The store cannot commit now (disk full, I/O error, reserve reached). Nothing was accepted; trying later is right. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  readonly code: string
  readonly hint: string
  readonly retryAfterMs = 2_000

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}

/** The server takes no more for now; the answer is 503 with Retry-After, which every SDK retries. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
  readonly code = 'overloaded'
  readonly hint = 'Publish more slowly, or give the server more memory, disk or nodes.'
  readonly retryAfterMs = 1_000
}

/** The process must not start: wrong key, directory in use, a store from a newer version. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
  readonly code: string
  readonly hint: string

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}
