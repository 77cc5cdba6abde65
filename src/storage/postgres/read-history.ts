import { endOf, furthest } from '../places.ts'
import { attemptHeadOf, messageOf } from '../rows.ts'
import type { HistoryPart, Place } from '../storage.ts'
import { isLiving } from './applications.ts'
import type { Database } from './database.ts'
import { itsMessage } from './kept-messages.ts'
import { messageColumns } from './messages.ts'
import { settledNumbers } from './settled-numbers.ts'
import { raw, sql } from './sql.ts'

const attemptColumns = raw(`t.seq, t.app_id, t.message_seq, t.endpoint_id, t.id, t.url, t.trigger, t.status,
  t.response_status, t.duration_ms, t.started_at`)

export function historyReads(db: Database) {
  const settled = settledNumbers(db, ['message_seq', 'attempt_seq'])
  return {
    async historyEnd(): Promise<Place> {
      const [message = 0, attempt = 0] = await settled()
      return { message, attempt }
    },
    async readHistory(appId: string, after: Place, upTo: Place, limit: number): Promise<HistoryPart> {
      const messages = await db.rows(
        sql`select ${messageColumns(false)} from posthorn.message m
          where m.app_id = ${appId} and m.seq > ${after.message}::bigint and m.seq <= ${upTo.message}::bigint
            and ${isLiving(appId)} order by m.seq limit ${limit}`,
      )
      // No index knows the attempts of an application in their order: the oldest of each endpoint are put together.
      const attempts = await db.rows(
        sql`select t.*, m.* from (
            select t.* from posthorn.endpoint e cross join lateral (
              select ${attemptColumns} from posthorn.attempt t
              where t.app_id = e.app_id and t.endpoint_id = e.id
                and t.seq > ${after.attempt}::bigint and t.seq <= ${upTo.attempt}::bigint
              order by t.seq limit ${limit}) t
            where e.app_id = ${appId} and e.deleted_at is null and ${isLiving(appId)}
            order by t.seq limit ${limit}) t
          cross join ${itsMessage('t', sql`m.id as message_id, m.event_type`)} order by t.seq`,
      )
      const found = {
        messages: messages.map(messageOf),
        attempts: attempts.map((row) => ({
          ...attemptHeadOf(row),
          eventType: row.event_type as string,
        })),
      }
      return {
        ...found,
        upTo: furthest(after, {
          message: endOf(found.messages, limit, upTo.message),
          attempt: endOf(found.attempts, limit, upTo.attempt),
        }),
      }
    },
  }
}
