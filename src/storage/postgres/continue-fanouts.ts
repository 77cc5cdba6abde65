import { matches } from '#core/filter.ts'
import { readReceived, readStrings } from '../rows.ts'
import { targetOf } from '../routing.ts'
import type { FanoutSlice } from '../storage.ts'
import type { Database, Row, Transaction } from './database.ts'
import { itsMessage } from './kept-messages.ts'
import { ensureOwners, type Lanes } from './lanes.ts'
import type { Word } from './notices.ts'
import { raw, type Sql, sql, textArray } from './sql.ts'

/** Deliveries that one transaction makes. It holds up nobody, but neither may it hold its rows for long. */
const deliveriesTogether = 100
const maxLookedAt = 2_000
/** Where more fan-outs wait, publishing lets them go first. */
const fewFanouts = 100

const fannedColumns =
  raw(`m.id, m.event_type, m.channels, m.content_type, convert_from(m.payload, 'UTF8') as payload, m.received,
  m.created_at, m.deliver_at`)

/** A part of one message's fan-out, in one transaction: applications take turns, and nodes share the work. */
export function continueFanouts(db: Database, lanes: Lanes) {
  /** A message to all of one's thousands of endpoints holds up nobody else's. */
  let lastServed = ''

  return async (
    fullLanes: readonly string[] | 'all',
    now: number,
  ): Promise<{ readonly slices: readonly FanoutSlice[]; readonly isBehind: boolean }> => {
    const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
    const first = await db.row(sql`select 1 from posthorn.fanout limit 1`)
    if (first === undefined) return { slices: [], isBehind: false }
    let toTell: Word[] = []
    const result = await db.transact(async (transaction) => {
      toTell = []
      const fanout =
        (await transaction.row(next(sql`f.app_id > ${lastServed}`))) ??
        (await transaction.row(next(raw('true'))))
      if (fanout === undefined) return { slices: [], isBehind: false }
      lastServed = fanout.app_id as string
      const slice = await advance(transaction, fanout, full, now, toTell)
      const waiting = await transaction.row(
        sql`select count(*) as count from (select 1 from posthorn.fanout limit ${fewFanouts + 1}) waiting`,
      )
      return { slices: [slice], isBehind: (waiting?.count as number) > fewFanouts }
    })
    db.tell(toTell)
    return result
  }

  function next(condition: Sql): Sql {
    return sql`select f.seq as fanout_seq, f.message_seq, f.app_id, f.after_endpoint_seq, f.last_endpoint_seq, m.*
      from posthorn.fanout f cross join ${itsMessage('f', fannedColumns)}
      where ${condition} order by f.app_id, f.message_seq limit 1 for update of f skip locked`
  }

  async function advance(
    transaction: Transaction,
    fanout: Row,
    full: ReadonlySet<string> | 'all',
    now: number,
    toTell: Word[],
  ): Promise<FanoutSlice> {
    const appId = fanout.app_id as string
    const seq = fanout.message_seq as number
    const eventType = fanout.event_type as string
    const routing = { eventType, channels: readStrings(fanout.channels as string | null) }
    const createdAt = fanout.created_at as number
    const dueAt = (fanout.deliver_at as number | null) ?? createdAt
    const looked = await transaction.rows(
      sql`select seq, id, event_types, channels, disabled_reason from posthorn.endpoint
        where app_id = ${appId} and seq > ${fanout.after_endpoint_seq} and seq <= ${fanout.last_endpoint_seq}
          and deleted_at is null order by seq limit ${maxLookedAt}`,
    )
    const takers: string[] = []
    let after = fanout.after_endpoint_seq as number
    for (const row of looked) {
      if (takers.length === deliveriesTogether) break
      after = row.seq as number
      if (row.disabled_reason === null && matches(targetOf(row), routing)) takers.push(row.id as string)
    }
    await ensureOwners(
      db,
      lanes,
      takers.map((endpointId) => ({ appId, endpointId })),
    )
    // Decided once: lanes may come and go while this waits.
    const elsewhere = new Set(takers.filter((id) => !lanes.owns(id)))
    const staying = new Set(
      takers.filter((id) => dueAt > now || full === 'all' || full.has(id) || elsewhere.has(id)),
    )
    const stays = (id: string): boolean => staying.has(id)
    // Those that had it replayed to them meanwhile have their delivery already.
    const made = new Set(
      (
        await transaction.rows(
          sql`insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count,
              interruptions, leased_by)
            select ${appId}, ${seq}::bigint, substr(one, 2), 0, ${dueAt + db.clockOffsetMs}::bigint, 0, 0,
              case when left(one, 1) = '+' then ${db.node}::int end
            from unnest(${textArray(takers.map((id) => `${stays(id) ? '-' : '+'}${id}`)) ?? '{}'}::text[]) as one
            on conflict do nothing returning endpoint_id`,
        )
      ).map((row) => row.endpoint_id as string),
    )
    const isStopped = after < (looked.at(-1)?.seq as number) || looked.length === maxLookedAt
    await transaction.change(
      isStopped
        ? sql`update posthorn.fanout set after_endpoint_seq = ${after} where seq = ${fanout.fanout_seq}`
        : sql`delete from posthorn.fanout where seq = ${fanout.fanout_seq}`,
    )
    const handed = takers.filter((id) => made.has(id) && !stays(id))
    const kept = takers.filter((id) => made.has(id) && stays(id))
    for (const endpointId of kept) {
      if (elsewhere.has(endpointId)) toTell.push({ kind: 'deliveries-due', appId, endpointId, dueAt })
    }
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
    return { message, dueAt, handed, kept }
  }
}
