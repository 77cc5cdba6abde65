import pg from 'pg'
import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import { type Ending, type KillableServer, killableToken, stopped } from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { type PostgresServer, startPostgres } from '#test/support/postgres-server.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, describe, expect, test } from 'vitest'

/** Rounds of disturbance: a few by default, more where CHAOS_ROUNDS says so. */
const rounds = Number(process.env.CHAOS_ROUNDS ?? 10)
const roundMs = 1_500
const publishers = 12
const applications = 6
const lease = { POSTHORN_LEASE_MS: '3000' }

let token: string
beforeAll(async () => {
  token = await killableToken()
})

/** A node that comes back whenever it ends, and everything that can be done to it. */
class Seat {
  readonly #start: () => KillableServer
  #server: KillableServer
  url: string | null = null
  isFrozen = false
  /** Of those that were asked to stop, and of those that were not. */
  readonly endings: Ending[] = []
  readonly unexpected: Ending[] = []
  #isEnding = false

  constructor(start: () => KillableServer) {
    this.#start = start
    this.#server = start()
    void this.#settle()
  }

  async #settle(): Promise<void> {
    const server = this.#server
    this.url = await server.url
    // One that ends without being asked to has a fault.
    void server.ended.then((ending) => {
      if (this.#server === server && !this.#isEnding) this.unexpected.push(ending)
    })
  }

  async ready(): Promise<string> {
    return await until(async () => {
      if (this.url === null) return null
      const { status } = await fetch(`${this.url}/health/ready`).catch(() => ({ status: 0 }))
      return status === 200 && this.url
    })
  }

  async kill(): Promise<void> {
    await this.#endBy('SIGKILL')
  }

  async stop(): Promise<void> {
    this.endings.push(await this.#endBy('SIGTERM'))
  }

  async #endBy(signal: 'SIGKILL' | 'SIGTERM'): Promise<Ending> {
    this.url = null
    this.#isEnding = true
    const ending = await this.#server.kill(signal)
    this.#server = this.#start()
    this.#isEnding = false
    await this.#settle()
    return ending
  }

  freeze(): void {
    this.isFrozen = true
    this.#server.freeze()
  }

  thaw(): void {
    this.#server.thaw()
    this.isFrozen = false
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.endings.push(await this.#server.kill('SIGTERM'))
  }
}

async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like 'posthorn%' and pid <> pg_backend_pid()`,
  )
  await client.end()
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

type Disturbance = 'kill' | 'stop' | 'freeze' | 'restart database' | 'crash database' | 'cut connections'
const disturbances: readonly Disturbance[] = [
  'kill',
  'freeze',
  'cut connections',
  'restart database',
  'stop',
  'crash database',
]

async function disturb(what: Disturbance, seat: Seat, database: PostgresServer): Promise<void> {
  switch (what) {
    case 'kill':
      return await seat.kill()
    case 'stop':
      return await seat.stop()
    case 'freeze':
      // For longer than the lease: its lanes are taken over, and then it wakes.
      seat.freeze()
      await wait(5_000)
      seat.thaw()
      return
    case 'restart database':
    case 'crash database':
      await database.stop(what === 'restart database' ? 'fast' : 'immediate')
      await wait(300)
      return await database.start()
    case 'cut connections':
      return await cutConnections(database.url)
  }
}

describe('three nodes on one database', () => {
  test(
    'lose nothing that was accepted, whatever happens to them and to it, and every duplicate is explained',
    { timeout: 120_000 + rounds * 12_000 },
    async () => {
      await using database = await startPostgres({ fsync: false })
      await using receiver = await startReceiver(async () => {
        await wait(Math.random() * 10)
        return { status: 204 }
      })
      const cluster = await createCluster({ url: database.url, env: lease })
      const seats = [0, 1, 2].map(() => new Seat(() => cluster.startNode()))
      const [first = ''] = await Promise.all(seats.map((seat) => seat.ready()))
      const appIds: string[] = []
      for (let n = 0; n < applications; n++) {
        appIds.push(await createHookedApplication(first, token, receiver.url))
      }
      const load = new Load(token, { toleratesRefusals: true })
      const over = new AbortController()
      const publisher = async (index: number): Promise<void> => {
        const appId = appIds[index % applications] as string
        for (let turn = index; !over.signal.aborted; turn++) {
          const seat = seats[turn % seats.length] as Seat
          if (seat.url === null || seat.isFrozen) await wait(5)
          else await load.publishOne({ url: seat.url, appId })
        }
      }
      const running = Array.from({ length: publishers }, (_, index) => publisher(index))
      for (let round = 0; round < rounds; round++) {
        await wait(roundMs * Math.random())
        const what = disturbances[round % disturbances.length] as Disturbance
        await disturb(what, seats[Math.floor(Math.random() * seats.length)] as Seat, database)
      }
      expect(seats.flatMap(({ unexpected }) => unexpected)).toEqual([])
      over.abort()
      await Promise.all(running)
      const urls = await Promise.all(seats.map((seat) => seat.ready()))
      await load.settle(...urls)
      expect(load.accepted.size).toBeGreaterThan(200)
      expect([...load.accepted].filter(([, ids]) => ids.size !== 1)).toEqual([])

      const accepted = new Set([...load.accepted.values()].flatMap((ids) => [...ids]))
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      const rows = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows
      await until(async () => {
        const arrived = new Set(receiver.arrivals.map(messageIdOf))
        const [left] = await rows<{ count: number }>('select count(*)::int as count from posthorn.delivery')
        return left?.count === 0 && [...accepted].every((id) => arrived.has(id))
      })
      expect([...new Set(receiver.arrivals.map(messageIdOf))].filter((id) => !accepted.has(id))).toEqual([])

      const attempts = await rows<{ id: string; succeeded: number; interrupted: number; total: number }>(
        `select m.id, count(*) filter (where t.status = 0)::int as succeeded,
           count(*) filter (where t.status = 5)::int as interrupted, count(*)::int as total
         from posthorn.message m join posthorn.attempt t on t.app_id = m.app_id and t.message_seq = m.seq
         group by m.id`,
      )
      await client.end()
      const arrivals = Map.groupBy(receiver.arrivals, messageIdOf)
      for (const { id, succeeded, interrupted, total } of attempts) {
        const times = arrivals.get(id)?.length ?? 0
        const story = `${id}: arrived ${times} times, ${succeeded} successes, ${interrupted} interruptions of ${total}`
        // One attempt is recorded as the one that delivered it; what arrived beside it was in a dead node's hands.
        expect(succeeded, story).toBe(1)
        expect(times, story).toBeGreaterThanOrEqual(1)
        expect(times - 1, story).toBeLessThanOrEqual(total - 1)
      }
      expect(attempts.map(({ id }) => id).toSorted()).toEqual([...accepted].toSorted())
      for (const seat of seats) await seat.end()
      const endings = seats.flatMap((seat) => seat.endings)
      expect(endings).toEqual(endings.map(() => stopped))
    },
  )

  test(
    'an endpoint that is created at one of them gets the next message published at another, a thousand times',
    { timeout: 120_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const nodes = [cluster.startNode(), cluster.startNode(), cluster.startNode()]
      const urls = (await Promise.all(nodes.map(({ url }) => url))) as readonly string[]
      const { text } = await callApi(urls[0] as string, token, 'POST', '/app', { name: 'Fresh' })
      const { id: appId } = JSON.parse(text) as { readonly id: string }
      const times = 1_000
      let next = 0
      const worker = async (): Promise<void> => {
        for (let n = next++; n < times; n = next++) {
          const [here, there] = [urls[n % 3], urls[(n + 1 + (n % 2)) % 3]] as [string, string]
          const endpoint = { url: `${receiver.url}/${n}`, channels: [`c${n}`] }
          const created = await callApi(here, token, 'POST', `/app/${appId}/endpoint`, endpoint)
          expect(created.status).toBe(201)
          const message = { eventType: 'fresh', payload: { n }, channels: [`c${n}`] }
          expect((await callApi(there, token, 'POST', `/app/${appId}/msg`, message)).status).toBe(202)
        }
      }
      await Promise.all(Array.from({ length: 8 }, worker))
      const arrivals = await receiver.arrived(times)
      expect(new Set(arrivals.map(({ path }) => path)).size).toBe(times)
      expect(arrivals).toHaveLength(times)
    },
  )
})
