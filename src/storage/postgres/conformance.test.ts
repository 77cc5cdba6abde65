import { afterAll } from 'vitest'
import { createDatabase, declareAllDead, type TestDatabase } from '#test/support/test-database.ts'
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
    await declareAllDead(url)
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
