import type { Outcome } from '../storage.ts'
import type { Database } from './database.ts'
import { statusNumber, triggerNumber } from '../row-numbers.ts'
import { lastSeq } from './sequences.ts'

export interface AppendAttempt {
  (attempt: Omit<Outcome['attempt'], 'messageId'>, eventType: string): void
  /** Writes the counts of what was appended since the last call: before each verb's savepoint is released. */
  flushCounts(): void
  /** Drops what was counted by a verb that was rolled back. */
  dropCounts(): void
}

const hourMs = 3_600_000

interface Count {
  readonly appId: string
  readonly endpointId: string
  readonly hourAt: number
  readonly eventType: string
  success: number
  fail: number
  canceled: number
}

/** Appends to the history and counts by hour. One per writer: it owns the sequence of attempts. */
export function attemptAppender(db: Database): AppendAttempt {
  const insert = db.prepare(
    `insert into attempt (seq, app_id, message_seq, endpoint_id, id, url, trigger, status, response_status,
       response_body, duration_ms, started_at, exchange) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const upsertCount = db.prepare(
    `insert into attempt_count (app_id, endpoint_id, hour_at, event_type, success, fail, canceled)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict do update set success = success + excluded.success, fail = fail + excluded.fail,
       canceled = canceled + excluded.canceled`,
  )
  let seq = lastSeq(db, 'attempt')
  let counts = new Map<string, Count>()

  function countOf(appId: string, endpointId: string, hourAt: number, eventType: string): Count {
    const key = `${endpointId}${hourAt}${eventType}`
    let count = counts.get(key)
    if (count === undefined) {
      count = { appId, endpointId, hourAt, eventType, success: 0, fail: 0, canceled: 0 }
      counts.set(key, count)
    }
    return count
  }

  const append = (attempt: Omit<Outcome['attempt'], 'messageId'>, eventType: string): void => {
    insert.run(
      ++seq,
      attempt.appId,
      attempt.messageSeq,
      attempt.endpointId,
      attempt.id,
      attempt.url,
      triggerNumber[attempt.trigger],
      statusNumber[attempt.status],
      attempt.responseStatus,
      attempt.responseBody,
      attempt.durationMs,
      attempt.startedAt,
      attempt.exchange,
    )
    const hourAt = attempt.startedAt - (attempt.startedAt % hourMs)
    const count = countOf(attempt.appId, attempt.endpointId, hourAt, eventType)
    if (attempt.status === 'success') count.success++
    else if (attempt.status === 'fail') count.fail++
    else if (attempt.status === 'canceled') count.canceled++
  }

  return Object.assign(append, {
    flushCounts() {
      for (const { appId, endpointId, hourAt, eventType, success, fail, canceled } of counts.values()) {
        upsertCount.run(appId, endpointId, hourAt, eventType, success, fail, canceled)
      }
      counts = new Map()
    },
    dropCounts() {
      counts = new Map()
    },
  })
}
