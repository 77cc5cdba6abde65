import {
  count,
  isDisturbed,
  judge,
  megabytes,
  ms,
  percent,
  percentile,
  percentiles,
  printTable,
  warnOfOthers,
} from './support/figures.ts'
import { openFilesOf, residentBytesOf, watchOthers } from './support/machine.ts'
import { startLoad } from './support/programs.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { type Server, startServer } from './support/server.ts'

const healthyEndpoints = 100
const healthyRate = 200
const warmUpSeconds = 3
const warmUpEndpoints = 100
const maxTimes = 2
const roundsOfProof = 3

/** Attempts that the node may have under way: its default. */
const nodeBudget = 1_000
/** Deliveries to bad endpoints in the first seconds, ten times the budget; then the budget once more every second. */
const firstDemand = 10 * nodeBudget
const firstDemandSeconds = 5
const demandPerSecond = nodeBudget
/** One socket for each attempt, and as many idle ones. */
const maxSockets = 2 * nodeBudget
const maxMemoryBytes = 1e9
const sampleEveryMs = 1_000
/** A scene that other programs disturbed is measured once more. */
const maxTries = 2
const drainWithinMs = 60_000

const goodTypes = Array.from({ length: healthyEndpoints }, (_, index) => `good.${index}`)

/** What 100 bad endpoints do to 100 healthy ones of the same application. */
export async function isolation(seconds: number): Promise<void> {
  const lasting = seconds * 4
  await scene(
    'a quarter each hang on connect, drip, answer 429, send 1 MB; all but the first on the origin of the healthy ones',
    ({ url, deafUrl }) => [`${deafUrl}/`, `${url}/drip/bad`, `${url}/429/bad`, `${url}/big/bad`],
    100,
    lasting,
  )
  await scene('all hang on connect', ({ deafUrl }) => [`${deafUrl}/`], 1_000, lasting)
  await scene(
    'all accept and drip their answer, on the origin of the healthy ones',
    ({ url }) => [`${url}/drip/bad`],
    100,
    lasting,
  )
  await scene(
    'none is bad, all answer at once: what the demand by itself costs, for comparison',
    ({ url }) => [`${url}/ok/bad`],
    100,
    lasting,
    'comparison',
  )
}

async function scene(
  title: string,
  badUrls: (receiver: Receiver) => readonly string[],
  badEndpoints: number,
  seconds: number,
  purpose: 'proof' | 'comparison' = 'proof',
): Promise<void> {
  const rounds: Seen[] = []
  for (let round = 0; round < (purpose === 'proof' ? roundsOfProof : 1); round++) {
    rounds.push(await playQuietly(badUrls, badEndpoints, seconds))
  }
  // One stall of the disk or of a neighbour is a whole percent of a round: the middle one of several counts.
  const inOrder = rounds.toSorted((one, other) => worsening(one) - worsening(other))
  const middle = inOrder[inOrder.length >> 1] as Seen
  show(title, badEndpoints, middle)
  if (purpose === 'comparison') return
  console.log(`Rounds: ${rounds.map((round) => `${worsening(round).toFixed(2)} times`).join(', ')}.`)
  judgeAll(middle)
}

/** How many times the healthy ones' p99 is what it is without the bad ones. */
function worsening({ without, during }: Seen): number {
  return percentile(during.latencies, 0.99) / percentile(without.latencies, 0.99)
}

/** Plays once more where other programs disturbed it. */
async function playQuietly(
  badUrls: (receiver: Receiver) => readonly string[],
  badEndpoints: number,
  seconds: number,
): Promise<Seen> {
  let seen = await play(badUrls, badEndpoints, seconds)
  for (let tries = 1; tries < maxTries && isDisturbed(disturbance(seen)); tries++) {
    const again = await play(badUrls, badEndpoints, seconds)
    if (disturbance(again) < disturbance(seen)) seen = again
  }
  return seen
}

interface Seen {
  readonly without: Phase
  readonly during: Phase
  readonly demanded: number
  readonly arrivedBad: number
}

function disturbance({ without, during }: Seen): number {
  return Math.max(without.othersShare, during.othersShare)
}

async function play(
  badUrls: (receiver: Receiver) => readonly string[],
  badEndpoints: number,
  seconds: number,
): Promise<Seen> {
  await using receiver = await startReceiver()
  await using server = await startServer()
  const appId = await server.createApplication('isolation')
  for (const name of [...goodTypes, 'bad'])
    await server.call('POST', '/event-type', { name, description: name })
  for (const [index, type] of goodTypes.entries()) {
    await server.createEndpoint(appId, { url: `${receiver.url}/ok/healthy/${index}`, filterTypes: [type] })
  }
  await createBad(server, appId, badUrls(receiver), badEndpoints)
  await warmUp(server, receiver, appId)
  const without = await healthy(server, receiver, appId, () => pause(seconds / 2))
  let demanded = 0
  const during = await healthy(server, receiver, appId, async () => {
    demanded = await flood(server, appId, badEndpoints, seconds)
  })
  const arrivedBad = (await receiver.report()).groups.bad?.count ?? 0
  return { without, during, demanded, arrivedBad }
}

async function createBad(
  server: Server,
  appId: string,
  urls: readonly string[],
  endpoints: number,
): Promise<void> {
  for (let index = 0; index < endpoints; index++) {
    await server.createEndpoint(appId, { url: urls[index % urls.length], filterTypes: ['bad'] })
  }
}

/**
 * Both phases find code that is compiled: another application's endpoints are flooded once, of the kinds that let go at
 * once.
 */
async function warmUp(server: Server, receiver: Receiver, appId: string): Promise<void> {
  const otherId = await server.createApplication('warm-up')
  const urls = ['ok', '429', 'big'].map((kind) => `${receiver.url}/${kind}/warm-up`)
  await createBad(server, otherId, urls, warmUpEndpoints)
  await healthy(server, receiver, appId, async () => {
    await flood(server, otherId, warmUpEndpoints, warmUpSeconds)
    await server.call('DELETE', `/app/${otherId}`)
    await pause(warmUpSeconds)
  })
}

function show(title: string, badEndpoints: number, { without, during, demanded, arrivedBad }: Seen): void {
  printTable(
    `Isolation: ${healthyEndpoints} healthy endpoints, ${healthyRate} messages a second, and ${count(badEndpoints)} bad ones: ${title}`,
    [
      'bad endpoints',
      'healthy messages',
      'publish to arrival p50, p99, worst',
      `p99 in the first ${firstDemandSeconds} s, then`,
      'deliveries to bad ones',
      'of them reached the receiver',
      'most attempts under way',
      'most sockets',
      'most open files',
      'most memory',
      'other programs’ share of the machine',
    ],
    [
      ['without', ...columns(without, 0, 0)],
      ['with', ...columns(during, demanded, arrivedBad)],
    ],
  )
  warnOfOthers([without.othersShare, during.othersShare])
}

function judgeAll(seen: Seen): void {
  const { during } = seen
  judge(
    `the healthy ones' p99 is at most ${maxTimes} times what it is without the bad ones: ${worsening(seen).toFixed(2)} times`,
    worsening(seen) <= maxTimes,
  )
  judge(`at most ${count(maxSockets)} sockets`, during.sockets <= maxSockets)
  judge(`at most ${megabytes(maxMemoryBytes)} of memory`, during.memory <= maxMemoryBytes)
}

interface Phase {
  readonly latencies: readonly number[]
  readonly sockets: number
  readonly files: number
  readonly memory: number
  readonly inFlight: number
  readonly othersShare: number
}

function columns(
  { latencies, sockets, files, memory, inFlight, othersShare }: Phase,
  demanded: number,
  arrived: number,
): string[] {
  const first = firstDemandSeconds * healthyRate
  return [
    count(latencies.length),
    percentiles(latencies, [0.5, 0.99, 1]),
    `${ms(percentile(latencies.slice(0, first), 0.99))}, ${ms(percentile(latencies.slice(first), 0.99))}`,
    count(demanded),
    count(arrived),
    count(inFlight),
    count(sockets),
    count(files),
    megabytes(memory),
    percent(othersShare),
  ]
}

/** The healthy endpoints' latencies and the server's most of everything while something goes on. */
async function healthy(
  server: Server,
  receiver: Receiver,
  appId: string,
  meanwhile: () => Promise<void>,
): Promise<Phase> {
  await receiver.reset()
  const { url, token } = server
  const load = startLoad({
    url,
    token,
    appId,
    connections: 16,
    rate: healthyRate,
    seconds: 120,
    eventTypes: goodTypes,
  })
  await receiver.until('healthy', 1, drainWithinMs)
  const ended = new AbortController()
  const sampling = mostOf(server, ended.signal)
  const others = watchOthers([server.pid, receiver.pid, load.pid])
  await meanwhile()
  const othersShare = others.share(0)
  load.stop()
  const { accepted } = await load.ended
  ended.abort()
  await receiver.until('healthy', accepted, drainWithinMs)
  return { latencies: (await receiver.group('healthy')).latencies, othersShare, ...(await sampling) }
}

async function mostOf(server: Server, ended: AbortSignal): Promise<Omit<Phase, 'latencies' | 'othersShare'>> {
  const most = { sockets: 0, files: 0, memory: 0, inFlight: 0 }
  while (!ended.aborted) {
    const metrics = await server.metrics()
    most.sockets = Math.max(most.sockets, metrics.get('posthorn_open_sockets') ?? 0)
    most.inFlight = Math.max(most.inFlight, metrics.get('posthorn_in_flight_attempts') ?? 0)
    most.files = Math.max(most.files, openFilesOf(server.pid))
    most.memory = Math.max(most.memory, residentBytesOf(server.pid))
    await pause(sampleEveryMs / 1000)
  }
  return most
}

/** Messages to all bad endpoints, evenly. @returns how many deliveries that made */
async function flood(server: Server, appId: string, endpoints: number, seconds: number): Promise<number> {
  const startedAt = performance.now()
  let published = 0
  for (;;) {
    const passed = (performance.now() - startedAt) / 1000
    if (passed > seconds) return published
    const wanted =
      passed < firstDemandSeconds
        ? (passed / firstDemandSeconds) * firstDemand
        : firstDemand + (passed - firstDemandSeconds) * demandPerSecond
    if (published < wanted) {
      const payload = { data: 'x'.repeat(1000) }
      await server.call('POST', `/app/${appId}/msg?with_content=false`, { eventType: 'bad', payload })
      published += endpoints
    } else await pause(0.01)
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
