import { isDisturbed } from './figures.ts'
import { cpuSecondsOf, residentBytesOf, threadCpuSecondsOf, watchOthers } from './machine.ts'
import { runLoad, runLoop } from './programs.ts'
import type { Receiver } from './receiver.ts'
import type { Server } from './server.ts'

/** One stretch of full speed, and the stretches of the raw loop that it is compared with. */

export interface Round {
  /** Messages published, delivered and recorded a second: from the first request to the last record. */
  readonly perSecond: number
  readonly messages: number
  readonly serverCpuMicros: number
  readonly mainCpuMicros: number
  readonly loadCpuMicros: number
  readonly receiverCpuMicros: number
  /** Of the server's database; 0 where the server has it in itself. */
  readonly databaseCpuMicros: number
  readonly residentBytes: number
  readonly latencies: readonly number[]
  readonly publishMs: readonly number[]
  /** What programs outside of the measurement took of the machine. */
  readonly othersShare: number
}

export interface Lane {
  readonly server: Server
  readonly appId: string
  /** The group at the receiver that the application's endpoint belongs to. */
  readonly group: string
  /** CPU seconds of the server's database, where it has one in processes of its own. */
  readonly databaseCpu?: () => number
}

const drainWithinMs = 60_000

export async function createLane(server: Server, receiver: Receiver, name: string): Promise<Lane> {
  const appId = await server.createApplication(name)
  await server.createEndpoint(appId, { url: `${receiver.url}/ok/${name}` })
  return { server, appId, group: name }
}

export async function fullSpeed(
  { server, appId, group, databaseCpu = () => 0 }: Lane,
  receiver: Receiver,
  seconds: number,
): Promise<Round> {
  await receiver.reset()
  const deliveredBefore = await server.delivered()
  const receiverBefore = (await receiver.report()).cpuSeconds
  const cpuBefore = cpuSecondsOf(server.pid)
  const mainBefore = threadCpuSecondsOf(server.pid).get(server.pid) ?? 0
  const others = watchOthers([server.pid, receiver.pid], databaseCpu)
  const databaseBefore = databaseCpu()
  const startedAt = performance.now()
  const load = await runLoad({ url: server.url, token: server.token, appId, seconds })
  await receiver.until(group, load.accepted, drainWithinMs)
  await server.untilDelivered(deliveredBefore + load.accepted, drainWithinMs)
  const elapsed = (performance.now() - startedAt) / 1000
  const othersShare = others.share(load.cpuSeconds)
  const serverCpu = cpuSecondsOf(server.pid) - cpuBefore
  const databaseCpuSeconds = databaseCpu() - databaseBefore
  const mainCpu = (threadCpuSecondsOf(server.pid).get(server.pid) ?? 0) - mainBefore
  const residentBytes = residentBytesOf(server.pid)
  const received = await receiver.report()
  const receiverCpu = received.cpuSeconds - receiverBefore
  const micros = (cpuSeconds: number): number => (cpuSeconds * 1e6) / load.accepted
  return {
    perSecond: load.accepted / elapsed,
    messages: load.accepted,
    serverCpuMicros: micros(serverCpu),
    mainCpuMicros: micros(mainCpu),
    loadCpuMicros: micros(load.cpuSeconds),
    receiverCpuMicros: micros(receiverCpu),
    databaseCpuMicros: micros(databaseCpuSeconds),
    residentBytes,
    latencies: received.groups[group]?.latencies ?? [],
    publishMs: load.publishMs,
    othersShare,
  }
}

export interface LoopRound {
  readonly perSecond: number
  readonly clientCpuMicros: number
  readonly othersShare: number
}

export async function rawLoop(receiver: Receiver, seconds: number): Promise<LoopRound> {
  await receiver.reset()
  const others = watchOthers([receiver.pid])
  const { count, seconds: elapsed, cpuMicros } = await runLoop(receiver.url, seconds)
  const othersShare = others.share((cpuMicros * count) / 1e6)
  return { perSecond: count / elapsed, clientCpuMicros: cpuMicros, othersShare }
}

interface Rate {
  readonly perSecond: number
  readonly othersShare: number
}

export interface Comparison<Yardstick, Value> {
  readonly yardsticks: readonly [Yardstick, Yardstick]
  readonly value: Value
  /** The value's rate by the mean of its two yardsticks': the machine's mood is taken from both sides. */
  readonly share: number
  /** The most that other programs took during the three. */
  readonly othersShare: number
}

const wantedRounds = 3
/** Where other programs disturb, more rounds are measured than are shown. */
const maxRounds = 8

/**
 * Measures in turn, each value between two yardsticks, until enough rounds were undisturbed; gives the least disturbed
 * ones in the order in which they were measured. What is chosen by is the other programs' share, never the result.
 */
export async function compare<Yardstick extends Rate, Value extends Rate>(
  yardstick: () => Promise<Yardstick>,
  measure: () => Promise<Value>,
): Promise<readonly Comparison<Yardstick, Value>[]> {
  const rounds: Comparison<Yardstick, Value>[] = []
  const undisturbed = (): number => rounds.filter(({ othersShare }) => !isDisturbed(othersShare)).length
  let before = await yardstick()
  while (rounds.length < maxRounds && undisturbed() < wantedRounds) {
    const value = await measure()
    const after = await yardstick()
    rounds.push({
      yardsticks: [before, after],
      value,
      share: (2 * value.perSecond) / (before.perSecond + after.perSecond),
      othersShare: Math.max(before.othersShare, value.othersShare, after.othersShare),
    })
    before = after
  }
  const chosen = new Set(rounds.toSorted((a, b) => a.othersShare - b.othersShare).slice(0, wantedRounds))
  return rounds.filter((round) => chosen.has(round))
}
