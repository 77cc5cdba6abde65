import { newId } from '#core/ids.ts'
import type { AppendAttempt } from './append-attempt.ts'
import type { Database } from './database.ts'

const sliceSize = 500

/**
 * Cancels what waits in the store. What this process has in hand is canceled by its lane, which the notice tells: the
 * last slice sends it, so that nothing is handed back to the store behind the cancellation.
 */
export function cancelDeliveries(
  db: Database,
  append: AppendAttempt,
): (
  appId: string,
  endpointId: string,
  createdBefore: number,
  now: number,
) => { canceled: number; more: boolean } {
  // The index of what waits leaves suspects out, and theirs holds nothing else: each is asked by itself.
  const waiting = (index: string, condition: string) =>
    db.prepare(
      `select d.message_seq, d.trigger, m.event_type, e.url
       from delivery d indexed by ${index} cross join message m on m.seq = d.message_seq join endpoint e on e.id = d.endpoint_id
       where d.app_id = ? and d.endpoint_id = ? and d.leased = 0 and d.interruptions ${condition} and m.created_at < ?
       limit ${sliceSize}`,
    )
  const [due, suspects] = [waiting('delivery_due', '<= 2'), waiting('delivery_suspect', '> 2')]
  const remove = db.prepare(
    'delete from delivery where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ?',
  )
  return (appId, endpointId, createdBefore, now) => {
    const found = due.all(appId, endpointId, createdBefore)
    const rows =
      found.length === sliceSize ? found : [...found, ...suspects.all(appId, endpointId, createdBefore)]
    for (const row of rows) {
      remove.run(appId, row.message_seq as number, endpointId, row.trigger as number)
      append(
        {
          appId,
          id: newId('atmpt_', now),
          messageSeq: row.message_seq as number,
          endpointId,
          url: row.url as string,
          trigger: row.trigger === 1 ? 'manual' : 'scheduled',
          status: 'canceled',
          responseStatus: 0,
          responseBody: 'canceled before it was sent',
          durationMs: 0,
          startedAt: now,
        },
        row.event_type as string,
      )
    }
    const more = found.length === sliceSize
    if (!more) db.notice({ kind: 'deliveries-canceled', appId, endpointId, createdBefore })
    return { canceled: rows.length, more }
  }
}
