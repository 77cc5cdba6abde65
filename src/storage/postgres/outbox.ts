import pg from 'pg'
import { StoreUnavailable } from '#core/errors.ts'
import { reach } from '#lib/crash-point.ts'
import type { Outbox, SetAside } from '../storage.ts'
import type { Database } from './database.ts'
import { isUniqueViolation } from './faults.ts'
import type { Lanes } from './lanes.ts'
import { maxEvents, relaySlice } from './relay-slice.ts'
import { RoutesCache } from './routes.ts'
import { sql } from './sql.ts'

/**
 * Rows that are gone stay in the index while any older transaction runs, a long report for instance, and whoever starts
 * at the beginning steps over all of them. So this is done once a second; between, a look starts a little before the
 * last event: transactions commit in another order than they number their events in.
 */
const thoroughEveryMs = 1_000
const lateEvents = 10_000

const maxTries = 5

export function relayOutbox(db: Database, lanes: Lanes): Outbox['relay'] {
  const routes = new RoutesCache()
  /** The event up to which others were found before it, but for those that commit late. */
  let last = 0
  let thoroughAt = Number.NEGATIVE_INFINITY
  /** Where one of the next events failed a slice: from there on, so many are taken one by one. */
  let single: { readonly after: number; readonly left: number } | null = null

  return async (fullLanes, now) => {
    const isThorough = single === null && performance.now() - thoroughAt >= thoroughEveryMs
    const after: number = single?.after ?? (isThorough ? 0 : last - lateEvents)
    const first = await db.row(
      sql`select seq from posthorn.outbox where seq > ${after}::bigint and failed_at is null order by seq limit 1`,
    )
    if (isThorough) thoroughAt = performance.now()
    if (first === undefined) {
      single = null
      return { published: [], setAside: [], more: false }
    }
    const seq = first.seq as number
    const which = single === null ? sql`seq > ${after}::bigint` : sql`seq = ${seq}::bigint`
    const next = single === null || single.left === 1 ? null : { after: seq, left: single.left - 1 }
    const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
    try {
      const slice = await retried(() =>
        db.transact((transaction) =>
          relaySlice(transaction, { db, lanes, routes, fullLanes: full, now, made: 0 }, which),
        ),
      )
      reach('after-commit')
      db.tell(slice.notices)
      const { published } = slice
      if (single !== null) {
        if (slice.last !== 0) single = next
        return { published, setAside: [], more: slice.last !== 0 }
      }
      // What follows events that committed late is found by the next looks, and before whatever has higher numbers.
      last = isThorough && slice.more ? slice.last : Math.max(last, slice.last)
      return { published, setAside: [], more: slice.more }
    } catch (error) {
      if (!isOfAnEvent(error)) throw error
      if (single === null) {
        single = { after, left: maxEvents }
        return { published: [], setAside: [], more: true }
      }
      const setAside = await putAside(db, seq, String(error))
      single = next
      return { published: [], setAside, more: true }
    }
  }
}

/** Again where someone took an event id at the same moment. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isUniqueViolation(error) || tries >= maxTries) throw error
    }
  }
}

/** What every event would meet alike: the schema, rights, a wrong statement, a server that must not be written to. */
const general = /^(0A|25|28|2B|3D|3F|42|55)/

function isOfAnEvent(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return false
  if (error instanceof pg.DatabaseError) return !general.test(error.code ?? '42')
  return error instanceof RangeError || error instanceof TypeError
}

/** Nothing where the event is gone by now. */
async function putAside(db: Database, seq: number, reason: string): Promise<readonly SetAside[]> {
  const rows = await db.transact((transaction) =>
    transaction.rows(
      sql`update posthorn.outbox
        set failed_at = (extract(epoch from clock_timestamp()) * 1000)::bigint, failure = ${reason}
        where seq = ${seq} and failed_at is null returning id, app_id`,
    ),
  )
  return rows.map((row) => ({ id: row.id as string, appId: row.app_id as string, reason }))
}
