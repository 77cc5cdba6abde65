import { messageOf } from '../rows.ts'
import type { Tail } from '../storage.ts'
import type { Database } from './database.ts'
import { messageColumns } from './messages.ts'

/** The one writer commits messages in the order of their sequence: what can be seen is all there is up to there. */
export function tailMessages(db: Database): (appId: string, after: number | null, limit: number) => Tail {
  const last = db.prepare('select coalesce(max(seq), 0) as seq from message')
  const page = db.prepare(
    `select ${messageColumns(true)} from message m where m.app_id = ? and m.seq > ? order by m.seq limit ?`,
  )
  return (appId, after, limit) => {
    // Before the rows: another one may be committed between the two.
    const { seq } = last.get() as { readonly seq: number }
    if (after === null) return { messages: [], upTo: seq }
    const messages = page.all(appId, after, limit).map((row) => messageOf(row as never))
    const lastSeen = messages.at(-1)?.seq ?? after
    return { messages, upTo: messages.length === limit ? lastSeen : Math.max(lastSeen, seq) }
  }
}
