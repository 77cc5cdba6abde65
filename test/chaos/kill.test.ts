import { rmSync } from 'node:fs'
import type { CrashPoint } from '#lib/crash-point.ts'
import { callApi } from '#test/support/call-api.ts'
import { type Ending, type KillableServer, killableToken, startKillable } from '#test/support/killable-server.ts'
import { type Arrival, startReceiver } from '#test/support/receiver.ts'
import { temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

const randomKills = 14
const pointKills: readonly { readonly point: CrashPoint; readonly visits: number }[] = [
  { point: 'in-migration', visits: 1 },
  { point: 'before-commit', visits: 30 },
  { point: 'after-commit', visits: 30 },
  { point: 'after-send', visits: 40 },
  { point: 'before-record', visits: 5 },
  { point: 'after-record', visits: 5 },
  { point: 'in-recovery', visits: 1 },
  { point: 'after-commit', visits: 60 },
  { point: 'after-send', visits: 5 },
  { point: 'in-recovery', visits: 1 },
]
const publishers = 12
const killed: Ending = { code: null, signal: 'SIGKILL' }

let token: string
beforeAll(async () => {
  token = await killableToken()
})
const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

interface Application {
  readonly url: string
  readonly appId: string
}

async function createApplication(url: string, hook: string): Promise<string> {
  const { text } = await callApi(url, token, 'POST', '/app', { name: 'Chaos' })
  const { id } = JSON.parse(text) as { id: string }
  expect((await callApi(url, token, 'POST', `/app/${id}/endpoint`, { url: hook })).status).toBe(201)
  return id
}

/**
 * A publisher as SDKs make one: what got no answer is asked for again with the same idempotency key, at the next server
 * if need be.
 */
class Load {
  /** Ids of what was answered by 202, by number. */
  readonly accepted = new Map<number, Set<string>>()
  readonly #inDoubt: number[] = []
  #count = 0

  /** Until it is told to stop or the server is gone. */
  async publishUntil(at: Application, isOver: () => boolean): Promise<void> {
    while (!isOver()) if (!(await this.#publish(at, this.#inDoubt.pop() ?? this.#count++))) return
  }

  /** What no server has answered yet. */
  async settle(at: Application): Promise<void> {
    while (this.#inDoubt.length > 0) await this.#publish(at, this.#inDoubt.pop() ?? -1)
  }

  async #publish({ url, appId }: Application, n: number): Promise<boolean> {
    const body = { eventType: 'load', payload: { n } }
    const headers = { 'idempotency-key': `load-${n}` }
    try {
      const { status, text } = await callApi(url, token, 'POST', `/app/${appId}/msg`, body, headers)
      expect(status, text).toBe(202)
      const ids = this.accepted.get(n) ?? new Set()
      this.accepted.set(n, ids.add((JSON.parse(text) as { id: string }).id))
      return true
    } catch (error) {
      // The server is gone, and what it did not answer may have been stored or not.
      if (!(error instanceof TypeError)) throw error
      this.#inDoubt.push(n)
      return false
    }
  }
}

function idOf({ headers }: Arrival): string {
  return String(headers['webhook-id'])
}

test(
  'nothing that was accepted is lost by 24 deaths of the server, and every duplicate is explained by one',
  { timeout: 120_000 },
  async () => {
    const dataDir = temporaryDirectory()
    directories.push(dataDir)
    await using receiver = await startReceiver()
    const load = new Load()
    let appId = ''

    const live = async (server: KillableServer, afterMs: number | null): Promise<void> => {
      const url = await server.url
      if (url !== null && appId === '') appId = await createApplication(url, receiver.url)
      let isOver = false
      void server.ended.then(() => (isOver = true))
      const running =
        url === null
          ? []
          : Array.from({ length: publishers }, () => load.publishUntil({ url, appId }, () => isOver))
      // A process that is to die at a point of its own is awaited; at random moments it is killed from here.
      if (afterMs !== null) {
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        await server.kill('SIGKILL')
      }
      expect(await server.ended).toEqual(killed)
      await Promise.all(running)
    }

    for (const crashAt of pointKills.slice(0, 6)) await live(startKillable(dataDir, { crashAt }), null)
    for (let round = 0; round < randomKills; round++)
      await live(startKillable(dataDir), 20 + Math.random() * 250)
    for (const crashAt of pointKills.slice(6)) await live(startKillable(dataDir, { crashAt }), null)

    const last = startKillable(dataDir)
    const url = (await last.url) ?? ''
    await load.settle({ url, appId })
    expect(load.accepted.size).toBeGreaterThan(200)
    // One message for each key, however often it was asked for and whoever died meanwhile.
    expect([...load.accepted].filter(([, ids]) => ids.size !== 1)).toEqual([])
    const accepted = new Set([...load.accepted.values()].flatMap((ids) => [...ids]))
    await until(async () => {
      const arrived = new Set(receiver.arrivals.map(idOf))
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return (
        [...accepted].every((id) => arrived.has(id)) && /^posthorn_deliveries_pending 0$/m.test(metrics)
      )
    })
    expect([...new Set(receiver.arrivals.map(idOf))].filter((id) => !accepted.has(id))).toEqual([])
    for (const arrival of receiver.arrivals) {
      const { n } = JSON.parse(arrival.body) as { n: number }
      expect(load.accepted.get(n)?.has(idOf(arrival))).toBe(true)
    }

    const counts = Map.groupBy(receiver.arrivals, idOf)
    const repeated = [...counts].filter(([, all]) => all.length > 1)
    // Deaths after sending leave at least these.
    expect(repeated.length).toBeGreaterThan(0)
    for (const [id, all] of repeated) {
      const { text } = await callApi(url, token, 'GET', `/app/${appId}/attempt/msg/${id}`)
      const { data } = JSON.parse(text) as {
        data: readonly { readonly response: string; readonly statusText: string }[]
      }
      const interrupted = data.filter(({ response }) =>
        response.startsWith('the server died with this delivery in hand'),
      )
      expect(interrupted.every(({ statusText }) => statusText === 'fail')).toBe(true)
      expect(all.length - 1, `${id} arrived ${all.length} times`).toBeLessThanOrEqual(interrupted.length)
    }
    expect(await last.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  },
)

test('a server that is asked to stop hands back what waits, and the next one goes on without a duplicate', async () => {
  const dataDir = temporaryDirectory()
  directories.push(dataDir)
  await using receiver = await startReceiver()
  const load = new Load()
  const first = startKillable(dataDir)
  const url = (await first.url) ?? ''
  const appId = await createApplication(url, receiver.url)
  let isOver = false
  const running = Array.from({ length: publishers }, () => load.publishUntil({ url, appId }, () => isOver))
  await receiver.arrived(100)
  const stopped = first.kill('SIGTERM')
  isOver = true
  expect(await stopped).toEqual({ code: 0, signal: null })
  await Promise.all(running)
  const second = startKillable(dataDir)
  await load.settle({ url: (await second.url) ?? '', appId })
  const accepted = [...load.accepted.values()].flatMap((ids) => [...ids])
  await until(() => {
    const arrived = new Set(receiver.arrivals.map(idOf))
    return Promise.resolve(accepted.every((id) => arrived.has(id)))
  })
  expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(receiver.arrivals).toHaveLength(new Set(receiver.arrivals.map(idOf)).size)
})

test('a message at which the server dies again and again is held back at the sixth death, alone', async () => {
  const dataDir = temporaryDirectory()
  directories.push(dataDir)
  await using receiver = await startReceiver()
  let at: Application | null = null
  let poison = ''
  const publish = async (n: number): Promise<string> => {
    const { text } = await callApi(at?.url ?? '', token, 'POST', `/app/${at?.appId}/msg`, {
      eventType: 'a',
      payload: { n },
    })
    return (JSON.parse(text) as { id: string }).id
  }
  const deaths = 6
  for (let death = 1; death <= deaths; death++) {
    const server = startKillable(dataDir, { crashAt: { point: 'after-send', visits: 1 } })
    const url = await server.url
    if (at === null && url !== null) {
      at = { url, appId: await createApplication(url, receiver.url) }
      poison = await publish(0).catch(() => '')
    }
    expect(await server.ended).toEqual(killed)
  }
  expect(receiver.arrivals).toHaveLength(deaths)
  poison ||= idOf(receiver.arrivals[0] as Arrival)

  const last = startKillable(dataDir)
  at = { url: (await last.url) ?? '', appId: at?.appId ?? '' }
  const healthy = await publish(1)
  await receiver.arrived(1, (arrival) => idOf(arrival) === healthy)
  const { text } = await callApi(at.url, token, 'GET', `/app/${at.appId}/attempt/msg/${poison}`)
  const responses = (JSON.parse(text) as { data: readonly { readonly response: string }[] }).data.map(
    ({ response }) => response.split(':', 1)[0],
  )
  expect(responses).toHaveLength(deaths)
  expect(responses[0]).toBe('held back')
  expect(receiver.arrivals.filter((arrival) => idOf(arrival) === poison)).toHaveLength(deaths)
  // By hand it goes out.
  const { data } = JSON.parse((await callApi(at.url, token, 'GET', `/app/${at.appId}/endpoint`)).text) as {
    data: readonly { readonly id: string }[]
  }
  const resend = `/app/${at.appId}/msg/${poison}/endpoint/${data[0]?.id}/resend`
  expect((await callApi(at.url, token, 'POST', resend)).status).toBe(202)
  await receiver.arrived(deaths + 1, (arrival) => idOf(arrival) === poison)
  await last.kill('SIGTERM')
})
