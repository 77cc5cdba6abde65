import type { Attempt } from '#core/attempt.ts'
import { matches } from '#core/filter.ts'
import { newId } from '#core/ids.ts'
import type { AppendAttempt } from './append-attempt.ts'
import type { Database } from './database.ts'
import { readStrings } from '../rows.ts'

const sliceSize = 100

/**
 * Cancels what waits in the store, and what a fan-out would yet create. What this process has in hand is canceled by its lane, which the notice tells: the
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
  const target = db.prepare(
    'select seq, url, event_types, channels, disabled_reason from endpoint where app_id = ? and id = ?',
  )
  const fanouts = db.prepare(
    `select f.seq, f.message_seq, f.last_endpoint_seq, m.event_type, m.channels
     from fanout f join message m on m.seq = f.message_seq
     where f.app_id = ? and f.after_endpoint_seq < ? and f.last_endpoint_seq >= ? and m.created_at < ?
     limit ${sliceSize}`,
  )
  const endBefore = db.prepare('update fanout set last_endpoint_seq = ? where seq = ?')
  const beginAfter = db.prepare(
    'insert into fanout (message_seq, app_id, after_endpoint_seq, last_endpoint_seq) values (?, ?, ?, ?)',
  )

  /** Leaves the endpoint out of fan-outs under way. */
  function cancelUncreated(
    appId: string,
    endpointId: string,
    createdBefore: number,
    now: number,
  ): { readonly canceled: number; readonly more: boolean } {
    const endpoint = target.get(appId, endpointId)
    if (endpoint === undefined) return { canceled: 0, more: false }
    const endpointSeq = endpoint.seq as number
    const subscription = {
      eventTypes: readStrings(endpoint.event_types as string | null),
      channels: readStrings(endpoint.channels as string | null),
    }
    let canceled = 0
    const rows = fanouts.all(appId, endpointSeq, endpointSeq, createdBefore)
    for (const row of rows) {
      const messageSeq = row.message_seq as number
      endBefore.run(endpointSeq - 1, row.seq as number)
      beginAfter.run(messageSeq, appId, endpointSeq, row.last_endpoint_seq as number)
      const eventType = row.event_type as string
      const channels = readStrings(row.channels as string | null)
      if (endpoint.disabled_reason !== null || !matches(subscription, { eventType, channels })) continue
      record(
        { appId, endpointId, messageSeq, url: endpoint.url as string, trigger: 'scheduled' },
        eventType,
        now,
      )
      canceled++
    }
    return { canceled, more: rows.length === sliceSize }
  }

  function record(
    what: Pick<Attempt, 'appId' | 'endpointId' | 'messageSeq' | 'url' | 'trigger'>,
    eventType: string,
    now: number,
  ): void {
    append(
      {
        ...what,
        id: newId('atmpt_', now),
        status: 'canceled',
        responseStatus: 0,
        responseBody: 'canceled before it was sent',
        durationMs: 0,
        startedAt: now,
        exchange: null,
      },
      eventType,
    )
  }

  return (appId, endpointId, createdBefore, now) => {
    const uncreated = cancelUncreated(appId, endpointId, createdBefore, now)
    const found = due.all(appId, endpointId, createdBefore)
    const rows =
      found.length === sliceSize ? found : [...found, ...suspects.all(appId, endpointId, createdBefore)]
    for (const row of rows) {
      remove.run(appId, row.message_seq as number, endpointId, row.trigger as number)
      const trigger = row.trigger === 1 ? 'manual' : 'scheduled'
      const messageSeq = row.message_seq as number
      record(
        { appId, endpointId, messageSeq, url: row.url as string, trigger },
        row.event_type as string,
        now,
      )
    }
    const isSuspectLeft = rows.length - found.length === sliceSize
    const more = found.length === sliceSize || isSuspectLeft || uncreated.more
    if (!more) db.notice({ kind: 'deliveries-canceled', appId, endpointId, createdBefore })
    return { canceled: uncreated.canceled + rows.length, more }
  }
}
