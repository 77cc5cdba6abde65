import pg from 'pg'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMessage, published, storedApplication } from '../conformance/fixtures.ts'
import type { Storage } from '../storage.ts'
import { openPostgresStorage } from './postgres-storage.ts'

let database: TestDatabase
let storage: Storage
beforeAll(async () => {
  database = await createDatabase()
  storage = await openPostgresStorage({ url: database.url })
})
afterAll(async () => {
  await storage[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

describe('the tail of an application’s messages', () => {
  test('passes none that has its number and is yet to be committed', async () => {
    const application = await storedApplication(storage)
    const { upTo: start } = await storage.tailMessages(application.id, null, 10)
    const slow = new pg.Client({ connectionString: database.url })
    await slow.connect()
    await slow.query('begin')
    await slow.query(
      `insert into posthorn.message (app_id, seq, id, event_type, content_type, created_at, payload_expires_at, payload)
        values ($1, nextval('posthorn.message_seq'), 'msg_slow', 'a', 'application/json', 0, 9e15, '{}')`,
      [application.id],
    )
    const [quick] = await published(storage, application, [aMessage()])
    const before = await storage.tailMessages(application.id, start, 10)
    expect(before.messages).toEqual([])
    expect(before.upTo).toBeLessThan((quick?.seq ?? 0) - 1)
    await slow.query('commit')
    await slow.end()
    const { messages } = await until(async () => {
      const tail = await storage.tailMessages(application.id, before.upTo, 10)
      return tail.messages.length > 0 && tail
    })
    expect(messages.map(({ id }) => id)).toEqual(['msg_slow', quick?.id])
  })

  test('goes on behind a transaction that is rolled back', async () => {
    const application = await storedApplication(storage)
    const { upTo: start } = await storage.tailMessages(application.id, null, 10)
    const undone = new pg.Client({ connectionString: database.url })
    await undone.connect()
    await undone.query(`begin; create table undone (); select nextval('posthorn.message_seq')`)
    const [quick] = await published(storage, application, [aMessage()])
    expect((await storage.tailMessages(application.id, start, 10)).messages).toEqual([])
    await undone.query('rollback')
    await undone.end()
    const { messages } = await until(async () => {
      const tail = await storage.tailMessages(application.id, start, 10)
      return tail.messages.length > 0 && tail
    })
    expect(messages.map(({ id }) => id)).toEqual([quick?.id])
  })
})
