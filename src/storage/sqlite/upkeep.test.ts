import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aMessage,
  anOutcome,
  hourMs,
  keyOf,
  published,
  storedApplication,
  storedEndpoint,
  t0,
} from '../conformance/fixtures.ts'
import type { Storage } from '../storage.ts'
import { openSqliteStorage, storeFile } from './sqlite-storage.ts'

let dataDir: string
let storage: Storage

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'posthorn-upkeep-'))
  storage = openSqliteStorage({ dataDir, readers: 1 })
})
afterEach(async () => {
  await storage[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Rows that name the application, by table; without its source, which has a life of its own. */
function rowsOf(appId: string): Record<string, number> {
  using connection = new DatabaseSync(storeFile(dataDir), { readOnly: true })
  const tables = connection
    .prepare(
      `select t.name, iif(t.name = 'application', 'id', 'app_id') as owner from sqlite_schema t
       where t.type = 'table' and t.name <> 'source' and exists (
         select 1 from pragma_table_info(t.name) c
         where c.name = iif(t.name = 'application', 'id', 'app_id'))`,
    )
    .all() as { name: string; owner: string }[]
  return Object.fromEntries(
    tables.map(({ name, owner }) => {
      const row = connection.prepare(`select count(*) as count from ${name} where ${owner} = ?`).get(appId)
      return [name, Number(row?.count)]
    }),
  )
}

async function purgeAll(now: number): Promise<void> {
  while (await storage.purgeDeleted(now)) continue
}

describe('purging a deleted application', () => {
  test('leaves not a row of it, a while after its pending deliveries went', async () => {
    const application = await storedApplication(storage)
    const { id: appId, orgId } = application
    const endpoint = await storedEndpoint(storage, appId)
    const messages = Array.from({ length: 1_100 }, (_, index) => aMessage({ eventId: `event-${index}` }))
    const [first] = await published(storage, application, messages)
    if (first === undefined) throw new Error('no message')
    await storage.recordOutcomes([anOutcome(keyOf(first, endpoint))], t0)
    await storage.expireApplicationTokens(appId, t0, ['one', 'two'], t0)
    const input = { kind: 'application.stats', appIds: null, since: t0, until: t0 } as const
    const times = { createdAt: t0, updatedAt: t0 }
    await storage.insertTask(
      { orgId, appId, id: 'qtask_1', input, status: 'running', data: {}, cursor: 0, ...times },
      null,
    )
    const before = rowsOf(appId)
    expect(Object.entries(before).filter(([table, count]) => count === 0 && table !== 'fanout')).toEqual([])

    await storage.deleteApplication(orgId, appId, t0)
    await purgeAll(t0)
    expect(rowsOf(appId)).toEqual({ ...before, delivery: 0 })
    await purgeAll(t0 + hourMs)
    expect(Object.values(rowsOf(appId)).every((count) => count === 0)).toBe(true)
  })
})

describe('expiry', () => {
  test('of event ids does not wait for payloads that deliveries still need', async () => {
    const application = await storedApplication(storage)
    await storedEndpoint(storage, application.id)
    const messages = Array.from({ length: 250 }, (_, index) =>
      aMessage({ eventId: `event-${index}`, payloadExpiresAt: t0 + 1 }),
    )
    await published(storage, application, messages)
    for (let slices = 0; slices < 3; slices++) await storage.expire(t0 + hourMs)
    expect(rowsOf(application.id)).toMatchObject({ event_id: 0, delivery: 250 })
  })
})

describe('purging a deleted endpoint', () => {
  test('leaves the history of what was sent to it', async () => {
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id)
    const [sent] = await published(storage, application, [aMessage(), aMessage()])
    if (sent === undefined) throw new Error('no message')
    await storage.recordOutcomes([anOutcome(keyOf(sent, endpoint))], t0)
    await storage.deleteEndpoint(application.id, endpoint.id, t0)
    await purgeAll(t0)
    expect(rowsOf(application.id)).toMatchObject({ endpoint: 0, delivery: 0, attempt: 1, message: 2 })
  })
})
