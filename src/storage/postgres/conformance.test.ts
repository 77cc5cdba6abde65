import { afterAll } from 'vitest'
import { dyingFirst } from '#test/support/dying-storage.ts'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { conformance } from '../conformance/all.ts'
import { openPostgresStorage } from './postgres-storage.ts'

const databases: TestDatabase[] = []
afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]()
})

conformance(async (lookedAt) => {
  const database = await createDatabase()
  databases.push(database)
  const options = { url: database.url, ...(lookedAt === undefined ? {} : { lookedAt }) }
  return dyingFirst(await openPostgresStorage(options), database.url)
})
