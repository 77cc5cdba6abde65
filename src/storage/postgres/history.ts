import pg from 'pg'
import { minutesKeptMs } from '#core/traffic.ts'
import { publishesUnderway } from './background-tasks.ts'
import { databaseNow } from './clock.ts'
import { clientOptions, type Database, type Session } from './database.ts'
import { errorOf } from './faults.ts'
import {
  type History,
  type HistoryTable,
  historyTables,
  nextStep,
  type Partition,
  periodSize,
  type Step,
} from './history-periods.ts'
import { dropUnneeded, keepNeeded } from './kept-messages.ts'
import { locks } from './locks.ts'
import { sql } from './sql.ts'

/** What a change of partitions waits for others, who need not wait for it meanwhile; it is tried again later. */
const lockTimeoutMs = 2_000

const sliceSize = 500

/**
 * Drops history by whole periods, each a partition of messages and one of attempts, and what is not partitioned in
 * slices. What messages of a period still need is kept apart before their partition goes. No lock that it takes or waits
 * for holds up a statement that reads or writes.
 *
 * @param directUrl without a pooler between: the lock of whoever is at it belongs to a session
 */
export function dropHistory(
  db: Database,
  directUrl: string,
): (now: number | null, retentionMs: number) => Promise<boolean> {
  const keep = keepNeeded(db)
  const dropKept = dropUnneeded(db)

  async function carryOut(client: pg.Client, step: Step, at: number): Promise<boolean> {
    switch (step.kind) {
      case 'prepare':
        for (const table of historyTables) await prepare(client, table, step.number)
        break
      case 'begin':
        // A statement that began before the partitions were there must not get a number of theirs.
        if (!(await publishesUnderway(db))) return false
        await begin(db, step.number, at)
        break
      case 'mark':
        // Waits for those who are making a delivery for one of its messages.
        await db.transact((transaction) =>
          transaction.change(
            sql`update posthorn.history_period set is_leaving = true where number = ${step.number}`,
          ),
        )
        break
      case 'keep-needed':
        await keep.slice(step.number)
        break
      case 'detach':
        await client.query(`${detaching(step.partition)} concurrently`)
        break
      case 'finish-detaching':
        await client.query(`${detaching(step.partition)} finalize`)
        break
      case 'drop':
        await client.query(`drop table ${nameOf(step.partition)}`)
        break
      case 'forget':
        await db.transact((transaction) =>
          transaction.change(sql`delete from posthorn.history_period where number = ${step.number}`),
        )
    }
    return true
  }

  return async (now, retentionMs) => {
    const at = now === null ? await databaseNow(db) : now + db.clockOffsetMs
    const isLeft = [await dropUnpartitioned(db, at, retentionMs), await dropKept()].includes(true)
    if (isLeft) return true
    const next = async (): Promise<Step | null> =>
      nextStep(await historyOf(db), at, retentionMs, keep.doneFor)
    if ((await next()) === null) return false
    return await alone(directUrl, async (client) => {
      // Another node may have done it meanwhile.
      const step = await next()
      return step !== null && (await carryOut(client, step, at))
    })
  }
}

async function historyOf(session: Session): Promise<History> {
  const periods = await session.rows(
    sql`select number, began_at, is_leaving from posthorn.history_period order by number`,
  )
  const partitions = await session.rows(
    sql`select c.relname as name, case when i.inhrelid is null then 'apart'
        when i.inhdetachpending then 'detaching' else 'attached' end as state
      from pg_class c left join pg_inherits i on i.inhrelid = c.oid
      where c.relnamespace = 'posthorn'::regnamespace and c.relkind = 'r' and c.relname ~ '^(message|attempt)_[0-9]+$'`,
  )
  const last = await session.row(
    sql`select greatest((select last_value from posthorn.message_seq),
      (select last_value from posthorn.attempt_seq)) as seq`,
  )
  return {
    periods: periods.map((row) => ({
      number: row.number as number,
      beganAt: row.began_at as number,
      isLeaving: row.is_leaving as boolean,
    })),
    partitions: partitions.map((row) => {
      const [table, number] = (row.name as string).split('_') as [HistoryTable, string]
      return { table, number: Number(number), state: row.state as Partition['state'] }
    }),
    lastSeq: last?.seq as number,
  }
}

function nameOf({ table, number }: Pick<Partition, 'table' | 'number'>): string {
  return `posthorn.${table}_${number}`
}

function detaching(partition: Partition): string {
  return `alter table posthorn.${partition.table} detach partition ${nameOf(partition)}`
}

/** One node at a time, in a session of its own: some of this cannot run inside a transaction. */
async function alone(url: string, work: (client: pg.Client) => Promise<boolean>): Promise<boolean> {
  const client = new pg.Client(clientOptions(url, 'posthorn history', 600_000))
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`set lock_timeout = ${lockTimeoutMs}`)
    const { rows } = await client.query<{ is_mine: boolean }>('select pg_try_advisory_lock($1) as is_mine', [
      locks.history,
    ])
    return rows[0]?.is_mine === true && (await work(client))
  } catch (error) {
    throw errorOf(error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Made apart and attached: a table that is made as a partition locks everybody out of its parent. */
async function prepare(client: pg.Client, table: HistoryTable, number: number): Promise<void> {
  const name = nameOf({ table, number })
  await client.query(`create table if not exists ${name} (like posthorn.${table} including all)`)
  const { rows } = await client.query('select from pg_inherits where inhrelid = $1::regclass', [name])
  if (rows.length > 0) return
  await client.query(
    `alter table posthorn.${table} attach partition ${name}
      for values from (${number * periodSize}) to (${(number + 1) * periodSize})`,
  )
}

/** Sequences go forward only. They move whatever becomes of the transaction, and more than once where it is repeated. */
async function begin(db: Database, number: number, at: number): Promise<void> {
  await db.transact(async (transaction) => {
    await transaction.change(
      sql`insert into posthorn.history_period (number, began_at) values (${number}, ${at}) on conflict do nothing`,
    )
    const start = number * periodSize
    await transaction.rows(
      sql`select
        (select setval('posthorn.message_seq', ${start}::bigint, false) from posthorn.message_seq
          where last_value < ${start}),
        (select setval('posthorn.attempt_seq', ${start}::bigint, false) from posthorn.attempt_seq
          where last_value < ${start})`,
    )
  })
}

/** Counts, ended tasks and minutes, one slice. */
async function dropUnpartitioned(db: Database, at: number, retentionMs: number): Promise<boolean> {
  const until = at - retentionMs
  const count = sql`app_id, endpoint_id, hour_at, event_type`
  // Rows that a recording or another node has locked go at another time.
  const counts = await db.change(
    sql`delete from posthorn.attempt_count where (${count}) in (
      select ${count} from posthorn.attempt_count where hour_at < ${until} limit ${sliceSize}
      for update skip locked)`,
  )
  const tasks = await db.change(
    sql`delete from posthorn.background_task where seq in (
      select seq from posthorn.background_task where status <> 'running' and updated_at <= ${until}
      limit ${sliceSize} for update skip locked)`,
  )
  const minute = sql`org_id, at, node`
  const minutes = await db.change(
    sql`delete from posthorn.minute where (${minute}) in (
      select ${minute} from posthorn.minute where at < ${Math.max(until, at - minutesKeptMs)} limit ${sliceSize}
      for update skip locked)`,
  )
  return [counts, tasks, minutes].includes(sliceSize)
}
