import { databaseNow } from './clock.ts'
import type { Database, Session } from './database.ts'
import { dropHistory } from './history.ts'
import { isNeeded } from './kept-messages.ts'
import { dueLanes } from './lanes.ts'
import { locks } from './locks.ts'
import { raw, type Sql, sql } from './sql.ts'

/** Rows in one transaction. */
const sliceSize = 500

/** What was under way when something was deleted is recorded by then, and no publish knows of it any more. */
const historyGraceMs = 120_000

/** So long after its deletion, whoever still sends to a source is told. */
const sourceMemoryMs = 30 * 86_400_000

/** In a transaction that only one node has at a time; false where another one is at it. */
async function alone(
  db: Database,
  lock: number,
  work: (session: Session) => Promise<boolean>,
): Promise<boolean> {
  return await db.transact(async (transaction) => {
    const row = await transaction.row(sql`select pg_try_advisory_xact_lock(${lock}::bigint) as is_mine`)
    return row?.is_mine === true && (await work(transaction))
  })
}

export function upkeepReads(db: Database) {
  return {
    /** What a disabled endpoint holds back counts as waiting and not as late. */
    async backlog(
      now: number,
    ): Promise<{ readonly deliveries: number; readonly oldestDueAt: number | null }> {
      const count = await db.row(sql`select count(*) as count from posthorn.delivery`)
      const oldestDueAt = Math.min(...(await dueLanes(db, 'all')).map(({ dueAt }) => dueAt))
      return { deliveries: count?.count as number, oldestDueAt: oldestDueAt <= now ? oldestDueAt : null }
    },
  }
}

export function upkeepWrites(db: Database, directUrl: string) {
  return { expire: expire(db), dropHistory: dropHistory(db, directUrl), purgeDeleted: purgeDeleted(db) }
}

function expire(db: Database): (now: number | null) => Promise<boolean> {
  // Payloads that a delivery still needs are passed once a round, however many there are.
  let cursor: readonly [expiresAt: number, seq: number] = [-1, -1]

  return async (given) =>
    await alone(db, locks.expiry, async (session) => {
      const now = given ?? (await databaseNow(session))
      const found = await session.row(
        sql`with seen as materialized (
            select m.app_id, m.seq, m.payload_expires_at, ${isNeeded} as is_needed from posthorn.message m
            where m.payload is not null and m.payload_expires_at <= ${now}
              and (m.payload_expires_at, m.seq) > (${cursor[0]}::bigint, ${cursor[1]}::bigint)
            order by m.payload_expires_at, m.seq limit ${sliceSize}),
          dropped as (
            update posthorn.message m set payload = null, received = null from seen
            where m.app_id = seen.app_id and m.seq = seen.seq and not seen.is_needed)
          select payload_expires_at, seq, count(*) over () as count from seen
          order by payload_expires_at desc, seq desc limit 1`,
      )
      const last = found?.count === sliceSize ? found : undefined
      cursor = last === undefined ? [-1, -1] : [last.payload_expires_at as number, last.seq as number]
      const dropped = async (statement: Sql): Promise<boolean> =>
        (await session.change(statement)) === sliceSize
      const isEventIdLeft = await dropped(
        sql`delete from posthorn.event_id where (app_id, event_id) in (
          select app_id, event_id from posthorn.event_id where expires_at <= ${now}
          order by expires_at limit ${sliceSize})`,
      )
      const isKeyLeft = await dropped(
        sql`delete from posthorn.idempotency_key where key in (
          select key from posthorn.idempotency_key where expires_at <= ${now}
          order by expires_at limit ${sliceSize})`,
      )
      if (last !== undefined || isEventIdLeft || isKeyLeft) return true
      await session.change(
        sql`delete from posthorn.application_token_expiry old where exists (
          select 1 from posthorn.application_token_expiry later
          where later.app_id = old.app_id and later.session_id = old.session_id
            and later.issued_before > old.issued_before and later.ends_at <= greatest(old.ends_at, ${now}))`,
      )
      return false
    })
}

/** Each by the index that holds it and nothing else. */
const waiting = [
  raw('leased_by is null and interruptions <= 2'),
  raw('leased_by is null and interruptions > 2'),
] as const

/** What an application leaves, but for its endpoints, in the order in which it goes. */
const history: readonly (readonly [table: string, key: string])[] = [
  ['fanout', 'seq'],
  ['attempt', 'app_id, message_seq, seq'],
  ['attempt_count', 'app_id, endpoint_id, hour_at, event_type'],
  ['event_id', 'app_id, event_id'],
  ['message', 'app_id, seq'],
  ['kept_message', 'app_id, seq'],
  ['lane', 'app_id, endpoint_id'],
  ['endpoint', 'seq'],
  ['background_task', 'seq'],
  ['application_token_expiry', 'app_id, session_id, issued_before, ends_at'],
  ['application_throttle', 'app_id'],
]

function purgeDeleted(db: Database): (now: number) => Promise<boolean> {
  return async (now) =>
    await alone(db, locks.purge, async (session) => {
      const drop = async (table: string, key: string, condition: Sql): Promise<boolean> =>
        (await session.change(
          sql`delete from ${raw(`posthorn.${table}`)} where (${raw(key)}) in (
            select ${raw(key)} from ${raw(`posthorn.${table}`)} where ${condition} limit ${sliceSize})`,
        )) > 0
      const deliveryKey = 'app_id, message_seq, endpoint_id, trigger'
      // What a node has in hand ends, or is handed back, by itself; it is looked for again after the grace.
      const endpoints = await session.rows(
        sql`select app_id, id, deleted_at <= ${now - historyGraceMs} as is_settled from posthorn.endpoint
          where deleted_at is not null order by deleted_at limit 20`,
      )
      for (const { app_id: appId, id, is_settled: isSettled } of endpoints) {
        const own = sql`app_id = ${appId} and endpoint_id = ${id}`
        for (const each of waiting)
          if (await drop('delivery', deliveryKey, sql`${own} and ${each}`)) return true
        if (isSettled !== true) continue
        if (await drop('delivery', deliveryKey, own)) return true
        await session.change(sql`delete from posthorn.lane where ${own}`)
        await session.change(sql`delete from posthorn.endpoint where id = ${id}`)
        return true
      }
      const applications = await session.rows(
        sql`select id, deleted_at <= ${now - historyGraceMs} as is_settled from posthorn.application
          where deleted_at is not null order by deleted_at limit 20`,
      )
      for (const { id, is_settled: isSettled } of applications) {
        const own = sql`app_id = ${id}`
        if (await drop('delivery', deliveryKey, isSettled === true ? own : sql`${own} and leased_by is null`))
          return true
        if (await drop('fanout', 'seq', own)) return true
        if (isSettled !== true) continue
        for (const [table, key] of history) if (await drop(table, key, own)) return true
        await session.change(sql`delete from posthorn.application where id = ${id}`)
        return true
      }
      const source = await session.row(
        sql`select id from posthorn.source where deleted_at <= ${now - sourceMemoryMs} order by deleted_at limit 1`,
      )
      if (source === undefined) return false
      if (!(await drop('rejection', 'seq', sql`source_id = ${source.id}`)))
        await session.change(sql`delete from posthorn.source where id = ${source.id}`)
      return true
    })
}
