import { count, judge, median, ms, percentile, printTable, share } from './support/figures.ts'
import {
  cpuSecondsOf, createApplication, createEndpoint, type LoopResult, type Receiver, residentBytesOf, runLoad, runLoop,
  type Server, startReceiver, startServer, untilDelivered,
} from './support/processes.ts'

/** How many messages are published, delivered and recorded a second, as a share of the raw signed-POST loop. */

interface Round {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly latencies: readonly number[]
  readonly publishMs: readonly number[]
}

const leastShare = 0.15
const aimedShare = 0.25
const maxCpuTimes = 8

export async function roundOf(server: Server, receiver: Receiver, appId: string, seconds: number): Promise<Round> {
  await receiver.reset()
  const before = await server.metric('posthorn_attempts_total{outcome="delivered"}')
  const cpuBefore = cpuSecondsOf(server.pid)
  const startedAt = performance.now()
  const load = await runLoad(server, { appId, seconds })
  await untilDelivered(server, before + load.accepted, 60_000)
  const elapsed = (performance.now() - startedAt) / 1000
  const cpuMicros = ((cpuSecondsOf(server.pid) - cpuBefore) * 1e6) / load.accepted
  const { latencies, count: received } = await receiver.report()
  if (received < load.accepted) throw new Error(`${received} of ${load.accepted} arrived`)
  return { perSecond: load.accepted / elapsed, cpuMicros, latencies, publishMs: load.publishMs }
}

export async function speed(seconds: number, rounds: number): Promise<void> {
  await using receiver = await startReceiver()
  await using server = await startServer()
  const appId = await createApplication(server, 'speed')
  await createEndpoint(server, appId, { url: `${receiver.url}/ok` })
  await roundOf(server, receiver, appId, Math.min(2, seconds))
  const loops: LoopResult[] = []
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    loops.push(await runLoop(receiver, seconds))
    results.push(await roundOf(server, receiver, appId, seconds))
  }
  loops.push(await runLoop(receiver, seconds))
  const loopRates = loops.map((loop) => loop.count / loop.seconds)
  // Each round stands between two loops: the machine's mood is taken from both.
  const shares = results.map(({ perSecond }, round) => (2 * perSecond) / ((loopRates[round] ?? 0) + (loopRates[round + 1] ?? 0)))
  const loopCpu = median(loops.map(({ cpuMicros }) => cpuMicros))
  const cpu = median(results.map(({ cpuMicros }) => cpuMicros))
  printTable('Speed: 1 KB, 64 connections, durable before the 202, an Idempotency-Key on each', ['', 'raw loop', 'Posthorn', 'share or times'], [
    ['messages a second', count(median(loopRates)), count(median(results.map(({ perSecond }) => perSecond))), share(median(shares))],
    ['each round', loopRates.map(count).join(', '), results.map(({ perSecond }) => count(perSecond)).join(', '), shares.map(share).join(', ')],
    ['CPU a message', `${loopCpu.toFixed(0)} µs (client)`, `${cpu.toFixed(0)} µs (server)`, `${(cpu / loopCpu).toFixed(1)} times`],
    ['publish to 202, p50 and p99', '', percentiles(results.flatMap(({ publishMs }) => publishMs)), ''],
    ['publish to arrival, p50 and p99', '', percentiles(results.flatMap(({ latencies }) => latencies)), ''],
    ['memory of the server', '', `${count(residentBytesOf(server.pid) / 1e6)} MB`, ''],
  ])
  judge(`at least ${share(leastShare)} of the raw loop`, median(shares) >= leastShare)
  console.log(`the aim of ${share(aimedShare)} is ${median(shares) >= aimedShare ? 'reached' : 'not reached'}`)
  judge(`CPU a message at most ${maxCpuTimes} times that of one POST of the loop's client`, cpu <= maxCpuTimes * loopCpu)
}

function percentiles(values: readonly number[]): string {
  return `${ms(percentile(values, 0.5))}, ${ms(percentile(values, 0.99))}`
}
