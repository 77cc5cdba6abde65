import { maxInterruptions } from '#core/delivery.ts'
import { newId } from '#core/ids.ts'
import { reach } from '#lib/crash-point.ts'
import type { AppendAttempt } from './append-attempt.ts'
import type { Database } from './database.ts'

const sliceSize = 1_000

export interface Recovery {
  readonly recovered: number
  readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
  readonly more: boolean
}

/** Walks the pending set once, in the order of its key; run at start, before this process leases anything. */
export function recoverInterrupted(
  db: Database,
  append: AppendAttempt,
): { slice(now: number): Recovery; restart(): void } {
  const select = db.prepare(
    `select d.app_id, d.message_seq, d.endpoint_id, d.trigger, d.interruptions, m.id, m.event_type,
       coalesce(e.url, '') as url
     from delivery d join message m on m.seq = d.message_seq left join endpoint e on e.id = d.endpoint_id
     where d.leased = 1 and (d.app_id, d.message_seq, d.endpoint_id, d.trigger) > (?, ?, ?, ?)
     order by d.app_id, d.message_seq, d.endpoint_id, d.trigger limit ${sliceSize}`,
  )
  const release = db.prepare(
    `update delivery set leased = 0, interruptions = interruptions + 1
     where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ?`,
  )
  const remove = db.prepare(
    'delete from delivery where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ?',
  )
  let cursor: [string, number, string, number] = ['', 0, '', 0]

  return {
    /** What a slice did before it was rolled back is to be done again. */
    restart() {
      cursor = ['', 0, '', 0]
    },
    slice(now) {
      const rows = select.all(...cursor)
      const heldBack: { messageId: string; endpointId: string }[] = []
      for (const row of rows) {
        const key: [string, number, string, number] = [
          row.app_id as string,
          row.message_seq as number,
          row.endpoint_id as string,
          row.trigger as number,
        ]
        cursor = key
        const deaths = (row.interruptions as number) + 1
        const isHeldBack = deaths >= maxInterruptions
        if (isHeldBack) {
          remove.run(...key)
          heldBack.push({ messageId: row.id as string, endpointId: key[2] })
        } else release.run(...key)
        append(
          {
            appId: key[0],
            id: newId('atmpt_', now),
            messageSeq: key[1],
            endpointId: key[2],
            url: row.url as string,
            trigger: key[3] === 1 ? 'manual' : 'scheduled',
            status: 'interrupted',
            responseStatus: 0,
            responseBody: isHeldBack
              ? `held back: the server died ${deaths} times in a row with this delivery in hand; resend it by hand`
              : 'the server died with this delivery in hand and may have sent it; it is sent again',
            durationMs: 0,
            startedAt: now,
            exchange: null,
          },
          row.event_type as string,
        )
        reach('in-recovery')
      }
      const more = rows.length === sliceSize
      if (!more) cursor = ['', 0, '', 0]
      return { recovered: rows.length, heldBack, more }
    },
  }
}
