import { StartRefused, StoreUnavailable } from '#core/errors.ts'
import { canHoldRows, dumpTables } from '../dump-tables.ts'
import {
  type ImportMark,
  movedMeanwhile,
  newMark,
  notEmpty,
  otherExport,
  readMark,
  refuseHalfImported,
  type Restore,
} from '../restore-dump.ts'
import { Pool, type Session } from './database.ts'
import { migratePostgres, schemaVersion } from './migrate.ts'
import { byTable, insertRows, moveSequence, moveSequences } from './restore-rows.ts'
import { raw, type Sql, sql } from './sql.ts'

async function markOf(session: Session, how: Sql = raw('')): Promise<ImportMark | null> {
  const row = await session.row(sql`select value from posthorn.setting where name = 'import' ${how}`)
  return readMark(row?.value)
}

/**
 * Throws `StartRefused` where an import has not come to its end. For a node that has joined: an import that begins
 * finds it from then on.
 */
export async function refuseHalfImportedPostgres(session: Session): Promise<void> {
  const row = await session.row(sql`select value from posthorn.setting where name = 'import'`)
  refuseHalfImported(row?.value)
}

/** Takes an export into a database, which no server may use meanwhile. Throws `StartRefused`. */
export async function openPostgresRestore(url: string): Promise<Restore> {
  const { to } = await migratePostgres(url)
  if (to > schemaVersion()) {
    throw new StartRefused(
      'store_too_new',
      `the store has schema ${to}, this version knows schemas up to ${schemaVersion()}`,
      'Import with the version of Posthorn that wrote it, or a newer one.',
    )
  }
  return restoreInto(new Pool({ url, max: 1, prepare: false, name: 'posthorn import' }))
}

function restoreInto(pool: Pool): Restore {
  async function transact<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await pool.transact(null, work)
    } catch (error) {
      if (error instanceof StartRefused) throw error
      const passes = error instanceof StoreUnavailable
      throw new StartRefused(
        'import_failed',
        `the database did not take it: ${error instanceof Error ? error.message : String(error)}`,
        `${passes ? error.hint : 'Look at the database.'} Import the same file again: it goes on where it stopped.`,
        { cause: error },
      )
    }
  }

  return {
    async begin(header) {
      return await transact(async (session) => {
        // A server that joins now waits, and finds the mark when it has joined.
        await session.rows(sql`lock table posthorn.node in share row exclusive mode`)
        await refuseLiving(session)
        await buryAll(session)
        const mark = await markOf(session, raw('for update'))
        if (mark?.export === header.id) return mark
        if (mark?.isDone === false && mark.line > 1) throw otherExport()
        await refuseFilled(session)
        await session.change(sql`delete from posthorn.minute`)
        // Whoever publishes meanwhile gets numbers behind those that are imported.
        await moveSequence(session, 'outbox', header.sequences.outbox)
        await session.change(
          sql`insert into posthorn.setting (name, value) values ('import', ${JSON.stringify(newMark(header))})
            on conflict (name) do update set value = excluded.value`,
        )
        return newMark(header)
      })
    },
    async write(block, before, after) {
      await transact(async (session) => {
        // What a crash takes of it is imported again: the mark goes with its rows.
        await session.rows(sql`select set_config('synchronous_commit', 'off', true)`)
        await advance(session, before, after)
        for (const rows of byTable(block.rows)) await insertRows(session, rows)
      })
    },
    async finish(header, before, after) {
      await transact(async (session) => {
        await session.rows(sql`select set_config('synchronous_commit', 'on', true)`)
        await advance(session, before, after)
        await moveSequences(session, header)
      })
      for (const { name } of dumpTables) await pool.rows(sql`analyze ${raw(`posthorn.${name}`)}`)
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function advance(session: Session, before: ImportMark, after: ImportMark): Promise<void> {
  await refuseLiving(session)
  const mark = await markOf(session, raw('for update'))
  if (mark?.export !== before.export || mark.line !== before.line) throw movedMeanwhile()
  await session.change(
    sql`update posthorn.setting set value = ${JSON.stringify(after)} where name = 'import'`,
  )
}

async function refuseLiving(session: Session): Promise<void> {
  const node = await session.row(
    sql`select name from posthorn.node where expires_at > clock_timestamp() order by number limit 1`,
  )
  if (node === undefined) return
  throw new StartRefused(
    'database_in_use',
    `a server runs on this database: ${String(node.name)}`,
    'Stop all of them first. One that was killed counts for 15 seconds more.',
  )
}

/**
 * Nodes whose lease has run out are declared dead: one that was paused must write nothing more when it goes on. A
 * transaction that it has under way is waited for.
 */
async function buryAll(session: Session): Promise<void> {
  await session.rows(
    sql`with gone as (delete from posthorn.node where expires_at <= clock_timestamp() returning number),
      freed as (update posthorn.lane set owner = null where owner in (select number from gone))
      insert into posthorn.dead_node (number) select number from gone on conflict do nothing`,
  )
}

async function refuseFilled(session: Session): Promise<void> {
  for (const name of [...dumpTables.map((table) => table.name), 'kept_message']) {
    if (canHoldRows.has(name)) continue
    const row = await session.row(sql`select 1 from ${raw(`posthorn.${name}`)} limit 1`)
    if (row !== undefined) throw notEmpty(name)
  }
}
