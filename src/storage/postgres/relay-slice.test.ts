import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import pg from 'pg'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { storedApplication } from '../conformance/fixtures.ts'
import type { Outbox, SetAside, Storage } from '../storage.ts'
import { openPostgresStorage } from './postgres-storage.ts'

let database: TestDatabase
let storage: Storage
let outbox: Outbox
let client: pg.Client
let other: pg.Client

beforeEach(async () => {
  database = await createDatabase()
  storage = await openPostgresStorage({ url: database.url })
  if (storage.outbox === null) throw new Error('no outbox')
  outbox = storage.outbox
  await storedApplication(storage, { uid: 'ada' })
  ;[client, other] = [await connected(), await connected()]
})
afterEach(async () => {
  await client.end()
  await other.end()
  await storage[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function connected(): Promise<pg.Client> {
  const made = new pg.Client({ connectionString: database.url })
  await made.connect()
  return made
}

function publishing(name: string, count: number): string {
  return `select posthorn.publish('ada', '${name}', json_build_object('n', n)) from generate_series(1, ${count}) n`
}

const relay = () => outbox.relay([], Date.now())

/** Relays until a slice is not full. @returns how many slices had events */
async function relayed(): Promise<number> {
  for (let slices = 0; ; slices++) {
    const { published, more } = await relay()
    if (!more) return published.length === 0 ? slices : slices + 1
  }
}

/** Until a look from the beginning has come round, and found the first of the type. */
async function foundFirst(eventType: string): Promise<void> {
  await until(async () => {
    const { published } = await relay()
    return published[0]?.group.items[0]?.message.eventType === eventType
  })
}

/** Numbers of the messages of a type, in the order in which they were stored. */
async function numbers(eventType: string): Promise<readonly number[]> {
  const { rows } = await client.query<{ payload: Buffer }>(
    'select payload from posthorn.message where event_type = $1 order by seq',
    [eventType],
  )
  return rows.map(({ payload }) => (JSON.parse(payload.toString()) as { readonly n: number }).n)
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)

test('a large transaction that commits long after others is relayed at full speed, and in its order', async () => {
  await client.query(`begin; ${publishing('late', 1_200)}`)
  await other.query(publishing('early', 10_500))
  await relayed()
  await client.query('commit')
  await other.query(publishing('next', 300))
  await foundFirst('late')
  await other.query(publishing('last', 300))
  // At once, as nothing here takes a second: 944 events, and then those that came after them.
  expect(await relayed()).toBeGreaterThanOrEqual(5)
  expect(await numbers('late')).toEqual(upTo(1_200))
  expect(await numbers('early')).toEqual(upTo(10_500))
  for (const name of ['next', 'last']) expect(await numbers(name)).toEqual(upTo(300))
})

describe('an event that the store refuses', () => {
  const setAside: SetAside[] = []

  async function relayAll(): Promise<void> {
    await until(async () => {
      setAside.push(...(await relay()).setAside)
      const { rows } = await client.query('select from posthorn.outbox where failed_at is null')
      return rows.length === 0
    })
  }

  beforeEach(async () => {
    setAside.length = 0
    await client.query(`create function refuse() returns trigger language plpgsql as $$ begin
        raise exception 'it is too blue'; end $$;
      create trigger refusing before insert on posthorn.message for each row when (new.event_type = 'blue')
        execute function refuse()`)
  })

  test('is set aside with the reason, and all others are relayed', async () => {
    await client.query(
      `begin; ${publishing('green', 300)}; ${publishing('blue', 2)}; ${publishing('red', 300)}; commit`,
    )
    await relayAll()
    expect(await numbers('green')).toEqual(upTo(300))
    expect(await numbers('red')).toEqual(upTo(300))
    const { rows } = await client.query<{ id: string; app_id: string; failure: string }>(
      'select id, app_id, failure from posthorn.outbox order by seq',
    )
    expect(rows.map(({ failure }) => failure)).toEqual(Array(2).fill('error: it is too blue'))
    expect(setAside).toEqual(
      rows.map((row) => ({ id: row.id, appId: row.app_id, reason: 'error: it is too blue' })),
    )
  })

  test('is relayed when it is put back after the cause is gone', async () => {
    await client.query(publishing('blue', 1))
    await relayAll()
    await client.query('drop trigger refusing on posthorn.message')
    await relay()
    expect(await numbers('blue')).toEqual([])
    await client.query('update posthorn.outbox set failed_at = null, failure = null')
    await relayAll()
    expect(await numbers('blue')).toEqual([1])
    expect(setAside).toHaveLength(1)
  })

  test('is not set aside for what every event would meet', async () => {
    await client.query(publishing('green', 1))
    await client.query('alter table posthorn.message rename column tags to labels')
    await expect(relay()).rejects.toMatchObject({ code: '42703' })
    await client.query('alter table posthorn.message rename column labels to tags')
    await relayAll()
    expect(await numbers('green')).toEqual([1])
    expect(setAside).toEqual([])
  })
})
