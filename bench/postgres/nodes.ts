import { type Database, startDatabase } from '../support/database.ts'
import {
  count,
  judge,
  median,
  micros,
  percent,
  percentiles,
  printTable,
  sum,
  warnOfOthers,
} from '../support/figures.ts'
import { cpuSecondsOf, watchOthers } from '../support/machine.ts'
import { runLoad } from '../support/programs.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { compare } from '../support/round.ts'
import { type Server, startServer } from '../support/server.ts'

const endpoints = 12
/** Of all clients, whichever number of nodes they publish to. */
const connections = 192
const maxTimes = 1.3
const warmUpSeconds = 12
const drainWithinMs = 60_000
const lookEveryMs = 20
const statementsMetric = 'posthorn_database_statements_total'

const eventTypes = Array.from({ length: endpoints }, (_, index) => `kind.${index}`)

interface Nodes {
  readonly servers: readonly Server[]
  readonly appId: string
  readonly group: string
}

interface Seen {
  readonly perSecond: number
  readonly serverCpuMicros: number
  readonly databaseCpuMicros: number
  readonly statements: number
  readonly latencies: readonly number[]
  readonly othersShare: number
}

/** What a message costs where three nodes share the work, by what it costs one: CPU of all, and statements. */
export async function nodes(seconds: number): Promise<void> {
  await using database = await startDatabase()
  await using receiver = await startReceiver()
  await using owned = new AsyncDisposableStack()
  const one = await start(owned, database, receiver, 'one', 1)
  const three = await start(owned, database, receiver, 'three', 3)
  for (const each of [one, three]) await play(each, database, receiver, warmUpSeconds)
  const rounds = await compare(
    () => play(one, database, receiver, seconds),
    () => play(three, database, receiver, seconds),
  )
  const alone = rounds.flatMap(({ yardsticks }) => yardsticks)
  const shared = rounds.map(({ value }) => value)
  const ratioOf = (figure: (seen: Seen) => number): readonly number[] =>
    rounds.map(({ yardsticks, value }) => (2 * figure(value)) / sum(yardsticks.map(figure)))
  const cpuOf = (seen: Seen): number => seen.serverCpuMicros + seen.databaseCpuMicros
  const [cpuTimes, statementTimes] = [ratioOf(cpuOf), ratioOf((seen) => seen.statements)]
  const figures = (figure: (seen: Seen) => number, show: (value: number) => string) => [
    show(median(alone.map(figure))),
    show(median(shared.map(figure))),
  ]
  const twoPlaces = (value: number): string => value.toFixed(2)
  printTable(
    `Nodes: ${endpoints} endpoints, ${connections} connections, shared out among the nodes`,
    ['', 'one node', 'three nodes', 'times, each round'],
    [
      ['messages a second', ...figures(({ perSecond }) => perSecond, count), ''],
      ['CPU a message, nodes', ...figures(({ serverCpuMicros }) => serverCpuMicros, micros), ''],
      ['CPU a message, PostgreSQL', ...figures(({ databaseCpuMicros }) => databaseCpuMicros, micros), ''],
      ['CPU a message in all', ...figures(cpuOf, micros), cpuTimes.map(twoPlaces).join(', ')],
      [
        'statements a message',
        ...figures(
          (seen) => seen.statements,
          (value) => value.toFixed(3),
        ),
        statementTimes.map(twoPlaces).join(', '),
      ],
      [
        'publish to arrival, p50 and p99',
        percentiles(alone.flatMap(({ latencies }) => latencies)),
        percentiles(shared.flatMap(({ latencies }) => latencies)),
        '',
      ],
      [
        'other programs’ share of the machine',
        '',
        rounds.map(({ othersShare }) => percent(othersShare)).join(', '),
        '',
      ],
    ],
  )
  warnOfOthers(rounds.map(({ othersShare }) => othersShare))
  judge(`three nodes take at most ${maxTimes} times the CPU of one`, median(cpuTimes) <= maxTimes)
  judge(
    `three nodes make at most ${maxTimes} times the statements of one`,
    median(statementTimes) <= maxTimes,
  )
}

async function start(
  owned: AsyncDisposableStack,
  database: Database,
  receiver: Receiver,
  name: string,
  howMany: number,
): Promise<Nodes> {
  const databaseUrl = await database.create(name)
  const servers: Server[] = []
  for (let index = 0; index < howMany; index++) servers.push(owned.use(await startServer({ databaseUrl })))
  const [first] = servers
  if (first === undefined) throw new Error('no node')
  const appId = await first.createApplication(name)
  for (const eventType of eventTypes) {
    await first.call('POST', '/event-type', { name: eventType, description: eventType })
    await first.createEndpoint(appId, { url: `${receiver.url}/ok/${name}`, filterTypes: [eventType] })
  }
  return { servers, appId, group: name }
}

async function play(
  { servers, appId, group }: Nodes,
  database: Database,
  receiver: Receiver,
  seconds: number,
): Promise<Seen> {
  await receiver.reset()
  const delivered = async (): Promise<number> =>
    sum(await Promise.all(servers.map((server) => server.delivered())))
  const statements = async (): Promise<number> =>
    sum(
      (await Promise.all(servers.map((server) => server.metrics()))).map(
        (each) => each.get(statementsMetric) ?? 0,
      ),
    )
  const serverCpu = (): number => sum(servers.map(({ pid }) => cpuSecondsOf(pid)))
  const pids = [...servers.map(({ pid }) => pid), receiver.pid]
  const before = {
    delivered: await delivered(),
    statements: await statements(),
    serverCpu: serverCpu(),
    databaseCpu: database.cpuSeconds(),
  }
  const others = watchOthers(pids, () => database.cpuSeconds())
  const startedAt = performance.now()
  const loads = await Promise.all(
    servers.map(({ url, token }) =>
      runLoad({ url, token, appId, seconds, eventTypes, connections: connections / servers.length }),
    ),
  )
  const accepted = sum(loads.map((load) => load.accepted))
  const deadline = performance.now() + drainWithinMs
  while ((await delivered()) < before.delivered + accepted) {
    if (performance.now() > deadline) throw new Error('not everything was delivered in time')
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  const elapsed = (performance.now() - startedAt) / 1000
  const othersShare = others.share(sum(loads.map(({ cpuSeconds }) => cpuSeconds)))
  return {
    perSecond: accepted / elapsed,
    serverCpuMicros: ((serverCpu() - before.serverCpu) * 1e6) / accepted,
    databaseCpuMicros: ((database.cpuSeconds() - before.databaseCpu) * 1e6) / accepted,
    statements: ((await statements()) - before.statements) / accepted,
    latencies: (await receiver.group(group)).latencies,
    othersShare,
  }
}
