import { createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Svix } from 'svix'
import type { CrashPoint } from '#lib/crash-point.ts'
import {
  directoryOfTest,
  killed,
  killableToken,
  type KillableServer,
  startKillable,
  urlOf,
} from '#test/support/killable-server.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

const secret = 'a secret of the provider'
const deaths: readonly { readonly point: CrashPoint; readonly visits: number }[] = [
  { point: 'after-commit', visits: 12 },
  { point: 'after-commit', visits: 25 },
  { point: 'before-commit', visits: 12 },
  { point: 'after-commit', visits: 18 },
  { point: 'before-commit', visits: 31 },
  { point: 'after-send', visits: 9 },
]
const senders = 6
const pauseMs = 20

/** Sends one delivery until it is answered 2xx, as a provider does. @returns how often it was sent */
async function sendUntilTaken(url: () => string | null, n: number): Promise<number> {
  const body = JSON.stringify({ n })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': `delivery-${n}`,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  for (let sent = 1; ; sent++) {
    const target = url()
    const status =
      target === null
        ? 0
        : await fetch(target, { method: 'POST', headers, body }).then(
            (response) => response.status,
            () => 0,
          )
    if (status >= 200 && status < 300) return sent
    if (status >= 400 && status < 500) throw new Error(`answered ${status}`)
    await wait(pauseMs)
  }
}

test(
  'what a provider sends is taken once, whenever the server dies, and nothing of it is lost',
  { timeout: 60_000 },
  async () => {
    await using receiver = await startReceiver()
    const token = await killableToken()
    const dataDir = directoryOfTest()
    let server: KillableServer = startKillable(dataDir)
    const svix = (url: string): Svix => new Svix(token, { serverUrl: url })
    const first = await urlOf(server)
    const source = await svix(first).ingest.source.create({
      type: 'github',
      name: 'Repository',
      config: { secret },
    })
    await svix(first).ingest.endpoint.create(source.id, { url: receiver.url })
    const path = new URL(source.ingestUrl ?? '').pathname
    let url: string | null = null
    const target = (): string | null => (url === null ? null : `${url}${path}`)
    await server.kill('SIGTERM')

    const over = new AbortController()
    let [next, repeated] = [0, 0]
    const sending = Promise.all(
      Array.from({ length: senders }, async () => {
        while (!over.signal.aborted) if ((await sendUntilTaken(target, next++)) > 1) repeated++
      }),
    )
    for (const crashAt of deaths) {
      server = startKillable(dataDir, { crashAt })
      url = await server.url
      expect(await server.ended).toEqual(killed)
      url = null
    }
    server = startKillable(dataDir)
    const last = await urlOf(server)
    url = last
    over.abort()
    await sending
    expect(repeated).toBeGreaterThanOrEqual(deaths.length)

    const messages = new Map<string, string>()
    let iterator: string | null = null
    do {
      const page = await svix(last).message.list(source.id, { limit: 250, iterator })
      for (const { id, eventId } of page.data) {
        expect(messages.has(eventId ?? ''), `${eventId} was stored twice`).toBe(false)
        messages.set(eventId ?? '', id)
      }
      iterator = page.done ? null : page.iterator
    } while (iterator !== null)
    expect([...messages.keys()].sort()).toEqual(
      Array.from({ length: next }, (_, n) => `delivery-${n}`).sort(),
    )
    await until(async () => {
      const metrics = await (await fetch(`${last}/metrics`)).text()
      return /^posthorn_deliveries_pending 0$/m.test(metrics)
    })
    const counts = Map.groupBy(receiver.arrivals, messageIdOf)
    expect([...messages.values()].filter((id) => !counts.has(id))).toEqual([])
    for (const [id, all] of [...counts].filter(([, each]) => each.length > 1)) {
      const { data } = await svix(last).messageAttempt.listByMsg(source.id, id, { withContent: true })
      const deathsOfIt = data.filter(({ response }) =>
        response.startsWith('the server died with this delivery'),
      )
      expect(all.length - 1, `${id} arrived ${all.length} times`).toBeLessThanOrEqual(deathsOfIt.length)
    }
  },
)
