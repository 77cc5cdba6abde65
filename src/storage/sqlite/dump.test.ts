import { join } from 'node:path'
import { expect, test } from 'vitest'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { columnsOf } from '../dump-tables.ts'
import { openReader } from './database.ts'
import { ownTables } from './dump.ts'
import { migrateSqlite } from './migrate.ts'

/** How idempotency keys are found: made anew from the keys. */
const derived = ['idempotency_run', 'idempotency_bucket']

test('an export has every table and column of the embedded store but what is derived', () => {
  const file = join(directoryOfTest(), 'posthorn.db')
  migrateSqlite(file)
  const connection = openReader(file)
  const tables = connection
    .prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'`)
    .all()
    .map(({ name }) => name as string)
  expect(tables.toSorted()).toEqual([...ownTables.map(({ name }) => name), ...derived].toSorted())
  for (const table of ownTables) {
    const columns = connection
      .prepare(`select name, "notnull" from pragma_table_info('${table.name}') where name <> 'seq' or ?`)
      .all(table.name === 'idempotency_key' ? 0 : 1)
      .map(({ name }) => name as string)
    expect(columns.toSorted(), table.name).toEqual(columnsOf(table).toSorted())
  }
  connection.close()
})
