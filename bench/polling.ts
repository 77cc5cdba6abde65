import { count, megabytes, ms, percentile, printTable } from './support/figures.ts'
import { cpuSecondsOf } from './support/machine.ts'
import { runLoad, startPolling } from './support/programs.ts'
import { startReceiver } from './support/receiver.ts'
import { createLane, fullSpeed } from './support/round.ts'
import { type Server, startServer } from './support/server.ts'

const events = 10_000
/** As long as the slowest poller waits, so that each event waits for its poll as long as any other. */
const overSeconds = 30
const rate = events / overSeconds
const warmUpSeconds = 5
const everySeconds = [1, 5, 30]

interface Seen {
  readonly how: string
  readonly latencies: readonly number[]
  readonly requests: number
  readonly bytes: number
  readonly customerCpuSeconds: number
  readonly serverCpuSeconds: number
  readonly idleRequests: string
}

/** The same 10,000 events, seen by webhook and by polling the message list. */
export async function polling(): Promise<void> {
  await using server = await startServer()
  await warmUp(server)
  const seen = [await byNobody(server), await byWebhook(server)]
  for (const every of everySeconds) seen.push(await byPolling(server, every))
  printTable(
    `Webhooks against polling: ${count(events)} events of 1 KB in ${overSeconds} s to one customer`,
    [
      'how',
      'seen',
      'event to sight p50',
      'p90',
      'p99',
      'worst',
      'requests',
      'bytes on the wire',
      'CPU of the customer',
      'CPU of the server, publishing included',
      'requests a day when nothing happens',
    ],
    seen.map(({ how, latencies, requests, bytes, customerCpuSeconds, serverCpuSeconds, idleRequests }) => [
      how,
      count(latencies.length),
      ...[0.5, 0.9, 0.99, 1].map((share) => (latencies.length === 0 ? '' : ms(percentile(latencies, share)))),
      count(requests),
      megabytes(bytes),
      `${customerCpuSeconds.toFixed(2)} s`,
      `${serverCpuSeconds.toFixed(2)} s`,
      idleRequests,
    ]),
  )
}

/** At full speed, so that no row pays for code that is still slow. */
async function warmUp(server: Server): Promise<void> {
  await using receiver = await startReceiver()
  await fullSpeed(await createLane(server, receiver, 'warm'), receiver, warmUpSeconds)
}

/** @returns how many messages */
async function publish(server: Server, appId: string): Promise<number> {
  const { accepted } = await runLoad({
    url: server.url,
    token: server.token,
    appId,
    seconds: overSeconds * 2,
    connections: 16,
    rate,
    maxMessages: events,
  })
  return accepted
}

/** What publishing costs by itself. */
async function byNobody(server: Server): Promise<Seen> {
  const appId = await server.createApplication('nobody')
  const cpuBefore = cpuSecondsOf(server.pid)
  await publish(server, appId)
  return {
    how: 'by nobody',
    latencies: [],
    requests: 0,
    bytes: 0,
    customerCpuSeconds: 0,
    serverCpuSeconds: cpuSecondsOf(server.pid) - cpuBefore,
    idleRequests: '0',
  }
}

async function byWebhook(server: Server): Promise<Seen> {
  await using receiver = await startReceiver()
  const appId = await server.createApplication('webhook')
  await server.createEndpoint(appId, { url: `${receiver.url}/ok/hooked` })
  const before = await receiver.report()
  const deliveredBefore = await server.delivered()
  const cpuBefore = cpuSecondsOf(server.pid)
  const published = await publish(server, appId)
  await receiver.until('hooked', published, 30_000)
  await server.untilDelivered(deliveredBefore + published, 30_000)
  const serverCpuSeconds = cpuSecondsOf(server.pid) - cpuBefore
  const { bytes, cpuSeconds, groups } = await receiver.report()
  return {
    how: 'by webhook',
    latencies: groups.hooked?.latencies ?? [],
    requests: groups.hooked?.count ?? 0,
    bytes: bytes - before.bytes,
    customerCpuSeconds: cpuSeconds - before.cpuSeconds,
    serverCpuSeconds,
    idleRequests: '0',
  }
}

async function byPolling(server: Server, every: number): Promise<Seen> {
  const appId = await server.createApplication(`polled every ${every} s`)
  await server.call('POST', `/app/${appId}/msg`, { eventType: 'first', payload: { at: 0 } })
  const customer = await startPolling({
    url: server.url,
    token: server.token,
    appId,
    everyMs: every * 1000,
    messages: events,
    maxSeconds: overSeconds * 3,
  })
  const cpuBefore = cpuSecondsOf(server.pid)
  await publish(server, appId)
  const { requests, bytes, cpuSeconds, latencies } = await customer.polled
  return {
    how: `by polling every ${every} s`,
    latencies,
    requests,
    bytes,
    customerCpuSeconds: cpuSeconds,
    serverCpuSeconds: cpuSecondsOf(server.pid) - cpuBefore,
    idleRequests: count(86_400 / every),
  }
}
