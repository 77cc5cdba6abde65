import { type Database, startDatabase } from '../support/database.ts'
import { makeDue, writeHistory } from '../support/database-history.ts'
import {
  count,
  judge,
  median,
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
const roundsOfProof = 3
const leaseMs = 5_000
const drainWithinMs = 60_000
/** Arrived at the flooded endpoint: it drains. */
const drainingFrom = 1_000

const phaseNames = [
  'nothing else',
  'it hangs',
  'it drains',
  'its node is killed, and another takes it over',
] as const
type PhaseName = (typeof phaseNames)[number]

interface Phase {
  readonly latencies: readonly number[]
  readonly drained: number
  readonly othersShare: number
}

type Round = Readonly<Record<PhaseName, Phase>>

/**
 * What a million deliveries due at one endpoint do to another one's latency: while it hangs, while it drains, and when
 * its lane is taken over from a node that was killed.
 */
export async function backlog(seconds: number): Promise<void> {
  const rounds: Round[] = []
  for (let round = 0; round < roundsOfProof; round++) rounds.push(await play(seconds * 3))
  const shown = phaseNames.map((phase) => {
    const times = rounds.map((round) => timesOf(round, phase))
    // One stall of the disk or of a neighbour is a whole percent of a phase: the middle one of several counts.
    const middle = median(times)
    const seen = (rounds[times.indexOf(middle)] as Round)[phase]
    return { phase, times, middle, seen }
  })
  printTable(
    `Backlog: ${count(due)} deliveries due at one endpoint, ${healthyRate} messages a second to another, two nodes`,
    [
      'the flooded endpoint',
      'publish to arrival, p50, p99, worst',
      'p99 by unloaded',
      'each round',
      'drained meanwhile',
      'others',
    ],
    shown.map(({ phase, times, middle, seen }) => [
      phase,
      percentiles(seen.latencies, [0.5, 0.99, 1]),
      `${middle.toFixed(2)} times`,
      times.map((each) => each.toFixed(2)).join(', '),
      count(seen.drained),
      percent(seen.othersShare),
    ]),
  )
  warnOfOthers(rounds.flatMap((round) => phaseNames.map((phase) => round[phase].othersShare)))
  for (const { phase, middle } of shown.slice(1)) {
    judge(`${phase}: p99 at most ${maxTimes} times, ${middle.toFixed(2)} times`, middle <= maxTimes)
  }
  const bases = rounds.map((round) => ms(percentile(round['nothing else'].latencies, 0.99)))
  console.log(`- unloaded p99 is ${bases.join(', ')}`)
}

function timesOf(round: Round, phase: PhaseName): number {
  return percentile(round[phase].latencies, 0.99) / percentile(round['nothing else'].latencies, 0.99)
}

async function play(lasting: number): Promise<Round> {
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
  const during = (meanwhile: () => Promise<void>, servers: readonly Server[] = [first, second]) =>
    measure({ survivor, healthy, database, url, receiver, servers }, meanwhile)
  await during(() => pause(lasting / 2))
  const unloaded = await during(() => pause(lasting))
  await makeDue(database, url, flooded, floodedEndpoint, due)
  const hangs = await during(() => pause(lasting))
  await survivor.call('PATCH', `/app/${flooded}/endpoint/${floodedEndpoint}`, {
    url: `${receiver.url}/ok/flooded`,
  })
  // What hung ends first.
  await receiver.until('flooded', drainingFrom, drainWithinMs)
  const drains = await during(() => pause(lasting))
  process.kill(owner.pid, 'SIGKILL')
  const takenOver = await during(() => pause(lasting + leaseMs / 1000), [survivor])
  return {
    'nothing else': unloaded,
    'it hangs': hangs,
    'it drains': drains,
    'its node is killed, and another takes it over': takenOver,
  }
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

async function measure(scene: Scene, meanwhile: () => Promise<void>): Promise<Phase> {
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
  return { latencies, drained: Math.max(0, before - (await left())), othersShare }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
