import { isId } from '#core/ids.ts'
import {
  directoryOfTest,
  killed,
  killableToken,
  type KillableServer,
  startKillable,
} from '#test/support/killable-server.ts'
import { createHookedApplication } from '#test/support/load.ts'
import { type Arrival, messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { start } from '#test/support/start-app.ts'
import { type OutboxScene, startOutbox, uid } from '#test/support/start-outbox.ts'
import { createDatabase, declareAllDead } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let scene: OutboxScene
beforeAll(async () => {
  scene = await startOutbox()
})
afterAll(() => scene[Symbol.asyncDispose]())

const numberIn = ({ body }: Arrival): number => (JSON.parse(body) as { readonly n: number }).n

/** Of a payload that names the test and a number. */
const isOf =
  (name: string) =>
  ({ body }: Arrival): boolean =>
    (JSON.parse(body) as { readonly test?: string }).test === name

const publishing = (name: string, n: number, more = ''): string =>
  `select posthorn.publish('${uid}', 'counted', '{"test":"${name}","n":${n}}'${more}) as id`

/** Once everything that is committed has been relayed. */
async function isEmpty(client: pg.Client): Promise<void> {
  await until(async () => (await client.query('select from posthorn.outbox limit 1')).rowCount === 0)
}

describe('an event of a transaction', () => {
  test('arrives with the bytes it was given, and is a message like any other', async () => {
    const { client, receiver, running, appId } = scene
    const payload = '{ "z" : 12345678901234567890,\t"a":1.0, "a": 2, "é": "\\u00e9🎺\\ud83d" }'
    const { rows } = await client.query<{ id: string }>(
      `select posthorn.publish($1, 'outbox.bytes', $2, event_id => 'bytes-1', channels => '{north,"a:b"}',
        tags => '{x/y}', deliver_at => '2020-01-01') as id`,
      [appId, payload],
    )
    const id = rows[0]?.id ?? ''
    const [arrival] = await receiver.arrived(1, (each) => messageIdOf(each) === id)
    expect(arrival?.body).toBe(payload)
    expect(await running.svix.message.get(appId, 'bytes-1')).toMatchObject({
      id,
      eventType: 'outbox.bytes',
      eventId: 'bytes-1',
      channels: ['north', 'a:b'],
      tags: ['x/y'],
    })
  })

  test('has an id as those of requests, that tells its time', async () => {
    const before = Date.now()
    const { rows } = await scene.client.query<{ id: string }>(
      `select posthorn.publish('${uid}', 'ids', '{}') as id from generate_series(1, 200)`,
    )
    const after = Date.now()
    const ids = rows.map(({ id }) => id)
    expect(new Set(ids).size).toBe(200)
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    for (const id of ids) {
      expect(isId('msg_', id)).toBe(true)
      const value = id
        .slice(4)
        .split('')
        .reduce((sum, each) => sum * 62n + BigInt(alphabet.indexOf(each)), 0n)
      const at = Number(value >> 120n) * 4 + 1_400_000_000_000
      expect(at).toBeGreaterThan(before - 10)
      expect(at).toBeLessThan(after + 10)
    }
  })

  test('is not announced where the transaction rolls back, in whole or to a savepoint', async () => {
    const { client, receiver } = scene
    await client.query(`begin; ${publishing('rollback', 1)}; rollback`)
    await client.query(
      `begin; ${publishing('rollback', 2)}; savepoint s; ${publishing('rollback', 3)}; rollback to s; commit`,
    )
    await client.query(publishing('rollback', 4))
    const arrivals = await receiver.arrived(2, isOf('rollback'))
    await isEmpty(client)
    expect(new Set(arrivals.map(numberIn))).toEqual(new Set([2, 4]))
  })

  test('is found without a notice, too', async () => {
    const { client, receiver } = scene
    await client.query(`begin; set local posthorn.notify = off; ${publishing('silent', 1)}; commit`)
    await receiver.arrived(1, isOf('silent'))
  })

  test('waits until its deliver_at', async () => {
    const { client, running, appId } = scene
    const deliverAt = new Date(Date.now() + 3_600_000)
    const { rows } = await client.query<{ id: string }>(publishing('later', 1, `, deliver_at => $1`), [
      deliverAt.toISOString(),
    ])
    await isEmpty(client)
    expect(await running.svix.message.get(appId, rows[0]?.id ?? '')).toMatchObject({ deliverAt })
    expect(scene.receiver.arrivals.filter(isOf('later'))).toEqual([])
  })

  test('with an event id that is taken announces nothing, in one transaction or another', async () => {
    const { client, receiver } = scene
    const named = (n: number): string => publishing('named', n, `, event_id => 'only-once'`)
    await client.query(`begin; ${named(1)}; ${named(2)}; commit`)
    await receiver.arrived(1, isOf('named'))
    await client.query(`begin; ${named(3)}; ${publishing('named', 4)}; commit`)
    const arrivals = await receiver.arrived(2, isOf('named'))
    await isEmpty(client)
    expect(arrivals.map(numberIn)).toEqual([1, 4])
  })

  test('and a request with the same event id, at the same moment, make one message', async () => {
    const { client, running, appId, receiver } = scene
    const ids = Array.from({ length: 200 }, (_, n) => n)
    const request = async (n: number): Promise<boolean> =>
      await running.svix.message
        .create(appId, { eventType: 'raced', eventId: `raced-${n}`, payload: { test: 'raced', n } })
        .then(() => true)
        .catch((error: { readonly code?: number }) => {
          expect(error.code).toBe(409)
          return false
        })
    const requests: Promise<boolean>[] = []
    for (const n of ids) {
      requests.push(request(n))
      await client.query(publishing('raced', n, `, event_id => 'raced-${n}'`))
    }
    await Promise.all(requests)
    const arrivals = await receiver.arrived(ids.length, isOf('raced'))
    await isEmpty(client)
    expect(arrivals.map(numberIn).sort((a, b) => a - b)).toEqual(ids)
    expect(receiver.arrivals.filter(isOf('raced'))).toHaveLength(ids.length)
  })

  test('that commits after an endpoint was created reaches the endpoint', async () => {
    const { client, running, appId } = scene
    await using other = await startReceiver()
    await client.query(publishing('endpoint', 1))
    await scene.receiver.arrived(1, isOf('endpoint'))
    await client.query(`begin; ${publishing('endpoint', 2)}`)
    const { id } = await running.svix.endpoint.create(appId, { url: other.url })
    await client.query('commit')
    const arrivals = await other.arrived(1)
    expect(arrivals.map(numberIn)).toEqual([2])
    await running.svix.endpoint.delete(appId, id)
  })

  test('for an application that is deleted before the commit is dropped, and holds up no other', async () => {
    const { client, running, receiver } = scene
    await running.svix.application.create({ name: 'Brief', uid: 'brief' })
    await client.query(`begin; select posthorn.publish('brief', 'a', '{}'); ${publishing('gone', 1)}`)
    await running.svix.application.delete('brief')
    await client.query('commit')
    await receiver.arrived(1, isOf('gone'))
    await isEmpty(client)
  })

  test('reaches more endpoints than one transaction makes deliveries for', async () => {
    const { client, running } = scene
    await using many = await startReceiver()
    const { id } = await running.svix.application.create({ name: 'Many', uid: 'many' })
    const paths = Array.from({ length: 100 }, (_, n) => `/${n}`)
    for (const path of paths) await running.svix.endpoint.create(id, { url: `${many.url}${path}` })
    await client.query(`select posthorn.publish('many', 'a', '{"n":1}')`)
    const arrivals = await many.arrived(100)
    expect(new Set(arrivals.map(({ path }) => path))).toEqual(new Set(paths))
  })
})

describe('a call that cannot be right', () => {
  test.each([
    [`'nobody', 'a', '{}'`, 'P0002', `application is 'nobody', but must be the id or uid of an application`],
    [`null, 'a', '{}'`, 'P0002', 'application is null'],
    [`'ada', 'a', '{}', organisation => 'org_x'`, 'P0002', `an application of 'org_x'`],
    [`'ada', 'a b', '{}'`, '22023', `event_type is 'a b', but must be 1 to 256 characters out of`],
    [`'ada', repeat('a', 257), '{}'`, '22023', 'event_type is'],
    [`'ada', E'a\\n', '{}'`, '22023', 'event_type is'],
    [`'ada', null, '{}'`, '22023', 'event_type is null'],
    [`'ada', 'a', '[1]'`, '22023', `payload is '[1]', but must be a JSON object`],
    [`'ada', 'a', null`, '22023', 'payload is null'],
    [`'ada', 'a', '{'`, '22P02', 'invalid input syntax for type json'],
    [
      `'ada', 'a', json_build_object('a', repeat('x', 1048576))`,
      '22023',
      'but must be a text of at most 1048576 bytes',
    ],
    [`'ada', 'a', '{}', event_id => ''`, '22023', `event_id is ''`],
    [`'ada', 'a', '{}', channels => '{}'`, '22023', `channels is '{}', but must be null or 1 to 10 texts`],
    [`'ada', 'a', '{}', channels => '{a,a}'`, '22023', 'must be texts that all differ'],
    [`'ada', 'a', '{}', channels => '{a b}'`, '22023', 'must be texts of 1 to 128 characters out of'],
    [`'ada', 'a', '{}', channels => '{a,null}'`, '22023', 'channels is'],
    [`'ada', 'a', '{}', channels => '{{a,b},{c,d}}'`, '22023', 'must be one list of texts, not several'],
    [`'ada', 'a', '{}', tags => '{{a}}'`, '22023', 'must be one list of texts, not several'],
    [`'ada', 'a', '{}', tags => '{null}'`, '22023', 'tags is'],
    [
      `'ada', 'a', '{}', channels => array(select 'c' || n from generate_series(1, 11) n)`,
      '22023',
      'at most 10',
    ],
    [`'ada', 'a', '{}', tags => '{1,2,3,4,5,6}'`, '22023', 'at most 5 texts'],
    [`'ada', 'a', '{}', deliver_at => now() + interval '91 days'`, '22023', 'at most 90 days ahead'],
    [
      `'ada', 'a', '{}', payload_retention_days => 0`,
      '22023',
      `payload_retention_days is '0', but must be 1 to 90`,
    ],
  ])('publish(%s) is refused with %s in its own transaction', async (args, code, message) => {
    const failure = await scene.client
      .query(`select posthorn.publish(${args})`)
      .then(() => null)
      .catch((error: unknown) => error as pg.DatabaseError)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string })
  })

  test('with a payload beyond 64 MiB is refused, whatever limit the caller has set', async () => {
    const { client } = scene
    await client.query(`set posthorn.max_payload_bytes = 999999999999`)
    const sized = (bytes: number): Promise<unknown> =>
      client.query(`select posthorn.publish('ada', 'a', json_build_object('a', repeat('x', ${bytes})))`)
    try {
      await expect(sized(67_108_864)).rejects.toMatchObject({
        code: '22023',
        message: expect.stringContaining('at most 67108864 bytes') as string,
      })
    } finally {
      await client.query('reset posthorn.max_payload_bytes')
    }
  })

  test('by a uid of several organisations asks for the organisation', async () => {
    const { client, receiver, appId } = scene
    const shared = `insert into posthorn.application (org_id, id, uid, name, metadata, created_at, updated_at, version)
      values ('org_other', 'app_other', '${uid}', 'Other', '{}', 0, 0, 1)`
    await client.query(shared)
    await expect(client.query(publishing('organisation', 1))).rejects.toMatchObject({
      code: '22023',
      message: expect.stringContaining('organisations: organisation is needed') as string,
    })
    const { rows } = await client.query<{ org_id: string }>(
      'select org_id from posthorn.application where id = $1',
      [appId],
    )
    await client.query(publishing('organisation', 2, `, organisation => '${rows[0]?.org_id}'`))
    await receiver.arrived(1, isOf('organisation'))
    await client.query(`delete from posthorn.application where id = 'app_other'`)
  })
})

test('a role with no more than the documented grants can publish, and can read nothing of Posthorn', async () => {
  const { client, receiver, connect } = scene
  const role = `shop_${process.pid}`
  const user = await connect()
  await client.query(`create role ${role}`)
  try {
    await user.query(`set role ${role}`)
    await expect(user.query(publishing('role', 1))).rejects.toMatchObject({ code: '42501' })
    await client.query(`grant usage on schema posthorn to ${role}`)
    await expect(user.query(publishing('role', 2))).rejects.toMatchObject({ code: '42501' })
    await client.query(`grant execute on function posthorn.publish to ${role}`)
    await user.query(publishing('role', 3))
    const arrivals = await receiver.arrived(1, isOf('role'))
    expect(arrivals.map(numberIn)).toEqual([3])
    for (const table of ['outbox', 'application', 'message']) {
      await expect(user.query(`select from posthorn.${table}`)).rejects.toMatchObject({ code: '42501' })
    }
  } finally {
    await client.query(`drop owned by ${role}; drop role ${role}`)
  }
})

test(
  '10,000 commits of eight connections, and 100 rollbacks, announce 10,000 events, each once',
  { timeout: 90_000 },
  async () => {
    const { client, receiver, connect } = scene
    await client.query('create table counted (n integer primary key)')
    const total = 10_100
    let next = 0
    const connections = await Promise.all(Array.from({ length: 8 }, () => connect()))
    await Promise.all(
      connections.map(async (each) => {
        for (let n = next++; n < total; n = next++) {
          const ending = n % 101 === 7 ? 'rollback' : 'commit'
          await each.query(`begin; insert into counted values (${n}); ${publishing('many', n)}; ${ending}`)
        }
      }),
    )
    const { rows } = await client.query<{ n: number }>('select n from counted order by n')
    expect(rows).toHaveLength(10_000)
    const arrivals = await receiver.arrived(rows.length, isOf('many'))
    await isEmpty(client)
    expect(arrivals).toHaveLength(rows.length)
    expect(arrivals.map(numberIn).sort((a, b) => a - b)).toEqual(rows.map(({ n }) => n))
    expect(new Set(arrivals.map(messageIdOf)).size).toBe(rows.length)
  },
)

test('two nodes on one database announce each event once', async () => {
  const { client, receiver, running, databaseUrl } = scene
  await using second = await start({
    env: { POSTHORN_DATABASE_URL: databaseUrl },
    dataDir: running.config.dataDir,
  })
  expect(second.url).not.toBe(running.url)
  for (let n = 0; n < 500; n++) await client.query(publishing('nodes', n))
  const arrivals = await receiver.arrived(500, isOf('nodes'))
  await isEmpty(client)
  expect(new Set(arrivals.map(numberIn)).size).toBe(500)
  expect(new Set(arrivals.map(messageIdOf)).size).toBe(500)
})

describe('a server that is killed', () => {
  const events = 300

  test.each([
    ['right after the commits', null],
    ['before the commit of what it relays', { point: 'before-commit', visits: 1 }],
    ['after the commit of what it relays', { point: 'after-commit', visits: 1 }],
  ] as const)('%s loses no event and doubles none', { timeout: 60_000 }, async (_, crashAt) => {
    await using database = await createDatabase()
    await using receiver = await startReceiver()
    const dataDir = directoryOfTest()
    const env = { POSTHORN_DATABASE_URL: database.url }
    const token = await killableToken()
    const serve = async (options = {}): Promise<KillableServer> => {
      const server = startKillable(dataDir, { env, ...options })
      await server.url
      return server
    }
    const first = await serve()
    const appId = await createHookedApplication((await first.url) ?? '', token, receiver.url)
    await first.kill('SIGTERM')

    const victim = await serve(crashAt === null ? {} : { crashAt })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    // One transaction of many and many of one.
    await client.query(
      `select posthorn.publish('${appId}', 'a', json_build_object('n', n)) from generate_series(1, ${events / 2}) n`,
    )
    for (let n = events / 2 + 1; n <= events; n++) {
      await client.query(`select posthorn.publish('${appId}', 'a', '{"n":${n}}')`)
    }
    if (crashAt === null) await victim.kill('SIGKILL')
    expect(await victim.ended).toEqual(killed)
    await declareAllDead(database.url)

    await serve()
    const found = async (): Promise<boolean> => new Set(receiver.arrivals.map(numberIn)).size === events
    await until(found)
    await isEmpty(client)
    expect(new Set(receiver.arrivals.map(messageIdOf)).size).toBe(events)
    const { rows } = await client.query('select id from posthorn.message')
    expect(rows).toHaveLength(events)
    await client.end()
  })
})
