import { count, megabytes, ms, percentile, printTable } from './support/figures.ts'
import { cpuSecondsOf } from './support/machine.ts'
import { runLoad, startPolling } from './support/programs.ts'
import { startReceiver } from './support/receiver.ts'
import { type Server, startServer } from './support/server.ts'

const events = 10_000
/** As long as the slowest poller waits, so that each event waits for its poll as long as any other. */
const overSeconds = 30
const rate = events / overSeconds
const warmUpSeconds = 5
const baselineSeconds = 15
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
  const idle = await server.createApplication('nobody')
  await publish(server, idle, warmUpSeconds)
  const cpuBefore = cpuSecondsOf(server.pid)
  await publish(server, idle, baselineSeconds)
  const publishingCpu = ((cpuSecondsOf(server.pid) - cpuBefore) / baselineSeconds) * overSeconds
  const seen = [await byWebhook(server, publishingCpu)]
  for (const every of everySeconds) seen.push(await byPolling(server, every, publishingCpu))
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
      'CPU of the server, publishing not counted',
      'requests a day when nothing happens',
    ],
    seen.map(({ how, latencies, requests, bytes, customerCpuSeconds, serverCpuSeconds, idleRequests }) => [
      how,
      count(latencies.length),
      ...[0.5, 0.9, 0.99, 1].map((share) => ms(percentile(latencies, share))),
      count(requests),
      megabytes(bytes),
      `${customerCpuSeconds.toFixed(2)} s`,
      `${serverCpuSeconds.toFixed(2)} s`,
      idleRequests,
    ]),
  )
  console.log(`Publishing alone cost the server ${publishingCpu.toFixed(2)} s of CPU.`)
}

async function publish(server: Server, appId: string, seconds: number): Promise<void> {
  await runLoad({
    url: server.url,
    token: server.token,
    appId,
    seconds: seconds * 2,
    connections: 16,
    rate,
    maxMessages: Math.round(rate * seconds),
  })
}

async function byWebhook(server: Server, publishingCpu: number): Promise<Seen> {
  await using receiver = await startReceiver()
  const appId = await server.createApplication('webhook')
  await server.createEndpoint(appId, { url: `${receiver.url}/ok/hooked` })
  const before = await receiver.report()
  const deliveredBefore = await server.delivered()
  const cpuBefore = cpuSecondsOf(server.pid)
  await publish(server, appId, overSeconds)
  await receiver.until('hooked', events, 30_000)
  await server.untilDelivered(deliveredBefore + events, 30_000)
  const serverCpuSeconds = cpuSecondsOf(server.pid) - cpuBefore - publishingCpu
  const { bytes, cpuSeconds, groups } = await receiver.report()
  return {
    how: 'webhook',
    latencies: groups.hooked?.latencies ?? [],
    requests: groups.hooked?.count ?? 0,
    bytes: bytes - before.bytes,
    customerCpuSeconds: cpuSeconds - before.cpuSeconds,
    serverCpuSeconds,
    idleRequests: '0',
  }
}

async function byPolling(server: Server, every: number, publishingCpu: number): Promise<Seen> {
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
  await publish(server, appId, overSeconds)
  const { requests, bytes, cpuSeconds, latencies } = await customer.polled
  return {
    how: `polled every ${every} s`,
    latencies,
    requests,
    bytes,
    customerCpuSeconds: cpuSeconds,
    serverCpuSeconds: cpuSecondsOf(server.pid) - cpuBefore - publishingCpu,
    idleRequests: count(86_400 / every),
  }
}
