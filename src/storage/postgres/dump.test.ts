import { expect, test } from 'vitest'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { columnsOf, dumpTables } from '../dump-tables.ts'
import { migratePostgres } from './migrate.ts'

/** Of running nodes, or of this database's partitions; messages in `kept_message` are exported as messages. */
const ofThisDatabase =
  /^(schema_version|node|dead_node|lane|application_throttle|history_period|kept_message|(message|attempt)_\d+)$/

/** What nodes tell each other, and a mark against what is under way while they run. */
const ofNodes: readonly string[] = ['endpoint.changed_at', 'endpoint.canceled_before']

test('an export has every table and column of PostgreSQL but what belongs to running nodes', async () => {
  await using database = await createDatabase()
  await migratePostgres(database.url)
  const rows = await asked(
    database.url,
    `select table_name as table, column_name as column from information_schema.columns where table_schema = 'posthorn'`,
  )
  const columns = rows
    .filter(({ table }) => !ofThisDatabase.test(table as string))
    .map(({ table, column }) => `${String(table)}.${String(column)}`)
    .filter((name) => !ofNodes.includes(name))
    .map((name) => name.replace('leased_by', 'leased'))
  const exported = dumpTables.flatMap((table) => columnsOf(table).map((column) => `${table.name}.${column}`))
  expect(columns.toSorted()).toEqual(exported.toSorted())
})
