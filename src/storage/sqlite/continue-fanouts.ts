import { matches } from '#core/filter.ts'
import type { FanoutSlice } from '../storage.ts'
import type { Database } from './database.ts'
import { readReceived, readStrings } from '../rows.ts'

/** Deliveries that one transaction makes: a fraction of a millisecond. To look at an endpoint costs a tenth of one. */
const deliveriesTogether = 32
const maxLookedAt = 10 * deliveriesTogether
/** Where more fan-outs wait, larger transactions are the lesser evil. */
const fewFanouts = 100
const timesWhenBehind = 8

export function continueFanouts(
  db: Database,
): (
  fullLanes: readonly string[] | 'all',
  now: number,
) => { readonly slices: readonly FanoutSlice[]; readonly isBehind: boolean } {
  const waiting = db.prepare(`select count(*) as count from (select 1 from fanout limit ${fewFanouts + 1})`)
  const next = db.prepare(
    `select f.seq, f.message_seq, f.app_id, f.after_endpoint_seq, f.last_endpoint_seq, m.id, m.event_type, m.channels,
       m.content_type, m.payload, m.received, m.created_at, m.deliver_at
     from fanout f join message m on m.seq = f.message_seq
     where f.app_id > ? order by f.app_id, f.message_seq limit 1`,
  )
  const endpoints = db.prepare(
    `select seq, id, event_types, channels, disabled_reason from endpoint
     where app_id = ? and seq > ? and seq <= ? and deleted_at is null order by seq limit ?`,
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
    const isBehind = (waiting.get()?.count as number) > fewFanouts
    const times = isBehind ? timesWhenBehind : 1
    const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
    const slices: FanoutSlice[] = []
    let toMake = deliveriesTogether * times
    let toLookAt = maxLookedAt * times
    while (toMake > 0 && toLookAt > 0) {
      const fanout = next.get(lastServed) ?? next.get('')
      if (fanout === undefined) break
      lastServed = fanout.app_id as string
      const { slice, lookedAt } = advanceOne(
        fanout,
        Math.min(deliveriesTogether, toMake),
        toLookAt,
        full,
        now,
      )
      slices.push(slice)
      toMake -= slice.handed.length + slice.kept.length
      toLookAt -= Math.max(1, lookedAt)
    }
    return { slices, isBehind }
  }

  function advanceOne(
    fanout: Record<string, unknown>,
    toMake: number,
    toLookAt: number,
    full: ReadonlySet<string> | 'all',
    now: number,
  ): { readonly slice: FanoutSlice; readonly lookedAt: number } {
    const appId = fanout.app_id as string
    const seq = fanout.message_seq as number
    const eventType = fanout.event_type as string
    const routing = { eventType, channels: readStrings(fanout.channels as string | null) }
    const createdAt = fanout.created_at as number
    const dueAt = (fanout.deliver_at as number | null) ?? createdAt
    const handed: string[] = []
    const kept: string[] = []
    let after = fanout.after_endpoint_seq as number
    let lookedAt = 0
    const range = [appId, after, fanout.last_endpoint_seq as number] as const
    for (const row of endpoints.iterate(...range, toLookAt)) {
      after = row.seq as number
      lookedAt++
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
      if (handed.length + kept.length === toMake) break
    }
    const isStopped = handed.length + kept.length === toMake || lookedAt === toLookAt
    if (isStopped) advance.run(after, fanout.seq as number)
    else finish.run(fanout.seq as number)
    const message = {
      appId,
      seq,
      id: fanout.id as string,
      eventType,
      contentType: fanout.content_type as string,
      payload: fanout.payload as string | null,
      received: readReceived(fanout.received),
      createdAt,
    }
    return { slice: { message, dueAt, handed, kept }, lookedAt }
  }
}
