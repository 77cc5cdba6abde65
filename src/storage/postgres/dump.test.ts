import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { storedApplication } from '../conformance/fixtures.ts'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { columnsOf, dumpTables } from '../dump-tables.ts'
import { openPostgresDump } from './dump.ts'
import { migratePostgres } from './migrate.ts'
import { openPostgresStorage } from './postgres-storage.ts'

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

test('events of the outbox are read a few at a time where they are long', async () => {
  await using database = await createDatabase()
  const storage = await openPostgresStorage({ url: database.url })
  await storedApplication(storage, { uid: 'customer' })
  await storage[Symbol.asyncDispose]()
  await asked(
    database.url,
    `select posthorn.publish('customer', 'a', json_build_object('n', n, 'x', repeat('x', n % 2 * 1000000)))
      from generate_series(1, 30) n`,
  )
  await using dump = await openPostgresDump(database.url)
  const query = vi.spyOn(pg.Client.prototype, 'query')
  const payloads: string[] = []
  for await (const { table, row } of dump.rows()) {
    if (table.name === 'outbox') payloads.push(row.payload as string)
  }
  const replies = await Promise.all(
    query.mock.results.map(async ({ value }) => (await value) as pg.QueryResult),
  )
  query.mockRestore()
  const sizes = replies.map(({ rows }) => JSON.stringify(rows).length)
  expect(Math.max(...sizes)).toBeLessThan(6 * 1_048_576)
  const numbers = payloads.map((payload) => (JSON.parse(payload) as { readonly n: number }).n)
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
})
