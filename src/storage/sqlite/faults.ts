import { StoreUnavailable } from '#core/errors.ts'

/** Extended result codes of a failed fsync of the file and of its directory. */
const fsyncFailures: ReadonlySet<number> = new Set([1034, 1290])

/** Primary result codes that pass when the disk or the other process does: the same call may succeed later. */
const passing: ReadonlyMap<number, readonly [code: string, hint: string]> = new Map([
  [5, ['store_busy', 'Another process holds the store; end it, or wait.']],
  [6, ['store_busy', 'Another process holds the store; end it, or wait.']],
  [7, ['store_out_of_memory', 'Give the process more memory.']],
  [8, ['store_read_only', 'Make the data directory writable.']],
  [10, ['store_io_error', 'Look at the disk that holds the data directory.']],
  [13, ['store_full', 'Free space on the disk that holds the data directory.']],
  [14, ['store_cannot_open', 'Look at the data directory: it must exist and be writable.']],
])

export interface SqliteFault {
  readonly errcode: number
  readonly message: string
}

/** An error in a form that passes between threads. */
export function faultOf(error: unknown): SqliteFault {
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : -1
  return { errcode, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** After a failed fsync nothing that the page cache holds may be trusted: the process must end. */
export function isFatal(fault: SqliteFault): boolean {
  return fsyncFailures.has(fault.errcode)
}

export function isPassing(fault: SqliteFault): boolean {
  return passing.has(fault.errcode & 0xff)
}

export function errorOf(fault: SqliteFault): Error {
  const [code, hint] = (fault.errcode === -1 ? undefined : passing.get(fault.errcode & 0xff)) ?? []
  if (code === undefined || hint === undefined) return new Error(fault.message)
  return new StoreUnavailable(code, fault.message.split('\n', 1)[0] ?? code, hint)
}
