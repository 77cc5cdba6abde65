import type { Trigger } from './delivery.ts'

/**
 * How an attempt ended. `canceled` and `interrupted` are records without an exchange of their own: a delivery that
 * was canceled, and one that a process may have sent before it died.
 */
export type AttemptStatus = 'success' | 'fail' | 'canceled' | 'interrupted'

/** One HTTP exchange with an endpoint, as it was. */
export interface Attempt {
  readonly appId: string
  readonly seq: number
  readonly id: string
  readonly messageSeq: number
  readonly messageId: string
  readonly endpointId: string
  readonly url: string
  readonly trigger: Trigger
  readonly status: AttemptStatus
  /** 0 where no answer came. */
  readonly responseStatus: number
  /** At most 16 KiB; bytes that are not UTF-8, or hold U+0000, as base64; for a failure without an answer, what went wrong. */
  readonly responseBody: string
  readonly durationMs: number
  readonly startedAt: number
}

/** With the headers of its exchange. */
export interface RecordedAttempt extends Attempt {
  /** As `exchange.ts` writes them; null where nothing was sent, it was expunged, or an older version recorded it. */
  readonly exchange: string | null
}

/**
 * What one attempt means for its delivery.
 * - `delivered`: done.
 * - `retry`: again at `dueAt`; `countsAsAttempt` is false where the schedule is not consumed.
 * - `giveUp`: no further attempt; `reason` says which rule ended it.
 * - `notAttempted`: handed back as it was, nothing was sent.
 */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueAt: number; readonly countsAsAttempt: boolean }
  | {
      readonly kind: 'giveUp'
      readonly reason: 'schedule-spent' | 'aborted' | 'gone' | 'manual' | 'no-content'
    }
  | { readonly kind: 'notAttempted' }
