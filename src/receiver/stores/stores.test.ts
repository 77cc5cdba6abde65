import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IdempotencyStore } from '../idempotency.ts'
import { createMemoryStore } from './memory.ts'
import { createPostgresStore, postgresTable } from './postgres.ts'
import { createSqliteStore } from './sqlite.ts'

/** A store whose time a test moves. */
interface Subject {
  readonly store: IdempotencyStore
  /** Another one on the same data, where there can be one. */
  readonly second: IdempotencyStore
  readonly pass: (ms: number) => Promise<void>
}

let database: TestDatabase
let pool: pg.Pool
const folder = mkdtempSync(join(tmpdir(), 'posthorn-receiver-'))
const files: DatabaseSync[] = []

beforeAll(async () => {
  database = await createDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 8 })
  await pool.query(postgresTable)
  // As a migration that runs twice.
  await pool.query(postgresTable)
})
afterAll(async () => {
  for (const file of files) file.close()
  rmSync(folder, { recursive: true })
  await pool.end()
  await database[Symbol.asyncDispose]()
})

function open(path: string): DatabaseSync {
  const file = new DatabaseSync(path, { timeout: 5000 })
  files.push(file)
  return file
}

let scopes = 0
const keepMs = 10_000_000

const subjects = {
  memory(): Subject {
    let now = 0
    const store = createMemoryStore({ now: () => now })
    return { store, second: store, pass: async (ms) => void (now += ms) }
  },
  sqlite(): Subject {
    let now = 1_700_000_000_000
    const path = join(folder, `${++scopes}.db`)
    const make = () => createSqliteStore({ database: open(path), keepMs, now: () => now })
    return { store: make(), second: make(), pass: async (ms) => void (now += ms) }
  },
  postgres(): Subject {
    const scope = `scope-${++scopes}`
    const make = () =>
      createPostgresStore({ query: async (text, values) => await pool.query(text, values), scope, keepMs })
    return {
      store: make(),
      second: make(),
      // The database's clock cannot be moved, so what it is compared with moves the other way.
      pass: async (ms) =>
        void (await pool.query(
          `update webhook_receipt set lease_until = lease_until - $2 * interval '1 millisecond' where scope = $1`,
          [scope, ms],
        )),
    }
  },
}

describe.each(Object.entries(subjects))('the store in %s', (_name, make) => {
  test('takes a message in hand once, until it is done', async () => {
    const { store, second } = make()
    expect(await store.begin('a', 10_000)).toBe('begun')
    expect(await second.begin('a', 10_000)).toBe('busy')
    expect(await second.begin('b', 10_000)).toBe('begun')
    await store.done('a')
    expect(await second.begin('a', 10_000)).toBe('done')
    expect(await store.begin('b', 10_000)).toBe('busy')
  })

  test('gives a message that failed at once', async () => {
    const { store, second } = make()
    await store.begin('a', 10_000)
    await store.failed('a')
    expect(await second.begin('a', 10_000)).toBe('begun')
  })

  test('gives a message anew once its lease has run out, as after a crash', async () => {
    const { store, second, pass } = make()
    await store.begin('a', 10_000)
    await pass(9000)
    expect(await second.begin('a', 10_000)).toBe('busy')
    await pass(1001)
    expect(await second.begin('a', 10_000)).toBe('begun')
    expect(await store.begin('a', 10_000)).toBe('busy')
  })

  test('keeps as done what is done, whatever is said later', async () => {
    const { store, second, pass } = make()
    await store.begin('a', 10_000)
    await pass(10_001)
    await second.begin('a', 10_000)
    await second.done('a')
    await store.failed('a')
    expect(await store.begin('a', 10_000)).toBe('done')
    await store.done('a')
    await pass(1_000_000)
    expect(await store.begin('a', 10_000)).toBe('done')
  })

  test('takes down as done what it has forgotten', async () => {
    const { store, second } = make()
    await store.done('a')
    expect(await second.begin('a', 10_000)).toBe('done')
  })

  test('lets one of many at the same time begin', async () => {
    const { store, second } = make()
    for (let round = 0; round < 20; round++) {
      const states = await Promise.all(
        Array.from(
          { length: 8 },
          async (_, n) => await (n % 2 === 0 ? store : second).begin(`r${round}`, 10_000),
        ),
      )
      expect(states.filter((state) => state === 'begun')).toHaveLength(1)
      expect(states.filter((state) => state === 'busy')).toHaveLength(7)
    }
  })

  test('takes any text as an id', async () => {
    const { store } = make()
    for (const id of ["'; drop table x; --", 'é 🎺', '%', '']) {
      expect(await store.begin(id, 10_000)).toBe('begun')
      await store.done(id)
      expect(await store.begin(id, 10_000)).toBe('done')
    }
  })
})

describe.each(['sqlite', 'postgres'] as const)('the table in %s', (name) => {
  test('loses what is older than it is to be kept', async () => {
    const { store, pass } = subjects[name]()
    await store.begin('old', 1000)
    await store.done('old')
    await pass(keepMs + 2000)
    for (let n = 0; n < 100; n++) await store.begin(`n${n}`, 1000)
    expect(await store.begin('old', 1000)).toBe('begun')
  })
})

test('receivers that share a database do not take each other for duplicates', async () => {
  const file = open(':memory:')
  for (const make of [
    (scope: string) => createSqliteStore({ database: file, scope }),
    (scope: string) =>
      createPostgresStore({ query: async (text, values) => await pool.query(text, values), scope }),
  ]) {
    for (const scope of ['billing', 'mail']) {
      const store = make(scope)
      expect(await store.begin('shared', 10_000)).toBe('begun')
      await store.done('shared')
    }
  }
})

test('a client that gives rows alone serves as well', async () => {
  const query = async (text: string, values: unknown[]) => (await pool.query(text, values)).rows
  const store = createPostgresStore({ query, scope: 'rows' })
  expect(await store.begin('a', 10_000)).toBe('begun')
  expect(await store.begin('a', 10_000)).toBe('busy')
})

test('the memory is bounded, and forgets the oldest that are done', async () => {
  let now = 0
  const store = createMemoryStore({ maxIds: 3, now: () => now })
  for (const id of ['a', 'b', 'c', 'd']) {
    await store.begin(id, 10)
    await store.done(id)
  }
  expect(await store.begin('b', 10)).toBe('done')
  expect(await store.begin('a', 10)).toBe('begun')
  expect(await store.begin('e', 10)).toBe('begun')
  expect(await store.begin('f', 10)).toBe('begun')
  expect(await store.begin('g', 10)).toBe('busy')
  now = 10
  expect(await store.begin('g', 10)).toBe('begun')
})

test('a process that is killed midway costs a repetition, and not the message', async () => {
  const path = join(folder, 'killed.db')
  const program = `
    import { DatabaseSync } from 'node:sqlite'
    import { createSqliteStore } from ${JSON.stringify(join(import.meta.dirname, 'sqlite.ts'))}
    const store = createSqliteStore({ database: new DatabaseSync(${JSON.stringify(path)}), now: () => 1000 })
    process.stdout.write(await store.begin('msg_1', 10_000))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  const exited = once(child, 'exit')
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  expect(said.toString()).toBe('begun')
  child.kill('SIGKILL')
  await exited
  let now = 5000
  const store = createSqliteStore({ database: open(path), now: () => now })
  expect(await store.begin('msg_1', 10_000)).toBe('busy')
  now = 11_000
  expect(await store.begin('msg_1', 10_000)).toBe('begun')
})
