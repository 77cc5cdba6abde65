import { matches } from '#core/filter.ts'
import type { Database } from './database.ts'
import { readStrings } from './rows.ts'

const sliceSize = 250

/** The next slice of the oldest message whose endpoints do not have their delivery yet. */
export function continueFanouts(db: Database): (now: number) => boolean {
  const oldest = db.prepare(
    `select f.message_seq, f.app_id, f.after_endpoint_seq, f.last_endpoint_seq, m.event_type, m.channels, m.created_at,
       m.deliver_at
     from fanout f join message m on m.seq = f.message_seq order by f.message_seq limit 1`,
  )
  const endpoints = db.prepare(
    `select seq, id, event_types, channels, disabled_reason from endpoint
     where app_id = ? and seq > ? and seq <= ? and deleted_at is null order by seq limit ${sliceSize}`,
  )
  const insert = db.prepare(
    `insert into delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased)
     values (?, ?, ?, 0, ?, 0, 0, 0) on conflict do nothing`,
  )
  const advance = db.prepare('update fanout set after_endpoint_seq = ? where message_seq = ?')
  const finish = db.prepare('delete from fanout where message_seq = ?')

  return () => {
    const fanout = oldest.get()
    if (fanout === undefined) return false
    const appId = fanout.app_id as string
    const seq = fanout.message_seq as number
    const routing = {
      eventType: fanout.event_type as string,
      channels: readStrings(fanout.channels as string | null),
    }
    const dueAt = (fanout.deliver_at ?? fanout.created_at) as number
    const rows = endpoints.all(appId, fanout.after_endpoint_seq as number, fanout.last_endpoint_seq as number)
    for (const row of rows) {
      if (row.disabled_reason !== null) continue
      const subscription = {
        eventTypes: readStrings(row.event_types as string | null),
        channels: readStrings(row.channels as string | null),
      }
      if (!matches(subscription, routing)) continue
      const endpointId = row.id as string
      insert.run(appId, seq, endpointId, dueAt)
      db.notice({ kind: 'deliveries-due', appId, endpointId, dueAt })
    }
    const last = rows.at(-1)
    if (rows.length < sliceSize || last === undefined) finish.run(seq)
    else advance.run(last.seq as number, seq)
    return true
  }
}
