import type { Database, Row } from './database.ts'
import { periodSize } from './history-periods.ts'
import { all, raw, type Sql, sql } from './sql.ts'

const sliceSize = 500

const columns =
  raw(`app_id, seq, id, event_type, event_id, channels, tags, content_type, created_at, deliver_at,
  only_endpoint_id, payload_expires_at, payload, received`)

/** What a query finds in either of the tables that a message may be in. While its partition leaves it is in both. */
export function fromEither(query: (table: Sql) => Sql): Sql {
  return sql`${query(raw('posthorn.message'))} union all ${query(raw('posthorn.kept_message'))}`
}

/**
 * The message of a row that names one, whichever table it is in, as a lateral part of `from` under the name `m`.
 * `limit 1` has messages looked up one by one, in the order of the rows, and hides from the planner how few will match:
 * it would rather sort the whole history.
 */
export function itsMessage(owner: string, columnsOfIt: Sql, conditions: readonly Sql[] = []): Sql {
  const isIt = sql`m.app_id = ${raw(owner)}.app_id and m.seq = ${raw(owner)}.message_seq`
  return sql`lateral (${fromEither((table) => sql`select ${columnsOfIt} from ${table} m where ${all([isIt, ...conditions])}`)}
    limit 1) m`
}

/** That a message `m` has yet to reach an endpoint. */
export const isNeeded = sql`(exists (select from posthorn.delivery d where d.app_id = m.app_id and d.message_seq = m.seq)
  or exists (select from posthorn.fanout f where f.app_id = m.app_id and f.message_seq = m.seq))`

type Key = readonly [appId: string, seq: number]
const start: Key = ['', -1]

function keyOf(row: Row | undefined): Key {
  return row === undefined ? start : [row.app_id as string, row.seq as number]
}

/**
 * Copies the messages of a leaving period that a delivery needs, one slice after the other along the pending set. By the
 * time it begins, no other message of the period will ever need one.
 */
export function keepNeeded(db: Database) {
  let cursor = start
  let under: number | null = null
  let done: number | null = null
  return {
    /** The period whose needed messages are all kept. */
    get doneFor(): number | null {
      return done
    },
    async slice(period: number): Promise<void> {
      if (under !== period) cursor = start
      under = period
      const range = sql`message_seq >= ${period * periodSize} and message_seq < ${(period + 1) * periodSize}
        and (app_id, message_seq) > (${cursor[0]}, ${cursor[1]}::bigint)`
      const part = (table: Sql): Sql =>
        sql`(select distinct app_id, message_seq from ${table} where ${range}
          order by app_id, message_seq limit ${sliceSize})`
      const [last] = await db.transact((transaction) =>
        transaction.rows(
          sql`with needed as materialized (
              ${part(raw('posthorn.delivery'))} union ${part(raw('posthorn.fanout'))}
              order by app_id, message_seq limit ${sliceSize}),
            kept as (
              insert into posthorn.kept_message (${columns})
              select m.* from needed cross join lateral (
                select ${columns} from posthorn.message m
                where m.app_id = needed.app_id and m.seq = needed.message_seq offset 0) m
              on conflict do nothing)
            select app_id, message_seq as seq, count(*) over () as count from needed
            order by app_id desc, message_seq desc limit 1`,
        ),
      )
      const isDone = last === undefined || (last.count as number) < sliceSize
      cursor = isDone ? start : keyOf(last)
      if (isDone) done = period
    },
  }
}

/** Drops kept messages that nothing needs any more, one slice. Needed ones are passed once a round. */
export function dropUnneeded(db: Database): () => Promise<boolean> {
  let cursor = start
  return async () => {
    const [last] = await db.rows(
      sql`with seen as materialized (
          select m.app_id, m.seq, ${isNeeded} as is_needed from posthorn.kept_message m
          where (m.app_id, m.seq) > (${cursor[0]}, ${cursor[1]}::bigint)
          order by m.app_id, m.seq limit ${sliceSize}),
        gone as (
          delete from posthorn.kept_message k using seen
          where k.app_id = seen.app_id and k.seq = seen.seq and not seen.is_needed)
        select app_id, seq, count(*) over () as count from seen order by app_id desc, seq desc limit 1`,
    )
    const isLeft = last !== undefined && last.count === sliceSize
    cursor = isLeft ? keyOf(last) : start
    return isLeft
  }
}
