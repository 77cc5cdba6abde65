import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StartRefused } from '#core/errors.ts'
import { type Dump, type DumpedRow, type DumpHeader, type DumpRow, formatVersion } from '../dump-format.ts'
import { columnsOf, type DumpTable, dumpTables, ownSettings } from '../dump-tables.ts'
import { refuseHalfImported } from '../restore-dump.ts'
import { openReader } from './database.ts'
import { schemaVersion } from './migrate.ts'
import { lastSeq } from './sequences.ts'

/**
 * Reads a store that may be in use: one read transaction, so all of it is as it was at one instant, and writers never
 * wait. The write-ahead log cannot shrink while it is open. Throws `StartRefused`.
 */
export function openSqliteDump(file: string): Dump {
  if (!existsSync(file)) {
    throw new StartRefused(
      'store_missing',
      `there is no store at ${file}`,
      'Name the data directory of a server that has run.',
    )
  }
  const connection = openReader(file)
  try {
    // What has to be sorted may be much.
    connection.exec('pragma temp_store = file')
    connection.exec('begin')
    const header = headerOf(connection)
    return {
      header,
      rows: () => rowsOf(connection),
      async [Symbol.asyncDispose]() {
        connection.close()
      },
    }
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Tables of an export that the embedded store has. */
export const ownTables: readonly DumpTable[] = dumpTables.filter(({ name }) => name !== 'outbox')

const settings = `where name not in (${ownSettings.map((name) => `'${name}'`).join(', ')})`

function sourceOf(table: string): string {
  return table === 'setting' ? `setting ${settings}` : table
}

function headerOf(connection: DatabaseSync): DumpHeader {
  const number = (sql: string): number => (connection.prepare(sql).get() as { number: number }).number
  const schema = connection.prepare('pragma user_version').get()?.user_version as number
  const known = schemaVersion()
  if (schema !== known) {
    throw new StartRefused(
      'store_other_schema',
      `the store has schema ${schema}, this version exports schema ${known}`,
      schema < known ? 'Run posthorn migrate first.' : 'Use the version of Posthorn that wrote it.',
    )
  }
  refuseHalfImported(connection.prepare(`select value from setting where name = 'import'`).get()?.value)
  const given = (table: string): number =>
    number(`select coalesce((select seq from sqlite_sequence where name = '${table}'), 0) as number`)
  return {
    posthornExport: formatVersion,
    id: randomUUID(),
    schema,
    source: 'sqlite',
    exportedAt: Date.now(),
    rows: Object.fromEntries(
      ownTables.map(({ name }) => [name, number(`select count(*) as number from ${sourceOf(name)}`)]),
    ),
    sequences: {
      application: given('application'),
      endpoint: given('endpoint'),
      source: given('source'),
      rejection: given('rejection'),
      background_task: given('background_task'),
      fanout: number('select coalesce(max(seq), 0) as number from fanout'),
      message: lastSeq(connection, 'message'),
      attempt: lastSeq(connection, 'attempt'),
      outbox: 0,
    },
  }
}

async function* rowsOf(connection: DatabaseSync): AsyncGenerator<DumpedRow> {
  for (const table of ownTables) {
    const rows = connection.prepare(
      `select ${columnsOf(table).join(', ')} from ${sourceOf(table.name)} order by ${table.order}`,
    )
    for (const row of rows.iterate()) yield { table, row: row as DumpRow }
  }
}
