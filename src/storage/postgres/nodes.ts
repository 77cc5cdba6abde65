import { StoreUnavailable } from '#core/errors.ts'
import type { Session } from './database.ts'
import { notifying } from './notices.ts'
import { numberArray, type Sql, sql } from './sql.ts'

export interface Member {
  readonly number: number
  readonly dispatches: boolean
  readonly isExpired: boolean
}

export interface Joined {
  readonly number: number
  /** The database's clock at that moment. */
  readonly databaseNow: number
}

const clock = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** A lease is judged by the database's clock alone. */
function leaseEnd(leaseMs: number): Sql {
  return sql`clock_timestamp() + ${leaseMs}::int * interval '1 ms'`
}

/** Enters this process as a new node. Rejects with `StoreUnavailable` while an import is under way. */
export async function joinNode(
  session: Session,
  { name, channel }: { readonly name: string; readonly channel: string },
  dispatches: boolean,
  leaseMs: number,
): Promise<Joined> {
  const row = await session.row(
    sql`insert into posthorn.node (name, channel, dispatches, expires_at)
      select ${name}::text, ${channel}::text, ${dispatches}::boolean, ${leaseEnd(leaseMs)}
      where (select value from posthorn.setting where name = 'import')::json ->> 'isDone' is distinct from 'false'
      returning number, ${clock} as database_now`,
  )
  if (row === undefined) {
    throw new StoreUnavailable(
      'import_unfinished',
      'an import into this database has not come to its end',
      'Import the same file again: it goes on where it stopped. Or begin with an empty database.',
    )
  }
  return { number: row.number as number, databaseNow: row.database_now as number }
}

/** @returns the database's clock, or null where the node was declared dead */
export async function renewLease(
  session: Session,
  node: number,
  dispatches: boolean,
  leaseMs: number,
): Promise<number | null> {
  const row = await session.row(
    sql`update posthorn.node set expires_at = ${leaseEnd(leaseMs)}, dispatches = ${dispatches}
      where number = ${node}::int returning ${clock} as database_now`,
  )
  return row === undefined ? null : (row.database_now as number)
}

export async function members(session: Session): Promise<readonly Member[]> {
  const rows = await session.rows(
    sql`select number, dispatches, expires_at <= clock_timestamp() as is_expired from posthorn.node order by number`,
  )
  return rows.map((row) => ({
    number: row.number as number,
    dispatches: row.dispatches as boolean,
    isExpired: row.is_expired as boolean,
  }))
}

/**
 * Declares nodes dead whose lease has run out, inside a transaction. Their lanes are nobody's from then on; what they
 * had in hand is taken over afterwards, since it may be much.
 */
export async function buryDead(session: Session, self: number): Promise<readonly number[]> {
  const rows = await session.rows(
    sql`select number from posthorn.node where expires_at <= clock_timestamp() and number <> ${self}::int
      order by number for update skip locked`,
  )
  const dead = rows.map((row) => row.number as number)
  if (dead.length > 0) await remove(session, dead, self)
  return dead
}

/** Leaves, inside a transaction: what this node still has in hand is taken over as a dead one's. */
export async function leaveNode(session: Session, self: number): Promise<void> {
  const row = await session.row(sql`select 1 from posthorn.node where number = ${self}::int for update`)
  if (row !== undefined) await remove(session, [self], self)
}

/** A statement of its own behind the lock: it sees what was given to them, or written by them, until then. */
async function remove(session: Session, nodes: readonly number[], self: number): Promise<void> {
  const list = sql`${numberArray([...nodes])}::int[]`
  await session.rows(
    sql`with gone as (delete from posthorn.node where number = any(${list})),
      freed as (update posthorn.lane set owner = null where owner = any(${list}))
      insert into posthorn.dead_node (number) select unnest(${list}) on conflict do nothing`,
  )
  await session.rows(notifying(self, [{ kind: 'nodes-changed' }]))
}
