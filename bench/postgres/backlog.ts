import { type Database, startDatabase } from '../support/database.ts'
import { makeDue, writeHistory } from '../support/database-history.ts'
import {
  count,
  judge,
  ms,
  percent,
  percentile,
  percentiles,
  printTable,
  warnOfOthers,
} from '../support/figures.ts'
import { watchOthers } from '../support/machine.ts'
import { startLoad } from '../support/programs.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type Server, startServer } from '../support/server.ts'

const due = 1_000_000
const healthyRate = 100
const maxTimes = 2
const leaseMs = 5_000
const drainWithinMs = 30_000

interface Phase {
  readonly name: string
  readonly latencies: readonly number[]
  readonly drained: number
  readonly othersShare: number
}

/**
 * What a million deliveries due at one endpoint do to another one's latency: while it hangs, while it drains, and when
 * its lane is taken over from a node that was killed.
 */
export async function backlog(seconds: number): Promise<void> {
  const lasting = seconds * 3
  await using database = await startDatabase()
  await using receiver = await startReceiver()
  const url = await database.create('backlog')
  const environment = { POSTHORN_LEASE_MS: String(leaseMs) }
  await using first = await startServer({ databaseUrl: url, environment })
  await using second = await startServer({ databaseUrl: url, environment })
  const flooded = await first.createApplication('flooded')
  const floodedEndpoint = await first.createEndpoint(flooded, { url: `${receiver.deafUrl}/` })
  await writeHistory(database, url, flooded, floodedEndpoint, due)
  // One message, so that the lane has an owner: who survives owns the other lane.
  await first.call('POST', `/app/${flooded}/msg`, { eventType: 'first', payload: {} })
  const owner = await ownerOf(database, url, floodedEndpoint, [first, second])
  const survivor = owner === first ? second : first
  const healthy = await healthyAt(survivor, database, url, receiver)
  const play = (name: string, meanwhile: () => Promise<void>, servers: readonly Server[] = [first, second]) =>
    phase(name, { survivor, healthy, database, url, receiver, servers }, meanwhile)
  await play('warm-up', () => pause(lasting / 2))
  const unloaded = await play('nothing else', () => pause(lasting))
  await makeDue(database, url, flooded, floodedEndpoint, due)
  const hanging = await play('it hangs', () => pause(lasting))
  await survivor.call('PATCH', `/app/${flooded}/endpoint/${floodedEndpoint}`, {
    url: `${receiver.url}/ok/flooded`,
  })
  const draining = await play('it drains', () => pause(lasting))
  process.kill(owner.pid, 'SIGKILL')
  const takenOver = await play(
    'its node is killed, and another takes it over',
    () => pause(lasting + leaseMs / 1000),
    [survivor],
  )
  const phases = [unloaded, hanging, draining, takenOver]
  const base = percentile(unloaded.latencies, 0.99)
  const timesOf = ({ latencies }: Phase): number => percentile(latencies, 0.99) / base
  printTable(
    `Backlog: ${count(due)} deliveries due at one endpoint, ${healthyRate} messages a second to another, two nodes`,
    [
      'the flooded endpoint',
      'publish to arrival, p50, p99, worst',
      'p99 by unloaded',
      'drained meanwhile',
      'others',
    ],
    phases.map((each) => [
      each.name,
      percentiles(each.latencies, [0.5, 0.99, 1]),
      `${timesOf(each).toFixed(2)} times`,
      count(each.drained),
      percent(each.othersShare),
    ]),
  )
  warnOfOthers(phases.map(({ othersShare }) => othersShare))
  for (const each of phases.slice(1)) {
    judge(
      `${each.name}: p99 at most ${maxTimes} times, ${timesOf(each).toFixed(2)} times`,
      timesOf(each) <= maxTimes,
    )
  }
  console.log(`- unloaded p99 is ${ms(base)}`)
}

async function ownerOf(
  database: Database,
  url: string,
  endpointId: string,
  servers: readonly Server[],
): Promise<Server> {
  const [row] = await database.ask<{ name: string }>(
    url,
    `select name from posthorn.node join posthorn.lane on owner = number where endpoint_id = '${endpointId}'`,
  )
  const owner = servers.find(({ pid }) => row?.name.endsWith(`:${pid}`) === true)
  if (owner === undefined) throw new Error('the lane has no owner')
  return owner
}

/** An application whose endpoint's lane is the given server's. */
async function healthyAt(
  server: Server,
  database: Database,
  url: string,
  receiver: Receiver,
): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const appId = await server.createApplication('healthy')
    const endpointId = await server.createEndpoint(appId, { url: `${receiver.url}/ok/healthy` })
    await server.call('POST', `/app/${appId}/msg`, { eventType: 'first', payload: {} })
    if ((await ownerOf(database, url, endpointId, [server]).catch(() => null)) === server) return appId
  }
  throw new Error('no lane of the server')
}

interface Scene {
  readonly survivor: Server
  readonly healthy: string
  readonly database: Database
  readonly url: string
  readonly receiver: Receiver
  readonly servers: readonly Server[]
}

async function phase(name: string, scene: Scene, meanwhile: () => Promise<void>): Promise<Phase> {
  const { survivor, healthy, database, url, receiver, servers } = scene
  await receiver.reset()
  const left = async (): Promise<number> => {
    const [row] = await database.ask<{ count: number }>(
      url,
      'select count(*)::int as count from posthorn.delivery',
    )
    return row?.count ?? 0
  }
  const before = await left()
  const { url: at, token } = survivor
  const load = startLoad({ url: at, token, appId: healthy, connections: 8, rate: healthyRate, seconds: 120 })
  await receiver.until('healthy', 1, drainWithinMs)
  const others = watchOthers([...servers.map(({ pid }) => pid), receiver.pid, load.pid], () =>
    database.cpuSeconds(),
  )
  await meanwhile()
  const othersShare = others.share(0)
  load.stop()
  const { accepted } = await load.ended
  await receiver.until('healthy', accepted, drainWithinMs)
  const { latencies } = await receiver.group('healthy')
  return { name, latencies, drained: Math.max(0, before - (await left())), othersShare }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
