import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { start, temporaryDirectory, type Running } from '#test/support/start-app.ts'

async function asked(server: Running, path: string) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  // oxlint-disable-next-line typescript/no-explicit-any -- the shapes are checked where the routes are
  return (await answer.json()) as any
}

interface Step {
  readonly messages: number
  readonly deliveries: number
  readonly delivered: number
  readonly exhausted: number
  readonly retried: number
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null
  readonly durationMs: { readonly p50: number } | null
}

test('what a server has sent is in its statistics once it has stopped', async () => {
  const dataDir = temporaryDirectory()
  await using receiver = await startReceiver()
  try {
    await using first = await start({ dataDir, config: { retryScheduleMs: [600_000] } })
    const { id: appId } = await first.svix.application.create({ name: 'Statistics' })
    const endpoint = (path: string, channel: string, more = {}) =>
      first.svix.endpoint.create(appId, { url: `${receiver.url}${path}`, channels: [channel], ...more })
    await endpoint('/good', 'good')
    await endpoint('/failing', 'failing')
    await endpoint('/gone', 'gone')
    receiver.behave(({ path }) => ({ status: path === '/good' ? 204 : path === '/gone' ? 410 : 500 }))
    const publish = (channel: string) =>
      first.svix.message.create(appId, { eventType: 'a', payload: {}, channels: [channel] })
    const published = [
      await publish('good'),
      await publish('good'),
      await publish('failing'),
      await publish('gone'),
      await publish('nobody'),
    ]
    const arrivals = await receiver.arrived(4)
    expect(published.map(({ id }) => id)).toEqual(expect.arrayContaining(arrivals.map(messageIdOf)))
    await first.stop()

    await using second = await start({ dataDir })
    const { data } = (await asked(second, '/stats/series')) as { readonly data: readonly Step[] }
    const sum = (of: keyof Step): number => data.reduce((total, step) => total + (step[of] as number), 0)
    expect([sum('messages'), sum('deliveries'), sum('delivered')]).toEqual([5, 4, 2])
    expect([sum('retried'), sum('exhausted')]).toEqual([1, 1])
    const busy = data.filter(({ latencyMs }) => latencyMs !== null)
    expect(busy).not.toEqual([])
    for (const { latencyMs, durationMs } of busy) {
      expect(latencyMs?.p50).toBeGreaterThan(0)
      expect(latencyMs?.p99).toBeLessThan(20_000)
      expect(durationMs?.p50).toBeGreaterThan(0)
    }
    const hours = await asked(second, `/app/${appId}/stats/series`)
    const total = (of: string): number =>
      hours.data.reduce((all: number, hour: Record<string, number>) => all + (hour[of] ?? 0), 0)
    expect([total('success'), total('failure')]).toEqual([2, 2])
    const worst = await asked(second, '/stats/endpoint/worst')
    expect(worst.data.map(({ failure }: { failure: number }) => failure)).toEqual([1, 1])
    expect(worst.data.map(({ url }: { url: string }) => url)).toEqual([
      `${receiver.url}/failing`,
      `${receiver.url}/gone`,
    ])
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
