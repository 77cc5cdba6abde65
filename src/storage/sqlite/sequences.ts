import type { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'

/** Of these, the writer gives the numbers itself. */
const counted = ['message', 'attempt'] as const
type Counted = (typeof counted)[number]

const settingOf = (table: Counted): string => `least_${table}_seq`

/** The last number that was given, here or where the store was imported from: what has it may be gone. */
export function lastSeq(db: Pick<Database, 'prepare'>, table: Counted): number {
  const row = db
    .prepare(
      `select max(coalesce((select max(seq) from ${table}), 0),
         coalesce((select cast(value as integer) from setting where name = ?), 0)) as seq`,
    )
    .get(settingOf(table))
  return row?.seq as number
}

/** Numbers go on behind those that were given in another store. */
export function keepSequences(connection: DatabaseSync, last: Readonly<Record<Counted, number>>): void {
  const store = connection.prepare('insert or replace into setting (name, value) values (?, ?)')
  for (const table of counted) store.run(settingOf(table), String(last[table]))
}
