import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import {
  aMessage,
  anOutcome,
  anyMessage,
  aPage,
  claimedSeqs,
  entriesOf,
  hourMs,
  keyOf,
  only,
  published,
  publishedOne,
  storedApplication,
  storedEndpoint,
} from '../conformance/fixtures.ts'
import type { Storage } from '../storage.ts'
import { periodSize } from './history-periods.ts'
import { openPostgresStorage } from './postgres-storage.ts'

const dayMs = 24 * hourMs
const retentionMs = 10 * dayMs

let database: TestDatabase
let storage: Storage
/** A session beside the nodes'. */
let beside: pg.Client

beforeEach(async () => {
  database = await createDatabase()
  storage = await openPostgresStorage({ url: database.url })
  beside = new pg.Client({ connectionString: database.url })
  await beside.connect()
})
afterEach(async () => {
  await beside.end()
  await storage[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function dropAll(node = storage): Promise<void> {
  while (await node.dropHistory(Date.now(), retentionMs)) continue
}

/** As if all periods had begun so much earlier. */
async function ago(days: number): Promise<void> {
  await beside.query('update posthorn.history_period set began_at = began_at - $1', [days * dayMs])
}

/** The period under way ends, and a later one goes on. */
async function another(node = storage): Promise<void> {
  await dropAll(node)
  await ago(2)
  await dropAll(node)
}

async function tables(): Promise<readonly string[]> {
  const { rows } = await beside.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'posthorn'::regnamespace and relname ~ '^(message|attempt)_[0-9]+$' order by relname`,
  )
  return rows.map(({ name }) => name)
}

async function scene() {
  const application = await storedApplication(storage)
  const endpoint = await storedEndpoint(storage, application.id)
  return { application, endpoint }
}

describe('a period', () => {
  test('follows the one before while messages are published on two nodes, and none is lost', async () => {
    await using other = await openPostgresStorage({ url: database.url })
    const { application, endpoint } = await scene()
    const seqs: number[] = []
    const over = new AbortController()
    const publishing = [storage, other, storage, other].map(async (node) => {
      while (!over.signal.aborted) {
        const message = await publishedOne(node, application, {}, { fullLanes: 'all' })
        seqs.push(message.seq)
        await node.recordOutcomes([anOutcome(keyOf(message, endpoint))], Date.now())
      }
    })
    for (let periods = 0; periods < 3; periods++) {
      await ago(2)
      await Promise.all([dropAll(), dropAll(other), dropAll()])
    }
    over.abort()
    await Promise.all(publishing)
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(new Set(seqs.map((seq) => Math.floor(seq / periodSize))).size).toBeGreaterThan(1)
    const { rows } = await beside.query(
      'select (select count(*)::int from posthorn.message) as messages, (select count(*)::int from posthorn.attempt) as attempts',
    )
    expect(rows).toEqual([{ messages: seqs.length, attempts: seqs.length }])
  })

  test('is begun whatever part of it a death has left undone', async () => {
    await beside.query('create table posthorn.message_1 (like posthorn.message including all)')
    await ago(2)
    await beside.query(`select setval('posthorn.message_seq', ${periodSize}, false)`)
    const { application } = await scene()
    await dropAll()
    const message = await publishedOne(storage, application)
    expect(message.seq).toBe(periodSize)
    const { rows } = await beside.query('select number from posthorn.history_period order by number')
    expect(rows).toEqual([{ number: 0 }, { number: 1 }])
    expect(await tables()).toEqual(
      [0, 1, 2].flatMap((n) => `attempt_${n}`).concat(['message_0', 'message_1', 'message_2']),
    )
  })

  test('goes with its partitions when its end is older than the retention', async () => {
    const { application } = await scene()
    await another()
    await publishedOne(storage, application)
    await another()
    expect(await tables()).toContain('message_0')
    await ago(8)
    await dropAll()
    expect(await tables()).not.toContain('message_0')
    expect(await tables()).toEqual(
      ['attempt', 'message'].flatMap((table) => [1, 2, 3, 4].map((number) => `${table}_${number}`)),
    )
    const { rows } = await beside.query('select number from posthorn.history_period order by number')
    expect(rows).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }])
  })
})

describe('what is old', () => {
  test('goes by the clock of the database, however wrong that of a node is', async () => {
    const { application } = await scene()
    const payloadExpiresAt = Date.now() + hourMs
    const over = { createdAt: Date.now(), payloadExpiresAt }
    const message = await publishedOne(storage, application, over, { onlyEndpointId: 'ep_none' })
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1_000 * dayMs)
    try {
      while (await storage.expire(null)) continue
      while (await storage.dropHistory(null, retentionMs)) continue
    } finally {
      clock.mockRestore()
    }
    const { rows } = await beside.query('select number from posthorn.history_period')
    expect(rows).toEqual([{ number: 0 }])
    expect(await storage.findMessage(application.id, message.id, true)).toMatchObject({ payload: '{"a":1}' })
    await ago(2)
    while (await storage.dropHistory(null, retentionMs)) continue
    await publishedOne(storage, application)
    await ago(11)
    while (await storage.dropHistory(null, retentionMs)) continue
    expect(await storage.findMessage(application.id, message.id, true)).toBeNull()
  })
})

describe('a partition that is read for long', () => {
  test('goes later; meanwhile messages come and go, and each is found once', async () => {
    const { application, endpoint } = await scene()
    const waits = await publishedOne(storage, application, {}, { fullLanes: 'all' })
    const gone = await publishedOne(storage, application, {}, { onlyEndpointId: 'ep_none' })
    await another()
    await ago(11)
    await beside.query('begin')
    await beside.query('select count(*) from posthorn.message')

    let isDropping = true
    const dropping = dropAll().finally(() => (isDropping = false))
    const failed = dropping.catch((error: unknown) => error)
    const isLeaving = async (): Promise<boolean> => {
      const { rows } = await beside.query('select 1 from pg_inherits where inhdetachpending')
      return rows.length > 0
    }
    while (!(await isLeaving())) continue
    const recent = await publishedOne(storage, application, {}, { fullLanes: 'all' })
    expect(isDropping).toBe(true)
    const ids = async () =>
      entriesOf(await storage.listMessages(application.id, aPage(), anyMessage, true)).map(({ id }) => id)
    expect(await ids()).toEqual([waits.id, recent.id])
    expect(await claimedSeqs(storage, endpoint, Date.now())).toEqual([waits.seq, recent.seq])
    expect(await failed).toMatchObject({ code: 'store_timeout' })
    expect(await tables()).toContain('message_0')
    // Meanwhile the next period begins, with new partitions for the one after it.
    await ago(2)
    expect(await dropAll().catch((error: unknown) => error)).toMatchObject({ code: 'store_timeout' })
    expect(await tables()).toContain('message_3')

    await beside.query('commit')
    await dropAll()
    expect(await tables()).not.toContain('message_0')
    expect(await isLeaving()).toBe(false)
    expect(await ids()).toEqual([waits.id, recent.id])
    expect(await storage.findMessage(application.id, gone.id, false)).toBeNull()
  })
})

describe('messages that are resent while their period leaves', () => {
  test('are sent, or refused: no delivery is without its message', async () => {
    const { application, endpoint } = await scene()
    const messages = await published(
      storage,
      application,
      Array.from({ length: 800 }, () => aMessage()),
      { fullLanes: 'all' },
    )
    const claimed = await claimedSeqs(storage, endpoint, Date.now())
    await storage.recordOutcomes(
      claimed.map((seq) => anOutcome(keyOf({ seq }, endpoint))),
      Date.now(),
    )
    await another()
    await ago(11)
    const results: { readonly seq: number; readonly kind: string }[] = []
    const left = [...messages]
    async function resend(most: number): Promise<void> {
      for (const { seq } of left.splice(0, most)) {
        const key = keyOf({ seq }, endpoint, 'manual')
        results.push({ seq, kind: (await storage.insertManualDelivery(key, Date.now(), null)).kind })
      }
    }
    await resend(5)
    const dropping = dropAll()
    await Promise.all(Array.from({ length: 4 }, () => resend(200)))
    await dropping
    const stored = results.filter(({ kind }) => kind === 'stored').map(({ seq }) => seq)
    expect(stored.length).toBeLessThan(messages.length)
    const request = { appId: application.id, endpointId: endpoint.id, max: 1_000 }
    const { deliveries } = await storage.claimDeliveries([request], Date.now())
    expect(new Set(deliveries.map(({ messageSeq }) => messageSeq))).toEqual(new Set(stored))
    expect(deliveries.filter(({ message }) => message.payload !== '{"a":1}')).toEqual([])
    const { rows } = await beside.query<{ count: number }>('select count(*)::int from posthorn.kept_message')
    expect(only(rows).count).toBe(stored.length)
  })
})
