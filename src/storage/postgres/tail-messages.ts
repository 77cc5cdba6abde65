import { messageOf } from '../rows.ts'
import type { Tail } from '../storage.ts'
import type { Database } from './database.ts'
import { messageColumns } from './messages.ts'
import { settledNumbers } from './settled-numbers.ts'
import { sql } from './sql.ts'

/** Messages of an application in the order of their sequence, no further than where it is settled. */
export function tailMessages(
  db: Database,
): (appId: string, after: number | null, limit: number) => Promise<Tail> {
  const settled = settledNumbers(db, ['message_seq'])
  return async (appId, after, limit) => {
    const [upTo = 0] = await settled()
    if (after === null || after >= upTo) return { messages: [], upTo: Math.max(after ?? 0, upTo) }
    const rows = await db.rows(
      sql`select ${messageColumns(true)} from posthorn.message m
        where m.app_id = ${appId} and m.seq > ${after}::bigint and m.seq <= ${upTo}::bigint
        order by m.seq limit ${limit}`,
    )
    const messages = rows.map(messageOf)
    return { messages, upTo: messages.length === limit ? (messages.at(-1)?.seq ?? upTo) : upTo }
  }
}
