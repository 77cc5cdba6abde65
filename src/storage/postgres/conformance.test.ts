import pg from 'pg'
import { afterAll } from 'vitest'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { conformance } from '../conformance/all.ts'
import type { Storage } from '../storage.ts'
import { openPostgresStorage } from './postgres-storage.ts'

const databases: TestDatabase[] = []
afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]()
})

/** A node takes over only what dead ones had: here it is declared dead itself, and goes on as another one. */
function dyingFirst(storage: Storage, url: string): Storage {
  const recoverInterrupted: Storage['recoverInterrupted'] = async (now) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`with gone as (delete from posthorn.node returning number),
      freed as (update posthorn.lane set owner = null)
      insert into posthorn.dead_node select number from gone on conflict do nothing`)
    await client.end()
    await storage.probe().catch(() => {})
    return await storage.recoverInterrupted(now)
  }
  return { ...storage, cluster: storage.cluster, recoverInterrupted }
}

conformance(async () => {
  const database = await createDatabase()
  databases.push(database)
  return dyingFirst(await openPostgresStorage({ url: database.url }), database.url)
})
