import { messageIdOf } from '#test/support/receiver.ts'
import { type OutboxScene, searchPath, startOutbox, uid } from '#test/support/start-outbox.ts'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OutboxTransaction, publish } from './publish.ts'

let scene: OutboxScene
let pool: pg.Pool
beforeAll(async () => {
  scene = await startOutbox()
  pool = new pg.Pool({ connectionString: scene.databaseUrl, options: searchPath, max: 2 })
  await pool.query('create table done (n integer)')
})
afterAll(async () => {
  await pool.end()
  await scene[Symbol.asyncDispose]()
})

class RolledBack extends Error {}

type InTransaction = (work: (tx: OutboxTransaction) => Promise<string>, isKept: boolean) => Promise<string>

async function withClient(
  wrap: (client: pg.PoolClient) => OutboxTransaction,
  work: (tx: OutboxTransaction) => Promise<string>,
  isKept: boolean,
): Promise<string> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const id = await work(wrap(client))
    await client.query(isKept ? 'commit' : 'rollback')
    return id
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

/** Throws out of a library's transaction where it is not to be kept. */
async function within(
  transaction: (work: (tx: OutboxTransaction) => Promise<string>) => Promise<string>,
  work: (tx: OutboxTransaction) => Promise<string>,
  isKept: boolean,
): Promise<string> {
  let id = ''
  try {
    return await transaction(async (tx) => {
      id = await work(tx)
      if (!isKept) throw new RolledBack()
      return id
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
    return id
  }
}

const kinds: readonly (readonly [string, InTransaction])[] = [
  ['a client of pg', (work, isKept) => withClient((client) => client, work, isKept)],
  [
    'a function that runs a statement',
    (work, isKept) =>
      withClient((client) => async (text, values) => (await client.query(text, values)).rows, work, isKept),
  ],
  [
    'a transaction of Kysely',
    (work, isKept) => {
      const kysely = new Kysely({ dialect: new PostgresDialect({ pool }) })
      return within((inside) => kysely.transaction().execute(inside), work, isKept)
    },
  ],
  [
    'a transaction of Drizzle',
    (work, isKept) => {
      const db = drizzle({ client: pool })
      return within((inside) => db.transaction(inside), work, isKept)
    },
  ],
  [
    'what has the shape of a transaction of Prisma',
    (work, isKept) =>
      withClient(
        (client) => ({
          $queryRawUnsafe: async (text: string, ...values: unknown[]) =>
            (await client.query<{ id: string }>(text, values)).rows,
        }),
        work,
        isKept,
      ),
  ],
]

describe.each(kinds)('on %s', (_, inTransaction) => {
  test('an event is announced where the transaction commits, and not where it rolls back', async () => {
    const { receiver, running, appId } = scene
    const message = { application: uid, eventType: 'order.placed', payload: { n: 1 } }
    const dropped = await inTransaction((tx) => publish(tx, message), false)
    const kept = await inTransaction((tx) => publish(tx, message), true)
    const [arrival] = await receiver.arrived(1, (each) => messageIdOf(each) === kept)
    expect(arrival?.body).toBe('{"n":1}')
    await expect(running.svix.message.get(appId, dropped)).rejects.toMatchObject({ code: 404 })
  })

  test('all fields go along, and a text arrives as it is', async () => {
    const { receiver, running, appId } = scene
    const deliverAt = new Date(Date.now() + 3_600_000)
    const fields = { channels: ['a:b', 'c'], tags: [String.raw`x\y`, '#z'], eventType: 'order.placed' }
    const eventId = crypto.randomUUID()
    const payload = `{ "b":1.0, "a":"\\u00e9'$1 ${eventId}" }`
    const id = await inTransaction(
      (tx) =>
        publish(tx, {
          ...fields,
          application: appId,
          eventId,
          payload,
          deliverAt,
          payloadRetentionDays: 3,
        }),
      true,
    )
    await inTransaction((tx) => publish(tx, { application: uid, eventType: 'a', payload }), true)
    await receiver.arrived(1, ({ body }) => body === payload)
    expect(await running.svix.message.get(appId, id)).toMatchObject({ ...fields, eventId, deliverAt, id })
  })

  test('a bad call rejects with the error of the database', async () => {
    const bad = { application: 'nobody', eventType: 'order.placed', payload: {} }
    const failure = await inTransaction((tx) => publish(tx, bad), true)
      .then(() => null)
      .catch((error: unknown) => error as Error)
    const shown = [failure, failure?.cause].map(String).join(' ')
    expect(shown).toContain(`application is 'nobody', but must be the id or uid of an application`)
  })
})
