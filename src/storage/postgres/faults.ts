import { StoreUnavailable } from '#core/errors.ts'

/** This node has been declared dead: nothing was written, and nothing that it holds is its own any more. */
export class Fenced extends StoreUnavailable {
  constructor() {
    super(
      'node_declared_dead',
      'this node was declared dead, since it did not renew its lease in time',
      'Nothing needs to be done: it joins again under a new number. If it happens often, look at what stops the process or its way to the database.',
    )
  }
}

/** A process of the server, by its number or by what its statements begin with. */
export type Backend = { readonly number: number } | { readonly mark: string }

/** The connection is gone: what was under way may have been committed. */
export class StoreUnreachable extends StoreUnavailable {
  /** The server's process that the connection belonged to; null where there was none, or nobody can tell which. */
  readonly backend: Backend | null

  constructor(cause: Error, backend: Backend | null) {
    super(
      'store_unreachable',
      `the database cannot be reached: ${cause.message}`,
      'Look at the database, and at the way to it.',
      { cause },
    )
    this.backend = backend
  }
}

/** A pooler that stands before the database refuses settings of sessions. */
function poolerUnannounced(cause: Error): StoreUnavailable {
  return new StoreUnavailable(
    'pooler_unannounced',
    `a connection pooler stands before the database: ${cause.message}`,
    'Give POSTHORN_DATABASE_DIRECT_URL the address of the database itself.',
    { cause },
  )
}

/** What ended the connection, or never let it begin; the statement under way may have been committed. */
const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
])

/** The server's own words for trouble that passes: too little of something, a timeout, a standby. */
const passing: readonly (readonly [code: RegExp, name: string, hint: string])[] = [
  [/^53100$/, 'store_full', 'Free space on the disk of the database.'],
  [/^53/, 'store_overloaded', 'Give the database more connections or memory.'],
  [/^(25006|57P04)$/, 'store_read_only', 'Point POSTHORN_DATABASE_URL at the primary.'],
  [/^(55P03|57014|25P04)$/, 'store_timeout', 'Look for what blocks or slows the database.'],
  [
    /^(26000|42P05)$/,
    'prepared_statement_lost',
    'A connection pooler that does not know of prepared statements is in between: set POSTHORN_DATABASE_PREPARE to false.',
  ],
  [/^(40001|40P01)$/, 'store_contended', 'Nothing: the same call succeeds when it is made again.'],
  [/^58/, 'store_io_error', 'Look at the disk of the database.'],
]

const brokenConnection =
  /connection terminated|connection ended|client has encountered a connection error|timeout exceeded when trying to connect|server closed the connection|query read timeout|not queryable/i

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Whether the connection is gone, and with it the knowledge of what became of the statement under way. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error)
  if (connectionCodes.has(code) || code.startsWith('08')) return true
  return error instanceof Error && brokenConnection.test(error.message)
}

/** Worth another try at once: another transaction was in the way. */
export function isContended(error: unknown): boolean {
  const code = codeOf(error instanceof StoreUnavailable ? error.cause : error)
  return code === '40001' || code === '40P01'
}

export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505'
}

/**
 * `StoreUnavailable` where the trouble passes, the error itself otherwise.
 *
 * @param backend the server's process that was at work
 */
export function errorOf(error: unknown, backend: Backend | null = null): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error
  if (/unsupported startup parameter/i.test(error.message)) return poolerUnannounced(error)
  if (isBroken(error)) return new StoreUnreachable(error, backend)
  const code = codeOf(error)
  const known = passing.find(([pattern]) => pattern.test(code))
  if (known === undefined) return error
  return new StoreUnavailable(known[1], error.message, known[2], { cause: error })
}
