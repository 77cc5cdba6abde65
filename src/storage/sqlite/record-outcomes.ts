import type { Outcome } from '../storage.ts'
import type { AppendAttempt } from './append-attempt.ts'
import type { Database } from './database.ts'
import { triggerNumber } from '../row-numbers.ts'

export function recordOutcomes(
  db: Database,
  append: AppendAttempt,
): (outcomes: readonly Outcome[], now: number) => void {
  const end = db.prepare(
    'delete from delivery where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ?',
  )
  const again = db.prepare(
    `update delivery set due_at = ?, attempt_count = ?, interruptions = 0, leased = 0
     where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ? and leased = 1`,
  )
  const setFailingSince = db.prepare('update endpoint set failing_since = ? where app_id = ? and id = ?')
  const disable = db.prepare(
    `update endpoint set disabled_reason = ?, version = version + 1, updated_at = ?
     where app_id = ? and id = ? and disabled_reason is null`,
  )
  const bumpRouting = db.prepare('update application set routing_version = routing_version + 1 where id = ?')

  return (outcomes, now) => {
    for (const { key, eventType, attempt, next, health } of outcomes) {
      append(attempt, eventType)
      const { appId, messageSeq, endpointId } = key
      const trigger = triggerNumber[key.trigger]
      if (next === null) end.run(appId, messageSeq, endpointId, trigger)
      else again.run(next.dueAt, next.attemptCount, appId, messageSeq, endpointId, trigger)
      if (health === null) continue
      setFailingSince.run(health.failingSince, appId, endpointId)
      if (health.disable !== null && disable.run(health.disable, now, appId, endpointId).changes === 1) {
        bumpRouting.run(appId)
        db.notice({ kind: 'endpoint-changed', appId, endpointId })
      }
    }
  }
}
