import type { CrashPoint } from '#lib/crash-point.ts'
import type { Notice } from '../storage.ts'
import type { SqliteFault } from './faults.ts'

export interface ThreadData {
  readonly file: string
  readonly crashAt: { readonly point: CrashPoint; readonly visits: number } | null
  /** How many entries of a history one page looks at, where it is not as many as usual. */
  readonly lookedAt?: number | undefined
}

export type Call = readonly [verb: string, args: readonly unknown[]]

export type Reply = { readonly value: unknown } | { readonly fault: SqliteFault }

/** To the writer: calls that share one transaction. */
export interface WriteRequest {
  readonly calls: readonly Call[]
}

export interface WriteResponse {
  /** One for each call; all the same fault when the transaction as a whole did not commit. */
  readonly replies: readonly Reply[]
  readonly notices: readonly Notice[]
}

/** Of the thread that folds the log back. */
export interface CheckpointResponse {
  /** Null where it went well. */
  readonly fault: SqliteFault | null
  /** Pages that the log holds. */
  readonly log: number
  /** Pages of it that were left, since someone still reads before them; null where nothing is known. */
  readonly left: number | null
}

export interface ReadRequest {
  readonly id: number
  readonly call: Call
}

export interface ReadResponse {
  readonly id: number
  readonly reply: Reply
}
