import { matches } from '#core/filter.ts'
import type { FanoutSlice } from '../storage.ts'
import type { Database } from './database.ts'
import { readStrings } from './rows.ts'

/** Endpoints that are looked at in one transaction: a fraction of a millisecond. */
const sliceSize = 32

export function continueFanout(
  db: Database,
): (fullLanes: readonly string[] | 'all', now: number) => FanoutSlice | null {
  const next = db.prepare(
    `select f.seq, f.message_seq, f.app_id, f.after_endpoint_seq, f.last_endpoint_seq, m.id, m.event_type, m.channels,
       m.content_type, m.payload, m.created_at, m.deliver_at
     from fanout f join message m on m.seq = f.message_seq
     where f.app_id > ? order by f.app_id, f.seq limit 1`,
  )
  const endpoints = db.prepare(
    `select seq, id, event_types, channels, disabled_reason from endpoint
     where app_id = ? and seq > ? and seq <= ? and deleted_at is null order by seq limit ${sliceSize}`,
  )
  const insert = db.prepare(
    `insert into delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased)
     values (?, ?, ?, 0, ?, 0, 0, ?) on conflict do nothing`,
  )
  const advance = db.prepare('update fanout set after_endpoint_seq = ? where seq = ?')
  const finish = db.prepare('delete from fanout where seq = ?')
  /** Applications take turns: a message to all of one's thousands of endpoints holds up nobody else's. */
  let lastServed = ''

  return (fullLanes, now) => {
    const fanout = next.get(lastServed) ?? next.get('')
    if (fanout === undefined) return null
    const appId = fanout.app_id as string
    lastServed = appId
    const seq = fanout.message_seq as number
    const eventType = fanout.event_type as string
    const routing = { eventType, channels: readStrings(fanout.channels as string | null) }
    const createdAt = fanout.created_at as number
    const dueAt = (fanout.deliver_at as number | null) ?? createdAt
    const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
    const handed: string[] = []
    const kept: string[] = []
    const rows = endpoints.all(appId, fanout.after_endpoint_seq as number, fanout.last_endpoint_seq as number)
    for (const row of rows) {
      if (row.disabled_reason !== null) continue
      const subscription = {
        eventTypes: readStrings(row.event_types as string | null),
        channels: readStrings(row.channels as string | null),
      }
      if (!matches(subscription, routing)) continue
      const id = row.id as string
      const stays = dueAt > now || full === 'all' || full.has(id)
      // Replayed to it meanwhile: it has its delivery already.
      if (insert.run(appId, seq, id, dueAt, stays ? 0 : 1).changes === 0) continue
      if (stays) kept.push(id)
      else handed.push(id)
    }
    const last = rows.at(-1)
    if (rows.length < sliceSize || last === undefined) finish.run(fanout.seq as number)
    else advance.run(last.seq as number, fanout.seq as number)
    const message = {
      appId,
      seq,
      id: fanout.id as string,
      eventType,
      contentType: fanout.content_type as string,
      payload: fanout.payload as string | null,
      createdAt,
    }
    return { message, dueAt, handed, kept }
  }
}
