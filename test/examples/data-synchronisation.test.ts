import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { Webhook } from 'standardwebhooks'
import { Svix } from 'svix'
import { createCluster } from '#test/support/cluster.ts'
import { killableToken, urlOf } from '#test/support/killable-server.ts'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import * as programs from '../../scripts/examples/programs/copier.ts'
import { runProgram, startExample } from './support.ts'

const buildTakesAtMostMs = 300_000
const uid = 'shop'

let target: string
beforeAll(async () => {
  target = await programs.buildCopier()
}, buildTakesAtMostMs)

/** A database with the copy's tables. */
async function createCopy(): Promise<string> {
  const database = await createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  await asked(database.url, readFileSync(join(programs.copierFolder, 'copy.sql'), 'utf8'))
  return database.url
}

const startCopier = (databaseUrl: string, secret: string): Promise<programs.Copier> =>
  programs.startCopier(startExample, { target, databaseUrl, secret })

interface Answer {
  readonly status: number
  readonly text: string
}

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, text: await response.text() }
}

const rowsOf = (url: string): Promise<readonly pg.QueryResultRow[]> =>
  asked(
    url,
    'select sku, name, price::text, stock, version::text from public.product order by sku collate "C"',
  )

test('its verification agrees with the signatures that every language is checked against', async () => {
  const vectors = readFileSync(join(import.meta.dirname, '../vectors/standard-webhooks.json'), 'utf8')
  const path = ['test-classes', 'classes', 'lib/*'].map((part) => join(target, part)).join(':')
  const printed = await runProgram(
    programs.javaCommand(['-cp', path, 'datasync.CheckVectors'], { input: vectors }),
  )
  const cases = JSON.parse(vectors) as readonly { readonly name: string; readonly valid: boolean }[]
  expect(printed.trimEnd().split('\n')).toEqual(cases.map(({ name, valid }) => `${valid} ${name}`))
})

describe('the receiver', () => {
  const secret = `whsec_${Buffer.from('a secret of the tests of this page').toString('base64')}`
  const [first, second, third] = [1, 2, 3].map((version) => ({
    sku: 'a-1',
    name: `Kettle ${version}`,
    price: 12.5,
    stock: version,
    version,
  }))

  /** A receiver on a copy of its own, and who sends to it with the right secret. */
  async function startScene() {
    const copyUrl = await createCopy()
    const { url } = await startCopier(copyUrl, secret)
    const webhook = new Webhook(secret)
    let sent = 0
    const signed = (text: string, id = `msg_${sent++}`): Readonly<Record<string, string>> => {
      const now = new Date()
      return {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, now, text),
      }
    }
    const send = (change: unknown, id?: string): Promise<Answer> => {
      const text = JSON.stringify(change)
      return post(url, text, signed(text, id))
    }
    const names = async () => (await rowsOf(copyUrl)).map(({ name }) => name as unknown)
    return { copyUrl, url, signed, send, names }
  }

  test('changes nothing by an old update after a newer one, after a deletion, or twice', async () => {
    const { send, names } = await startScene()
    const outcome = async (change: unknown, id?: string) => (await send(change, id)).text
    expect(await outcome({ old: first, new: second }, 'msg_update')).toBe('applied')
    expect(await outcome({ old: null, new: first })).toBe('outdated')
    expect(await names()).toEqual(['Kettle 2'])
    expect(await outcome({ old: second, new: null })).toBe('applied')
    expect(await names()).toEqual([])
    expect(await outcome({ old: first, new: second })).toBe('outdated')
    expect(await outcome({ old: first, new: second }, 'msg_update')).toBe('duplicate')
    expect(await names()).toEqual([])
    expect(await outcome({ old: null, new: third })).toBe('applied')
    expect(await outcome({ old: second, new: null })).toBe('outdated')
    expect(await names()).toEqual(['Kettle 3'])
  })

  test('keeps a deletion that comes before the row itself', async () => {
    const { send, names } = await startScene()
    expect(await send({ old: second, new: null })).toEqual({ status: 200, text: 'applied' })
    expect(await send({ old: first, new: second })).toEqual({ status: 200, text: 'outdated' })
    expect(await names()).toEqual([])
  })

  test('moves a row that gets another key', async () => {
    const { copyUrl, send } = await startScene()
    await send({ old: null, new: second })
    await send({ old: second, new: { ...first, sku: 'b-1' } })
    expect(await send({ old: first, new: second })).toMatchObject({ text: 'outdated' })
    expect(await rowsOf(copyUrl)).toMatchObject([{ sku: 'b-1', version: '1' }])
  })

  test('refuses what nobody signed, what is no change, and what is too large', async () => {
    const { url, signed, send, names } = await startScene()
    const text = JSON.stringify({ old: null, new: first })
    expect((await post(url, text, {})).status).toBe(401)
    expect((await post(url, `${text} `, signed(text))).status).toBe(401)
    expect((await post(url, Uint8Array.of(0x22, 0xff, 0x22), signed('"\ufffd"'))).status).toBe(400)
    expect((await post(url, '{', signed('{'))).status).toBe(400)
    for (const change of [{}, null, { old: null, new: {} }, { old: null, new: { sku: 'a', version: 'x' } }]) {
      expect((await send(change)).status, JSON.stringify(change)).toBe(400)
    }
    const room = 1_048_576
    expect((await post(url, text.padEnd(room), signed(text.padEnd(room)))).status).toBe(200)
    expect((await post(url, text.padEnd(room + 1), signed(text.padEnd(room + 1)))).status).toBe(413)
    expect(await names()).toEqual(['Kettle 1'])
  })

  test('answers 503 while its database fails, and takes the same event afterwards', async () => {
    const { copyUrl, send, names } = await startScene()
    await send({ old: null, new: first })
    const name = new URL(copyUrl).pathname.slice(1)
    const server = inject('postgresUrl')
    await asked(server, `alter database ${name} allow_connections false`)
    await asked(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
    expect((await send({ old: first, new: second }, 'msg_later')).status).toBe(503)
    await asked(server, `alter database ${name} allow_connections true`)
    // Some connections of its pool are dead yet.
    const later = await until(async () => {
      const answer = await send({ old: first, new: second }, 'msg_later')
      return answer.status !== 503 && answer
    })
    expect(later).toEqual({ status: 200, text: 'applied' })
    expect(await names()).toEqual(['Kettle 2'])
  })
})

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Road extends AsyncDisposable {
  readonly url: string
  /** How often the receiver gave each answer. */
  readonly outcomes: Readonly<Record<string, number>>
  target: string
  /** Whether events and answers get lost. */
  isRough: boolean
  /** Resolves once so many more were answered by the receiver. */
  passed(count: number): Promise<void>
}

/** The way to the receiver: it holds each event for a while, loses some, and loses answers to others. */
async function startRoad(random: () => number): Promise<Road> {
  const outcomes: Record<string, number> = {}
  const passing = new EventTarget()
  const passed = (): number => Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  const server = createServer((request, response) => {
    const [delayMs, luck] = [random() * 80, random()]
    const pass = async (): Promise<Answer> => {
      const body = await buffer(request)
      await sleep(delayMs)
      if (road.isRough && luck < 0.04) return { status: 502, text: 'lost' }
      const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
      const headers = Object.fromEntries(names.map((name) => [name, String(request.headers[name])]))
      const answer = await post(road.target, new Uint8Array(body), headers)
      outcomes[answer.text] = (outcomes[answer.text] ?? 0) + 1
      passing.dispatchEvent(new Event('pass'))
      return road.isRough && luck > 0.96 ? { status: 504, text: 'answer lost' } : answer
    }
    void pass()
      .catch(() => ({ status: 502, text: 'nobody there' }))
      .then(({ status, text }) => response.writeHead(status).end(text))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const road: Road = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/data`,
    outcomes,
    target: '',
    isRough: true,
    async passed(count) {
      const goal = passed() + count
      while (passed() < goal) await once(passing, 'pass')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return road
}

/** One program that writes: transactions of some statements, a part of which it takes back. */
async function write(databaseUrl: string, random: () => number, transactions: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, options: '-c search_path=public' })
  await client.connect()
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const sku = (): string => `p-${Math.floor(random() * 24)}`
  const values = (): readonly unknown[] => [
    sku(),
    one(['Kettle', "D'Artagnan's 🎺", '$$ "quoted" \\u00e9', 'Ｗide\t\u00a0']),
    one(['12.50', '0.1', '98765432109876543210.125', '-3', '1e-7']),
    one([null, 0, 7, -1]),
  ]
  const insert = 'insert into product (sku, name, price, stock) values ($1, $2, $3, $4)'
  const update = 'update product set name = $2, price = $3, stock = $4 where sku = $1'
  const upsert = `${insert} on conflict (sku) do update
    set name = excluded.name, price = excluded.price, stock = excluded.stock`
  const statements = [
    () => client.query(insert, [...values()]),
    () => client.query(upsert, [...values()]),
    () => client.query(update, [...values()]),
    () => client.query(update, [...values()]),
    () => client.query('update product set stock = stock + 1 where sku > $1', ['p-7']),
    () => client.query('update product set sku = $2 where sku = $1', [sku(), sku()]),
    () => client.query('delete from product where sku = $1', [sku()]),
    () => client.query('delete from product where sku = $1', [sku()]),
  ]
  try {
    for (let done = 0; done < transactions; done += 1) {
      await client.query('begin')
      try {
        for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) await one(statements)()
        await client.query(random() < 0.15 ? 'rollback' : 'commit')
      } catch (error) {
        // A key that is taken, or two transactions that wait for each other.
        if (!['23505', '40P01'].includes((error as pg.DatabaseError).code ?? '')) throw error
        await client.query('rollback')
      }
    }
  } finally {
    await client.end()
  }
}

const seed = 20_260_714
const rounds = 3
const writers = 4
const transactionsEach = 50

test('the copy equals its source after changes in every order, duplicates, losses and deaths', async () => {
  const random = randomFrom(seed)
  const retries = `0.1,0.2,0.4${',1'.repeat(40)}`
  const cluster = await createCluster({ env: { POSTHORN_RETRY_SCHEDULE: retries } })
  const { databaseUrl } = cluster
  const copyUrl = await createCopy()
  const svix = new Svix(await killableToken(), { serverUrl: await urlOf(cluster.startNode()) })
  await using road = await startRoad(random)

  await svix.application.create({ name: 'Shop', uid })
  const endpoint = await svix.endpoint.create(uid, { url: road.url })
  const { key: secret } = await svix.endpoint.getSecret(uid, endpoint.id)
  await asked(
    databaseUrl,
    `set search_path = public; ${readFileSync(join(programs.copierFolder, 'source.sql'), 'utf8')}`,
  )
  const settled = () =>
    until(async () => {
      const waiting = await asked(databaseUrl, 'select from posthorn.outbox limit 1')
      const { pending, sending } = await svix.endpoint.getStats(uid, endpoint.id)
      return waiting.length + pending + sending === 0
    })
  const replayAll = async () => {
    const { id } = await svix.endpoint.bulkReplay(uid, endpoint.id, {
      since: new Date(Date.now() - 3_600_000),
    })
    await until(async () => (await svix.backgroundTask.get(id)).status === 'finished')
  }

  let copier = await startCopier(copyUrl, secret)
  road.target = copier.url
  for (let round = 0; round < rounds; round += 1) {
    const written = Promise.all(
      Array.from({ length: writers }, (_, each) =>
        write(databaseUrl, randomFrom(seed + round * writers + each), transactionsEach),
      ),
    )
    await road.passed(40)
    await copier.process.stop('SIGKILL')
    copier = await startCopier(copyUrl, secret)
    road.target = copier.url
    await replayAll()
    await written
  }
  await settled()
  const source = await rowsOf(databaseUrl)
  expect(source.length).toBeGreaterThan(5)
  expect(await rowsOf(copyUrl)).toEqual(source)
  for (const outcome of ['applied', 'outdated', 'duplicate']) {
    expect(road.outcomes[outcome], outcome).toBeGreaterThan(0)
  }

  // Events whose ids the copy has forgotten are judged by their versions alone.
  await asked(copyUrl, 'truncate received')
  road.isRough = false
  await replayAll()
  await settled()
  expect(await rowsOf(copyUrl)).toEqual(source)

  // An empty copy is filled by all events in any order.
  await asked(copyUrl, 'truncate received, product_state')
  await replayAll()
  await settled()
  expect(await rowsOf(copyUrl)).toEqual(source)
}, 90_000)
