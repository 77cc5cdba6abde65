import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '../rows.ts'
import type { Tail } from '../storage.ts'
import type { Database } from './database.ts'
import { messageColumns } from './messages.ts'
import { sql } from './sql.ts'

/** No transaction of ours lasts as long: what it has not committed by then, it will not. */
const longestMs = 45_000
const lookEveryMs = 5
const maxLooks = 6

/**
 * Messages of an application in the order of their sequence. Numbers are drawn before they are committed, so a smaller
 * one may yet appear behind a larger one: a walk goes no further than where every transaction has ended that was under
 * way when the number was read.
 */
export function tailMessages(
  db: Database,
): (appId: string, after: number | null, limit: number) => Promise<Tail> {
  let settled = 0
  let next: { readonly seq: number; readonly ends: bigint; readonly readAt: number } | null = null

  async function settledSeq(): Promise<number> {
    for (let looks = 1; ; looks++) {
      const drawn = await db.row(
        sql`select case when is_called then last_value else last_value - 1 end as seq from posthorn.message_seq`,
      )
      // Behind the number: whoever drew a smaller one is in this snapshot, since its fence came first, or has ended.
      const snapshot = await db.row(
        sql`select pg_snapshot_xmin(now)::text as oldest, pg_snapshot_xmax(now)::text as next
          from pg_current_snapshot() as now`,
      )
      const oldest = BigInt(snapshot?.oldest as string)
      const seq = drawn?.seq as number
      const now = performance.now()
      next ??= { seq, ends: BigInt(snapshot?.next as string), readAt: now }
      if (oldest >= next.ends || now - next.readAt > longestMs) {
        settled = Math.max(settled, next.seq)
        next = null
      }
      if (settled >= seq || looks === maxLooks) return settled
      await wait(lookEveryMs)
    }
  }

  return async (appId, after, limit) => {
    const upTo = await settledSeq()
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
