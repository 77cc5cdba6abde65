import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import pg from 'pg'
import { createDatabase, declareAllDead, type TestDatabase } from '#test/support/test-database.ts'
import { aMessage, published, storedApplication, storedEndpoint, t0 } from '../conformance/fixtures.ts'
import type { Storage } from '../storage.ts'
import { openPostgresStorage } from './postgres-storage.ts'

let database: TestDatabase
let storage: Storage
let client: pg.Client
beforeAll(async () => {
  database = await createDatabase()
  storage = await openPostgresStorage({ url: database.url })
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await storage[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function inHand(applications: number, each: number): Promise<void> {
  for (let n = 0; n < applications; n++) {
    const application = await storedApplication(storage)
    await storedEndpoint(storage, application.id)
    await published(
      storage,
      application,
      Array.from({ length: each }, () => aMessage()),
    )
  }
}

/** Declares this node dead; it goes on as another one. */
async function die(): Promise<void> {
  await declareAllDead(database.url)
  await storage.probe().catch(() => {})
}

async function orphans(): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from posthorn.delivery
     where leased_by is not null and leased_by not in (select number from posthorn.node)`,
  )
  return rows[0]?.count ?? 0
}

describe('taking over what dead nodes had in hand', () => {
  test(
    'forgets nothing of a second one that dies while the first is taken over',
    { timeout: 60_000 },
    async () => {
      await inHand(4, 3_000)
      await die()
      // Not yet at its end.
      expect((await storage.recoverInterrupted(t0)).more).toBe(true)
      // Somewhere in the order of what was passed and what is to come.
      await inHand(6, 50)
      await die()
      for (let more = true; more;) ({ more } = await storage.recoverInterrupted(t0))
      expect(await orphans()).toBe(0)
      const { rows } = await client.query('select 1 from posthorn.dead_node')
      expect(rows).toEqual([])
      expect((await storage.recoverInterrupted(t0)).recovered).toBe(0)
    },
  )
})
