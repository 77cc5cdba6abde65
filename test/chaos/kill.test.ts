import { rmSync } from 'node:fs'
import { signOrganisationToken } from '#api/tokens.ts'
import { jwtKeysOf } from '#config/jwt-keys.ts'
import type { CrashPoint } from '#lib/crash-point.ts'
import { jwtSecret, type KillableServer, startKillable } from '#test/support/killable-server.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { organisation, temporaryDirectory } from '#test/support/start-app.ts'
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

let token: string
beforeAll(async () => {
  token = await signOrganisationToken(jwtKeysOf('HS256', jwtSecret), organisation, Date.now())
})
const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

/** Publishes until it is told to stop or the server is gone; remembers what was answered by 2xx. */
async function publishUntil(
  url: string,
  appId: string,
  accepted: Set<string>,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    try {
      const { status, text } = await call(url, 'POST', `/app/${appId}/msg`, {
        eventType: 'load',
        payload: { at: Date.now() },
      })
      if (status === 202) accepted.add((JSON.parse(text) as { id: string }).id)
    } catch {
      // The server died: what it did not answer was not accepted.
      return
    }
  }
}

test(
  'nothing that was accepted is lost by 24 deaths of the server, and every duplicate is explained by one',
  { timeout: 120_000 },
  async () => {
    const dataDir = temporaryDirectory()
    directories.push(dataDir)
    await using receiver = await startReceiver()
    const accepted = new Set<string>()
    let appId = ''
    let deaths = 0

    const live = async (server: KillableServer, afterMs: number | null): Promise<void> => {
      const url = await server.url
      if (url !== null && appId === '') {
        appId = (JSON.parse((await call(url, 'POST', '/app', { name: 'Chaos' })).text) as { id: string }).id
        await call(url, 'POST', `/app/${appId}/endpoint`, { url: receiver.url })
      }
      let isOver = false
      void server.ended.then(() => (isOver = true))
      const load =
        url === null
          ? []
          : Array.from({ length: publishers }, () => publishUntil(url, appId, accepted, () => isOver))
      // A process that kills itself is awaited; the random ones are the test's own doing.
      if (afterMs !== null) {
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        await server.kill('SIGKILL')
      }
      await server.ended
      await Promise.all(load)
      deaths++
    }

    for (const crashAt of pointKills.slice(0, 6)) await live(startKillable(dataDir, { crashAt }), null)
    for (let round = 0; round < randomKills; round++)
      await live(startKillable(dataDir), 20 + Math.random() * 250)
    for (const crashAt of pointKills.slice(6)) await live(startKillable(dataDir, { crashAt }), null)
    expect(deaths).toBe(24)

    const last = startKillable(dataDir)
    const url = (await last.url) ?? ''
    const arrivedIds = () => new Set(receiver.arrivals.map(({ headers }) => String(headers['webhook-id'])))
    const lost = () => [...accepted].filter((id) => !arrivedIds().has(id))
    await until(() => Promise.resolve(lost().length === 0))
    await until(async () => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return /^posthorn_deliveries_pending 0$/m.test(text)
    })
    expect(accepted.size).toBeGreaterThan(200)

    const counts = new Map<string, number>()
    for (const { headers } of receiver.arrivals) {
      const id = String(headers['webhook-id'])
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    for (const [id, count] of counts) {
      if (count === 1) continue
      const { data } = JSON.parse((await call(url, 'GET', `/app/${appId}/attempt/msg/${id}`)).text) as {
        data: readonly { readonly response: string }[]
      }
      const deathsInHand = data.filter(({ response }) => response.startsWith('the server died')).length
      expect(count - 1, `${id} arrived ${count} times`).toBeLessThanOrEqual(deathsInHand)
    }
    await last.kill('SIGTERM')
  },
)

test('a server that is asked to stop hands back what waits, and the next one goes on without a duplicate', async () => {
  const dataDir = temporaryDirectory()
  directories.push(dataDir)
  await using receiver = await startReceiver()
  const first = startKillable(dataDir)
  const url = (await first.url) ?? ''
  const { id: appId } = JSON.parse((await call(url, 'POST', '/app', { name: 'Stop' })).text) as { id: string }
  await call(url, 'POST', `/app/${appId}/endpoint`, { url: receiver.url })
  const accepted = new Set<string>()
  let isOver = false
  const load = Array.from({ length: publishers }, () => publishUntil(url, appId, accepted, () => isOver))
  await receiver.arrived(100)
  const stopped = first.kill('SIGTERM')
  isOver = true
  await Promise.all([stopped, ...load])
  const second = startKillable(dataDir)
  await second.url
  await until(() => {
    const ids = new Set(receiver.arrivals.map(({ headers }) => String(headers['webhook-id'])))
    return Promise.resolve([...accepted].every((id) => ids.has(id)))
  })
  await second.kill('SIGTERM')
  expect(receiver.arrivals).toHaveLength(
    new Set(receiver.arrivals.map(({ headers }) => headers['webhook-id'])).size,
  )
})
