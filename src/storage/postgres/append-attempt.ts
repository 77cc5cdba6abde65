import type { RecordedAttempt } from '#core/attempt.ts'
import { statusNumber, triggerNumber } from '../row-numbers.ts'
import { numberArray, raw, type Sql, sql, textArray } from './sql.ts'

export interface NewAttempt {
  readonly attempt: Omit<RecordedAttempt, 'seq' | 'messageId'>
  readonly eventType: string
}

const hourMs = 3_600_000

/** The columns that `given` has of each attempt, in this order. */
export const givenColumns = raw(
  'app_id, message_seq, endpoint_id, trigger, id, url, status, response_status, response_body, duration_ms, started_at, exchange, event_type',
)

/** The same as arrays, for `unnest`. */
export function givenArrays(given: readonly NewAttempt[]): Sql {
  const attempts = given.map(({ attempt }) => attempt)
  const texts = (values: readonly (string | null)[]): Sql => sql`${textArray(values)}::text[]`
  const numbers = (values: readonly number[]): Sql => sql`${numberArray(values)}::bigint[]`
  return sql`${texts(attempts.map(({ appId }) => appId))}, ${numbers(attempts.map(({ messageSeq }) => messageSeq))},
    ${texts(attempts.map(({ endpointId }) => endpointId))},
    ${numbers(attempts.map(({ trigger }) => triggerNumber[trigger]))}, ${texts(attempts.map(({ id }) => id))},
    ${texts(attempts.map(({ url }) => url))}, ${numbers(attempts.map(({ status }) => statusNumber[status]))},
    ${numbers(attempts.map(({ responseStatus }) => responseStatus))},
    ${texts(attempts.map(({ responseBody }) => responseBody))},
    ${numbers(attempts.map(({ durationMs }) => durationMs))},
    ${numbers(attempts.map(({ startedAt }) => startedAt))},
    ${texts(attempts.map(({ exchange }) => exchange))}, ${texts(given.map(({ eventType }) => eventType))}`
}

/** Appends what `source` has to the history, and counts it by hour. For use after `with …,`. */
export function appending(source: Sql): Sql {
  return sql`recorded as (
      insert into posthorn.attempt (app_id, message_seq, seq, endpoint_id, id, url, trigger, status, response_status,
        response_body, duration_ms, started_at, exchange)
      select app_id, message_seq, nextval('posthorn.attempt_seq'), endpoint_id, id, url, trigger, status,
        response_status, response_body, duration_ms, started_at, exchange from ${source}),
    counted as (
      insert into posthorn.attempt_count as total (app_id, endpoint_id, hour_at, event_type, success, fail, canceled)
      select app_id, endpoint_id, started_at - started_at % ${raw(String(hourMs))}, event_type,
        count(*) filter (where status = 0), count(*) filter (where status = 2), count(*) filter (where status = 4)
      from ${source} group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (app_id, endpoint_id, hour_at, event_type) do update set success = total.success + excluded.success,
        fail = total.fail + excluded.fail, canceled = total.canceled + excluded.canceled)`
}
