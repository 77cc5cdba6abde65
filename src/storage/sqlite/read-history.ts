import { endOf, furthest } from '../places.ts'
import { attemptHeadOf, messageOf } from '../rows.ts'
import type { HistoryPart, Place } from '../storage.ts'
import type { Database } from './database.ts'
import { messageColumns } from './messages.ts'

/**
 * No index knows the attempts of an application in their order: those of all applications are passed, so many numbers
 * in one step.
 */
const maxNumbers = 20_000

/** The one writer commits in the order of the sequences: what can be seen is all there is up to there. */
export function historyReads(db: Database) {
  const end = db.prepare(
    `select (select coalesce(max(seq), 0) from message) as message,
       (select coalesce(max(seq), 0) from attempt) as attempt`,
  )
  const isLiving = db.prepare('select 1 from application where id = ? and deleted_at is null')
  const messages = db.prepare(
    `select ${messageColumns(false)} from message m
     where m.app_id = :appId and m.seq > :after and m.seq <= :upTo order by m.seq limit :limit`,
  )
  const attempts = db.prepare(
    `select t.*, m.id as message_id, m.event_type from attempt t
       cross join endpoint e on e.id = t.endpoint_id and e.deleted_at is null
       cross join message m on m.seq = t.message_seq
     where t.seq > :after and t.seq <= :upTo and +t.app_id = :appId order by t.seq limit :limit`,
  )
  return {
    historyEnd(): Place {
      const row = end.get()
      return { message: row?.message as number, attempt: row?.attempt as number }
    },
    readHistory(appId: string, after: Place, upTo: Place, limit: number): HistoryPart {
      const isGone = isLiving.get(appId) === undefined
      if (isGone) return { messages: [], attempts: [], upTo: furthest(after, upTo) }
      const until = Math.min(upTo.attempt, after.attempt + maxNumbers)
      const found = {
        messages: messages
          .all({ appId, after: after.message, upTo: upTo.message, limit })
          .map((row) => messageOf(row)),
        attempts: attempts.all({ appId, after: after.attempt, upTo: until, limit }).map((row) => ({
          ...attemptHeadOf(row),
          eventType: row.event_type as string,
        })),
      }
      return {
        ...found,
        upTo: furthest(after, {
          message: endOf(found.messages, limit, upTo.message),
          attempt: endOf(found.attempts, limit, until),
        }),
      }
    },
  }
}
