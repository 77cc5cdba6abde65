import { count, micros, ms, percentile, percentiles, printTable } from './support/figures.ts'
import { cpuSecondsOf } from './support/machine.ts'
import { startLoad } from './support/programs.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { createLane, type Lane } from './support/round.ts'
import { type Server, startServer } from './support/server.ts'

const otherRate = 200
const warmUpSeconds = 2
const together = 32
const arriveWithinMs = 120_000

/** One message to very many endpoints, and what another application's messages feel of it. */
export async function fanout(seconds: number): Promise<void> {
  await using receiver = await startReceiver()
  await using server = await startServer()
  const other = await createLane(server, receiver, 'other')
  await beside(other, receiver, () => pause(warmUpSeconds))
  const alone = await beside(other, receiver, () => pause(seconds))
  const rows = [['none', '', '', '', '', ...latencyColumns(alone)]]
  for (const [endpoints, messages] of [
    [1_000, 20],
    [20_000, 1],
  ] as const) {
    const { appId, createdPerSecond } = await wide(server, receiver, endpoints)
    const fanouts: Fanned[] = []
    // The first fan-out meets lanes that were never used; it is measured like the rest.
    const during = await beside(other, receiver, async () => {
      for (let message = 0; message < messages; message++) {
        fanouts.push(await publishOne(server, receiver, appId, endpoints, message))
      }
    })
    const perSecond = fanouts.map((each) => endpoints / (each.recordedMs / 1000))
    rows.push([
      `${count(endpoints)}, ${messages} times`,
      count(createdPerSecond),
      ms(
        percentile(
          fanouts.map(({ arrivedMs }) => arrivedMs),
          0.5,
        ),
      ),
      count(percentile(perSecond, 0.5)),
      micros(
        percentile(
          fanouts.map(({ cpuMicros }) => cpuMicros),
          0.5,
        ),
      ),
      ...latencyColumns(during),
    ])
  }
  printTable(
    `Fan-out: 1 message to many endpoints, beside another application's ${otherRate} messages a second`,
    [
      'endpoints',
      'endpoints created a second',
      'publish to the last arrival',
      'delivered and recorded a second',
      'CPU of the server a delivery',
      'other application: messages',
      'its publish to arrival, p50, p99, worst',
    ],
    rows,
  )
}

function latencyColumns(latencies: readonly number[]): string[] {
  return [count(latencies.length), percentiles(latencies, [0.5, 0.99, 1])]
}

/** The other application's latencies while something else goes on. */
async function beside(
  { server, appId, group }: Lane,
  receiver: Receiver,
  meanwhile: () => Promise<void>,
): Promise<readonly number[]> {
  await receiver.reset()
  const load = startLoad({
    url: server.url,
    token: server.token,
    appId,
    connections: 8,
    rate: otherRate,
    seconds: arriveWithinMs / 1000,
  })
  await receiver.until(group, 1, arriveWithinMs)
  await meanwhile()
  load.stop()
  await receiver.until(group, (await load.ended).accepted, arriveWithinMs)
  return (await receiver.group(group)).latencies
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

async function wide(
  server: Server,
  receiver: Receiver,
  endpoints: number,
): Promise<{ readonly appId: string; readonly createdPerSecond: number }> {
  const appId = await server.createApplication(`wide ${endpoints}`)
  const startedAt = performance.now()
  let next = 0
  const create = async (): Promise<void> => {
    while (next < endpoints)
      await server.createEndpoint(appId, { url: `${receiver.url}/ok/wide${endpoints}/${next++}` })
  }
  await Promise.all(Array.from({ length: together }, create))
  return { appId, createdPerSecond: endpoints / ((performance.now() - startedAt) / 1000) }
}

interface Fanned {
  readonly arrivedMs: number
  readonly recordedMs: number
  readonly cpuMicros: number
}

async function publishOne(
  server: Server,
  receiver: Receiver,
  appId: string,
  endpoints: number,
  index: number,
): Promise<Fanned> {
  const group = `wide${endpoints}`
  const cpuBefore = cpuSecondsOf(server.pid)
  const startedAt = performance.now()
  await server.call('POST', `/app/${appId}/msg?with_content=false`, {
    eventType: 'wide',
    payload: { index, data: 'x'.repeat(1000) },
  })
  await receiver.until(group, endpoints * (index + 1), arriveWithinMs)
  const arrivedMs = performance.now() - startedAt
  await untilNothingWaits(server)
  const recordedMs = performance.now() - startedAt
  return { arrivedMs, recordedMs, cpuMicros: ((cpuSecondsOf(server.pid) - cpuBefore) * 1e6) / endpoints }
}

/** Few enough are unfinished to be the other application's, which never rests. */
async function untilNothingWaits(server: Server): Promise<void> {
  const deadline = performance.now() + arriveWithinMs
  while (((await server.metrics()).get('posthorn_deliveries_pending') ?? 0) > 20) {
    if (performance.now() > deadline) throw new Error('deliveries stay unrecorded')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
