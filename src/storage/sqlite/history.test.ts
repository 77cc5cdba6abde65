import { mkdtempSync, rmSync, statSync } from 'node:fs'
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
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from '../conformance/fixtures.ts'
import type { Storage } from '../storage.ts'
import { openSqliteStorage, storeFile } from './sqlite-storage.ts'

const retentionMs = 24 * hourMs
const later = t0 + retentionMs + 1

let dataDir: string
let storage: Storage

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'posthorn-history-'))
  storage = openSqliteStorage({ dataDir, readers: 1 })
})
afterEach(async () => {
  await storage[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Size {
  readonly rows: number
  readonly pages: number
  readonly freePages: number
}

function size(): Size {
  using connection = new DatabaseSync(storeFile(dataDir), { readOnly: true })
  const number = (statement: string): number =>
    Number(Object.values(connection.prepare(statement).get() ?? {})[0])
  return {
    rows: number('select (select count(*) from message) + (select count(*) from attempt)'),
    pages: number('pragma page_count'),
    freePages: number('pragma freelist_count'),
  }
}

async function dropAll(now: number): Promise<readonly Size[]> {
  const sizes = [size()]
  for (let isMoreLeft = true; isMoreLeft;) {
    isMoreLeft = await storage.dropHistory(now, retentionMs)
    sizes.push(size())
  }
  return sizes
}

describe('old history', () => {
  test('goes in small slices, and so does the room it took on the disk', async () => {
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id)
    for (let batches = 0; batches < 10; batches++) {
      const messages = await published(
        storage,
        application,
        Array.from({ length: 200 }, () => aMessage({ payload: JSON.stringify('x'.repeat(4_000)) })),
      )
      await storage.recordOutcomes(
        messages.map((message) => anOutcome(keyOf(message, endpoint))),
        t0,
      )
    }
    const sizes = await dropAll(later)
    const [before, after] = [sizes[0], sizes.at(-1)]
    if (before === undefined || after === undefined) throw new Error('no size')
    const steps = sizes.slice(1).map((each, index) => ({
      rows: (sizes[index]?.rows ?? 0) - each.rows,
      pages: (sizes[index]?.pages ?? 0) - each.pages,
    }))
    expect(Math.max(...steps.map(({ rows }) => rows))).toBeLessThanOrEqual(200)
    expect(Math.max(...steps.map(({ pages }) => pages))).toBeLessThanOrEqual(120)
    expect(after.rows).toBe(1)
    expect(after.pages).toBeLessThan(before.pages / 10)
    expect(after.freePages).toBeLessThanOrEqual(after.pages / 10)
    await storage[Symbol.asyncDispose]()
    new DatabaseSync(storeFile(dataDir)).exec('pragma wal_checkpoint(truncate)')
    expect(statSync(storeFile(dataDir)).size).toBeLessThanOrEqual(after.pages * 4_096)
    storage = openSqliteStorage({ dataDir, readers: 1 })
  })

  test('leaves sequences where they are, though all of it went before a start', async () => {
    const application = await storedApplication(storage)
    const last = await publishedOne(storage, application)
    await dropAll(later)
    await storage[Symbol.asyncDispose]()
    storage = openSqliteStorage({ dataDir, readers: 1 })
    const next = await publishedOne(storage, application)
    expect(next.seq).toBe(last.seq + 1)
  })

  test('that waits does not keep the rest from going, wherever it lies', async () => {
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id, { eventTypes: ['waits'] })
    const some = (eventType: string) => Array.from({ length: 250 }, () => aMessage({ eventType }))
    for (const eventType of ['waits', 'goes', 'waits', 'goes']) {
      await published(storage, application, some(eventType))
    }
    await publishedOne(storage, application, { createdAt: later })
    await dropAll(later)
    expect(size().rows).toBe(501)
    const keys = (await storage.leasedKeys()).filter((key) => key.endpointId === endpoint.id)
    await storage.recordOutcomes(
      keys.map((key) => anOutcome(key)),
      t0,
    )
    await dropAll(later)
    expect(size().rows).toBe(1)
  })
})

describe('a clock that is far ahead of all that is stored', () => {
  test('is believed for nothing that is deleted for its age, and said to be wrong once', async () => {
    const application = await storedApplication(storage)
    await published(storage, application, [aMessage({ payloadExpiresAt: t0 + 1 }), aMessage()])
    await storage[Symbol.asyncDispose]()
    storage = openSqliteStorage({ dataDir, readers: 1 })
    const before = size()
    const doubted = { code: 'clock_doubted', message: expect.stringContaining('days ahead') as string }
    await expect(storage.expire(null)).rejects.toMatchObject(doubted)
    await expect(storage.dropHistory(null, retentionMs)).rejects.toMatchObject(doubted)
    expect(await storage.expire(null)).toBe(false)
    expect(await storage.dropHistory(null, retentionMs)).toBe(false)
    // Though more has been stored by that clock.
    await publishedOne(storage, application, { createdAt: Date.now() })
    expect(await storage.dropHistory(null, retentionMs)).toBe(false)
    expect(size().rows).toBe(before.rows + 1)
  })
})
