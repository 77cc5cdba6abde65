import type { AttemptStatus, Verdict } from './attempt.ts'
import type { Trigger } from './delivery.ts'
import type { DisabledReason } from './endpoint.ts'
import { nextDueAt, parseRetryAfter } from './retry-schedule.ts'
import { shortfall, type SuccessRule } from './success-rule.ts'

/** What came back of one exchange. */
export type Answer =
  | {
      readonly kind: 'response'
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
      readonly body: string
    }
  /** `reusedSocket`: a kept-alive socket died before the first byte, so another may well do. */
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly detail: string
      readonly reusedSocket: boolean
    }

export interface Judged {
  readonly verdict: Verdict
  readonly status: AttemptStatus
  readonly responseStatus: number
  readonly responseBody: string
  readonly disable: DisabledReason | null
  /** The endpoint asks for fewer requests at a time: it timed out, or answered 429 or 503. */
  readonly isOverloaded: boolean
}

/** Decides what one exchange means for its delivery. */
export function judge(
  answer: Answer,
  delivery: { readonly trigger: Trigger; readonly attemptCount: number },
  rule: SuccessRule | null,
  scheduleMs: readonly number[],
  now: number,
  random: number,
): Judged {
  const record =
    answer.kind === 'response'
      ? { responseStatus: answer.status, responseBody: answer.body }
      : { responseStatus: 0, responseBody: `${answer.reason}: ${answer.detail}` }
  if (answer.kind === 'response') {
    const lacks = shortfall(rule, answer.status, answer.body)
    if (lacks === null) {
      return {
        ...record,
        verdict: { kind: 'delivered' },
        status: 'success',
        disable: null,
        isOverloaded: false,
      }
    }
  }
  const isGone = answer.kind === 'response' && answer.status === 410
  return {
    ...record,
    verdict: verdictOnFailure(answer, delivery, scheduleMs, now, random),
    status: 'fail',
    disable: isGone ? 'gone' : null,
    isOverloaded:
      answer.kind === 'response'
        ? answer.status === 429 || answer.status === 503
        : answer.reason === 'timeout',
  }
}

function verdictOnFailure(
  answer: Answer,
  delivery: { readonly trigger: Trigger; readonly attemptCount: number },
  scheduleMs: readonly number[],
  now: number,
  random: number,
): Verdict {
  if (answer.kind === 'failed' && answer.reusedSocket) {
    return { kind: 'retry', dueAt: now, countsAsAttempt: false }
  }
  if (answer.kind === 'response') {
    if (answer.status === 410) return { kind: 'giveUp', reason: 'gone' }
    if (headerValue(answer.headers, 'webhook-delivery')?.trim().toLowerCase() === 'abort-message') {
      return { kind: 'giveUp', reason: 'aborted' }
    }
  }
  if (delivery.trigger === 'manual') return { kind: 'giveUp', reason: 'manual' }
  const retryAfterMs =
    answer.kind === 'response' ? parseRetryAfter(headerValue(answer.headers, 'retry-after'), now) : null
  const dueAt = nextDueAt(scheduleMs, delivery.attemptCount + 1, now, retryAfterMs, random)
  return dueAt === null
    ? { kind: 'giveUp', reason: 'schedule-spent' }
    : { kind: 'retry', dueAt, countsAsAttempt: true }
}

/** Repeated ones are one with a comma between (RFC 9110 §5.3). */
function headerValue(
  headers: (Answer & { readonly kind: 'response' })['headers'],
  name: string,
): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}
