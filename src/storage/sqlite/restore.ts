import { isUtf8 } from 'node:buffer'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StartRefused } from '#core/errors.ts'
import { makeDirectory } from '#lib/make-directory.ts'
import type { DumpHeader, DumpRow } from '../dump-format.ts'
import { canHoldRows, columnsOf, type DumpTable } from '../dump-tables.ts'
import type { DumpBlock } from '../dump-reader.ts'
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
import { openReader, openWriter } from './database.ts'
import { lockDirectory } from './directory-lock.ts'
import { ownTables } from './dump.ts'
import { migrateSqlite } from './migrate.ts'
import { keepSequences } from './sequences.ts'

const selectMark = `select value from setting where name = 'import'`

/** Throws `StartRefused` where an import into the store has not come to its end. */
export function refuseHalfImportedSqlite(file: string): void {
  const connection = openReader(file)
  try {
    refuseHalfImported(connection.prepare(selectMark).get()?.value)
  } finally {
    connection.close()
  }
}

/** Takes an export into the store of a directory, which no server may have meanwhile. Throws `StartRefused`. */
export function openSqliteRestore(dataDir: string, file: string): Restore {
  makeDirectory(dataDir, 0o700)
  const lock = lockDirectory(dataDir)
  try {
    migrateSqlite(file)
    return restoreInto(openWriter(file), lock)
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

function restoreInto(connection: DatabaseSync, lock: Disposable): Restore {
  // What a power cut takes of it is imported again: the mark goes with its rows.
  connection.exec('pragma synchronous = normal')
  const storeMark = connection.prepare(`insert or replace into setting (name, value) values ('import', ?)`)
  const current = (): ImportMark | null => readMark(connection.prepare(selectMark).get()?.value)
  const inserts = new Map(ownTables.map((table) => [table, inserting(connection, table)]))

  function transact<T>(work: () => T): T {
    connection.exec('begin immediate')
    try {
      const result = work()
      connection.exec('commit')
      return result
    } catch (error) {
      if (connection.isTransaction) connection.exec('rollback')
      throw error
    }
  }

  function advance(before: ImportMark, after: ImportMark): void {
    const mark = current()
    if (mark?.export !== before.export || mark.line !== before.line) throw movedMeanwhile()
    storeMark.run(JSON.stringify(after))
  }

  return {
    async begin(header) {
      refuseOutbox(header)
      return transact(() => {
        const mark = current()
        if (mark?.export === header.id) return mark
        if (mark?.isDone === false && mark.line > 1) throw otherExport()
        refuseFilled(connection)
        // Of keys that have expired: no new one may be looked for there.
        connection.exec('delete from idempotency_run; delete from idempotency_bucket')
        connection.exec('delete from minute')
        storeMark.run(JSON.stringify(newMark(header)))
        return newMark(header)
      })
    },
    async write(block, before, after) {
      transact(() => {
        advance(before, after)
        insertRows(block, inserts)
      })
    },
    async finish(header, before, after) {
      connection.exec('pragma synchronous = full')
      transact(() => {
        advance(before, after)
        moveSequences(connection, header)
      })
      connection.exec('pragma wal_checkpoint(truncate)')
    },
    async [Symbol.asyncDispose]() {
      connection.close()
      lock[Symbol.dispose]()
    },
  }
}

function refuseOutbox({ rows }: DumpHeader): void {
  const waiting = rows.outbox ?? 0
  if (waiting === 0) return
  throw new StartRefused(
    'outbox_not_empty',
    `line 1: ${waiting} events wait in the outbox, which the embedded store has none of`,
    'Let a server run on the old database until it has made messages of them, stop it, and export again.',
  )
}

function refuseFilled(connection: DatabaseSync): void {
  for (const { name } of ownTables) {
    if (canHoldRows.has(name)) continue
    if (connection.prepare(`select 1 from ${name} limit 1`).get() !== undefined) throw notEmpty(name)
  }
}

function inserting(connection: DatabaseSync, table: DumpTable): StatementSync {
  const columns = columnsOf(table)
  return connection.prepare(
    `insert ${table.name === 'setting' ? 'or replace ' : ''}into ${table.name} (${columns.join(', ')})
     values (${columns.map(() => '?').join(', ')})`,
  )
}

function insertRows(block: DumpBlock, inserts: ReadonlyMap<DumpTable, StatementSync>): void {
  for (const [index, { table, row }] of block.rows.entries()) {
    const line = block.firstLine + index
    try {
      inserts.get(table)?.run(...columnsOf(table).map((column) => valueOf(row, column, line)))
    } catch (error) {
      if (error instanceof StartRefused) throw error
      throw new StartRefused(
        'import_failed',
        `line ${line} (a row of ${table.name}) cannot be stored: ${error instanceof Error ? error.message : String(error)}`,
        'Where the disk is full, free space and import the file again: it goes on where it stopped.',
        { cause: error },
      )
    }
  }
}

function valueOf(row: DumpRow, column: string, line: number): string | number | null {
  const value = row[column]
  if (value !== undefined) return value
  const bytes = Buffer.from(row.payload_base64 as string, 'base64')
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new StartRefused(
    'payload_not_text',
    `line ${line}: the payload of message ${String(row.id)} is not UTF-8, and the embedded store holds texts only`,
    'Import into PostgreSQL.',
  )
}

/**
 * Numbers of rows that are gone are not given again: attempts and event ids may still name a message that is no more.
 */
function moveSequences(connection: DatabaseSync, header: DumpHeader): void {
  const update = connection.prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?')
  const insert = connection.prepare('insert into sqlite_sequence (seq, name) values (?, ?)')
  for (const name of ['application', 'endpoint', 'source', 'rejection', 'background_task'] as const) {
    const last = header.sequences[name]
    if (update.run(last, name).changes === 0) insert.run(last, name)
  }
  keepSequences(connection, header.sequences)
}
