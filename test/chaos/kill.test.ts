import type { CrashPoint } from '#lib/crash-point.ts'
import { callApi } from '#test/support/call-api.ts'
import {
  type KillableServer,
  killed,
  killableToken,
  startKillable,
  stopped,
  directoryOfTest,
} from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, expect, test } from 'vitest'

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

let token: string
beforeAll(async () => {
  token = await killableToken()
})

test(
  'nothing that was accepted is lost by 24 deaths of the server, and every duplicate is explained by one',
  { timeout: 120_000 },
  async () => {
    const dataDir = directoryOfTest()
    await using receiver = await startReceiver()
    const load = new Load(token)
    let appId = ''

    const live = async (server: KillableServer, afterMs: number | null): Promise<void> => {
      const url = await server.url
      if (url !== null && appId === '') appId = await createHookedApplication(url, token, receiver.url)
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
    await load.settle(url)
    expect(load.accepted.size).toBeGreaterThan(200)
    // One message for each key, however often it was asked for and whoever died meanwhile.
    expect([...load.accepted].filter(([, ids]) => ids.size !== 1)).toEqual([])
    const accepted = new Set([...load.accepted.values()].flatMap((ids) => [...ids]))
    await until(async () => {
      const arrived = new Set(receiver.arrivals.map(messageIdOf))
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return [...accepted].every((id) => arrived.has(id)) && /^posthorn_deliveries_pending 0$/m.test(metrics)
    })
    expect([...new Set(receiver.arrivals.map(messageIdOf))].filter((id) => !accepted.has(id))).toEqual([])
    for (const arrival of receiver.arrivals) {
      const { n } = JSON.parse(arrival.body) as { n: number }
      expect(load.accepted.get(n)?.has(messageIdOf(arrival))).toBe(true)
    }

    const counts = Map.groupBy(receiver.arrivals, messageIdOf)
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
    expect(await last.kill('SIGTERM')).toEqual(stopped)
  },
)

test('a server that is asked to stop hands back what waits, and the next one goes on without a duplicate', async () => {
  const dataDir = directoryOfTest()
  await using receiver = await startReceiver()
  const load = new Load(token)
  const first = startKillable(dataDir)
  const url = (await first.url) ?? ''
  const appId = await createHookedApplication(url, token, receiver.url)
  let isOver = false
  const running = Array.from({ length: publishers }, () => load.publishUntil({ url, appId }, () => isOver))
  await receiver.arrived(100)
  const stopping = first.kill('SIGTERM')
  isOver = true
  expect(await stopping).toEqual(stopped)
  await Promise.all(running)
  const second = startKillable(dataDir)
  await load.settle((await second.url) ?? '')
  const accepted = [...load.accepted.values()].flatMap((ids) => [...ids])
  await until(() => {
    const arrived = new Set(receiver.arrivals.map(messageIdOf))
    return Promise.resolve(accepted.every((id) => arrived.has(id)))
  })
  expect(await second.kill('SIGTERM')).toEqual(stopped)
  expect(receiver.arrivals).toHaveLength(new Set(receiver.arrivals.map(messageIdOf)).size)
})
