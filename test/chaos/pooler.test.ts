import { randomBytes } from 'node:crypto'
import { Pool } from '#storage/postgres/database.ts'
import { sql } from '#storage/postgres/sql.ts'
import type { Notice } from '#storage/storage.ts'
import type { Logger } from '#telemetry/logger.ts'
import { Load } from '#test/support/load.ts'
import { hasPooler, type Pooler, startPooler } from '#test/support/pooler.ts'
import { messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import pg from 'pg'
import { describe, expect, test } from 'vitest'

if (!hasPooler) console.warn('pgbouncer is not installed: nothing is looked at behind a connection pooler')

/** Two nodes whose connections go by way of a pooler, but for those that must not. */
interface Scene extends AsyncDisposable {
  readonly pooler: Pooler
  readonly databaseUrl: string
  readonly receiver: Receiver
  readonly nodes: readonly [Running, Running]
  /** What the second node was told. */
  readonly heard: readonly Notice[]
  /** Warnings and errors of both. */
  readonly complaints: readonly unknown[]
}

async function startBehindPooler(env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await createDatabase())
  const pooler = owned.use(await startPooler(database.url))
  const receiver = owned.use(await startReceiver())
  const complaints: unknown[] = []
  const complain = (...words: readonly unknown[]): void => void complaints.push(words)
  const logger: Logger = {
    debug() {},
    info() {},
    warn: complain,
    error: complain,
    fatal: complain,
    flush() {},
  }
  const heard: Notice[] = []
  const shared = {
    POSTHORN_DATABASE_URL: pooler.url,
    POSTHORN_DATABASE_DIRECT_URL: database.url,
    POSTHORN_DATABASE_PREPARE: 'false',
    POSTHORN_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    POSTHORN_JWT_SECRET: randomBytes(32).toString('hex'),
    POSTHORN_RETRY_SCHEDULE: '0.1',
    ...env,
  }
  const one = owned.use(await start({ env: shared, parts: { logger } }))
  const two = owned.use(
    await start({
      env: shared,
      parts: {
        logger,
        wrapStorage(storage) {
          storage.onNotice((notice) => heard.push(notice))
          return storage
        },
      },
    }),
  )
  const resources = owned.move()
  return {
    pooler,
    databaseUrl: database.url,
    receiver,
    nodes: [one, two],
    heard,
    complaints,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function nothingIsPending(databaseUrl: string): Promise<void> {
  await until(async () => {
    const [row] = await asked(databaseUrl, 'select count(*)::int as count from posthorn.delivery')
    return row?.count === 0
  })
}

const endpoints = 8
const messages = 60
/** Messages that fail somewhere. */
const few = 5

describe.skipIf(!hasPooler)('two nodes behind a pooler in transaction mode', () => {
  test('publish, deliver, retry, repeat, list, replay, and complain of nothing', async () => {
    await using scene = await startBehindPooler()
    const { receiver, nodes, databaseUrl, complaints } = scene
    const [{ svix }, other] = nodes
    const { id } = await svix.application.create({ name: 'Pooled', uid: 'pooled' })
    for (let n = 0; n < endpoints; n++) await svix.endpoint.create(id, { url: `${receiver.url}/${n}` })
    await svix.endpoint.create(id, { url: `${receiver.url}/flaky` })
    await other.svix.endpoint.create(id, { url: `${receiver.url}/down`, uid: 'down', channels: ['down'] })
    const seen = new Set<string>()
    let isDown = true
    receiver.behave((arrival) => {
      const isFirst = !seen.has(`${arrival.path} ${messageIdOf(arrival)}`)
      seen.add(`${arrival.path} ${messageIdOf(arrival)}`)
      const { n } = JSON.parse(arrival.body) as { readonly n: number }
      const fails = (arrival.path === '/flaky' && isFirst && n < few) || (arrival.path === '/down' && isDown)
      return { status: fails ? 500 : 204 }
    })
    const published = await Promise.all(
      Array.from({ length: messages }, async (_, n) => {
        const message = {
          eventType: 'pooled',
          payload: { n },
          eventId: `event-${n}`,
          channels: [n < few ? 'down' : 'up'],
        }
        const idempotencyKey = `key-${n}`
        const first = await nodes[n % 2 === 0 ? 0 : 1].svix.message.create(id, message, { idempotencyKey })
        const again = await nodes[n % 2 === 0 ? 1 : 0].svix.message.create(id, message, { idempotencyKey })
        expect(again.id).toBe(first.id)
        await expect(svix.message.create(id, message)).rejects.toMatchObject({ code: 409 })
        return first.id
      }),
    )
    const attempts = messages * endpoints + messages + few + 2 * few
    await receiver.arrived(attempts)
    await nothingIsPending(databaseUrl)
    expect(receiver.arrivals).toHaveLength(attempts)
    const list = await other.svix.message.list(id, { limit: 100 })
    expect(list.data.map((each) => each.id).toSorted()).toEqual(published.toSorted())
    const ofFlaky = await svix.messageAttempt.listByMsg(id, published[0] as string, { limit: 100 })
    expect(ofFlaky.data).toHaveLength(endpoints + 2 + 2)
    isDown = false
    await other.svix.endpoint.recover(id, 'down', { since: new Date(Date.now() - 600_000) })
    await receiver.arrived(attempts + few)
    await svix.messageAttempt.resend(id, published[0] as string, 'down')
    await receiver.arrived(attempts + few + 1)
    await nothingIsPending(databaseUrl)
    expect(receiver.arrivals).toHaveLength(attempts + few + 1)
    expect(complaints).toEqual([])
  })

  test('hear each other, since they listen without it', async () => {
    await using scene = await startBehindPooler()
    const [{ svix }] = scene.nodes
    const { id } = await svix.application.create({ name: 'Deleted' })
    await svix.application.delete(id)
    await until(() =>
      Promise.resolve(scene.heard.some((each) => each.kind === 'application-deleted' && each.appId === id)),
    )
  })

  test('send what a transaction behind the pooler has left in the outbox', async () => {
    await using scene = await startBehindPooler()
    const { receiver, pooler, complaints } = scene
    const [{ svix }] = scene.nodes
    const { id } = await svix.application.create({ name: 'Pooled', uid: 'pooled' })
    await svix.endpoint.create(id, { url: receiver.url })
    const clients = Array.from({ length: 12 }, () => new pg.Client({ connectionString: pooler.url }))
    await Promise.all(
      clients.map(async (client, n) => {
        await client.connect()
        await client.query('begin')
        await client.query('select posthorn.publish($1, $2, $3)', ['pooled', 'shop.sold', { n }])
        await client.query(n % 3 === 0 ? 'rollback' : 'commit')
        await client.end()
      }),
    )
    await receiver.arrived(8)
    await nothingIsPending(scene.databaseUrl)
    const sold = receiver.arrivals.map(({ body }) => (JSON.parse(body) as { n: number }).n)
    expect(sold.toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5, 7, 8, 10, 11])
    expect(complaints).toEqual([])
  })

  test('record an attempt once when the pooler dies while it is written down', async () => {
    await using scene = await startBehindPooler()
    const { receiver, pooler, databaseUrl } = scene
    const [{ svix }] = scene.nodes
    const { id } = await svix.application.create({ name: 'Pooled' })
    await svix.endpoint.create(id, { url: receiver.url })
    await svix.message.create(id, { eventType: 'counted', payload: { n: 1 } })
    await receiver.arrived(1)
    await nothingIsPending(databaseUrl)
    const blocker = new pg.Client({ connectionString: databaseUrl })
    await blocker.connect()
    await blocker.query('begin')
    await blocker.query('select from posthorn.attempt_count for update')
    const recorders = async (): Promise<readonly unknown[]> => {
      const rows = await asked(
        databaseUrl,
        `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      return rows.map(({ pid }) => pid)
    }
    await svix.message.create(id, { eventType: 'counted', payload: { n: 2 } })
    const first = await until(async () => (await recorders())[0])
    await pooler.stop()
    await pooler.start()
    await until(async () => (await recorders()).some((pid) => pid !== first))
    await blocker.query('commit')
    await blocker.end()
    await nothingIsPending(databaseUrl)
    const counts = await asked(databaseUrl, 'select success from posthorn.attempt_count')
    expect(counts).toEqual([{ success: 2 }])
    expect(await asked(databaseUrl, 'select from posthorn.attempt')).toHaveLength(2)
    expect(receiver.arrivals).toHaveLength(2)
  })

  test(
    'lose nothing when the pooler is restarted again and again while messages come in',
    { timeout: 60_000 },
    async () => {
      await using scene = await startBehindPooler({ POSTHORN_RETRY_SCHEDULE: '0.1,0.1,0.5,1,1,1' })
      const { receiver, pooler, nodes, databaseUrl } = scene
      const [{ svix, token, url }, other] = nodes
      const { id: appId } = await svix.application.create({ name: 'Pooled' })
      await svix.endpoint.create(appId, { url: receiver.url })
      const load = new Load(token, { toleratesRefusals: true })
      const over = new AbortController()
      const publishing = Array.from({ length: 8 }, async (_, n) => {
        const at = { url: n % 2 === 0 ? url : other.url, appId }
        while (!over.signal.aborted) await load.publishOne(at)
      })
      for (let round = 0; round < 4; round++) {
        const before = receiver.arrivals.length
        await receiver.arrived(before + 50)
        await pooler.stop()
        await pooler.start()
      }
      over.abort()
      await Promise.all(publishing)
      await load.settle(url, other.url)
      await nothingIsPending(databaseUrl)
      const arrived = new Set(receiver.arrivals.map(messageIdOf))
      const ids = [...load.accepted.values()].flatMap((each) => [...each])
      expect(ids.length).toBe(load.accepted.size)
      expect(ids.filter((id) => !arrived.has(id))).toEqual([])
      for (const node of nodes) {
        await until(async () => (await fetch(`${node.url}/health/ready`)).ok)
      }
      const faults = scene.complaints
        .map(String)
        .filter((words) => /prepared statement|unrecognized/.test(words))
      expect(faults).toEqual([])
    },
  )
})

test.skipIf(!hasPooler)(
  'a pooler without a way around it is refused, and the error says what to do',
  async () => {
    await using database = await createDatabase()
    await using pooler = await startPooler(database.url)
    const options = { env: { POSTHORN_DATABASE_URL: pooler.url, POSTHORN_DATABASE_PREPARE: 'false' } }
    await expect(start(options)).rejects.toMatchObject({
      hint: expect.stringContaining('POSTHORN_DATABASE_DIRECT_URL') as string,
    })
  },
)

test.skipIf(!hasPooler)('where a pooler loses prepared statements, the error says what to do', async () => {
  await using database = await createDatabase()
  await using pooler = await startPooler(database.url, 1)
  const options = { url: pooler.url, max: 1, prepare: true, name: 'posthorn' }
  await using one = new Pool(options)
  await using other = new Pool(options)
  await one.rows(sql`select 1`)
  await expect(other.rows(sql`select 1`)).rejects.toMatchObject({
    code: 'prepared_statement_lost',
    hint: expect.stringContaining('POSTHORN_DATABASE_PREPARE') as string,
  })
})
