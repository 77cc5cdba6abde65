import {
  count,
  judge,
  median,
  megabytes,
  micros,
  percent,
  percentiles,
  printTable,
  warnOfOthers,
} from '../support/figures.ts'
import { startDatabase } from '../support/database.ts'
import { startReceiver } from '../support/receiver.ts'
import { compare, createLane, fullSpeed, type Lane, rawLoop } from '../support/round.ts'
import { startServer } from '../support/server.ts'

const leastShare = 0.12
const warmUpSeconds = 3

/** As `speed`, with PostgreSQL on the same machine. */
export async function speed(seconds: number): Promise<void> {
  await using database = await startDatabase()
  await using receiver = await startReceiver()
  await using server = await startServer({ databaseUrl: await database.create('speed') })
  const lane: Lane = {
    ...(await createLane(server, receiver, 'speed')),
    databaseCpu: () => database.cpuSeconds(),
  }
  await fullSpeed(lane, receiver, warmUpSeconds)
  const rounds = await compare(
    () => rawLoop(receiver, seconds),
    () => fullSpeed(lane, receiver, seconds),
  )
  const loopRates = rounds.flatMap(({ yardsticks }) => yardsticks).map(({ perSecond }) => perSecond)
  const results = rounds.map(({ value }) => value)
  const rates = results.map(({ perSecond }) => perSecond)
  const shares = rounds.map(({ share }) => share)
  const of = (what: 'serverCpuMicros' | 'databaseCpuMicros' | 'loadCpuMicros' | 'receiverCpuMicros') =>
    micros(median(results.map((each) => each[what])))
  printTable(
    'Speed on PostgreSQL: one node, 1 KB, 64 connections, an Idempotency-Key on each',
    ['', 'raw loop', 'Posthorn', 'Posthorn by loop'],
    [
      ['messages a second', count(median(loopRates)), count(median(rates)), percent(median(shares))],
      [
        'each round',
        loopRates.map(count).join(', '),
        rates.map(count).join(', '),
        shares.map(percent).join(', '),
      ],
      ['CPU a message, server', '', of('serverCpuMicros'), ''],
      ['CPU a message, PostgreSQL', '', of('databaseCpuMicros'), ''],
      ['CPU a message, load and receiver', '', `${of('loadCpuMicros')}, ${of('receiverCpuMicros')}`, ''],
      ['publish to 202, p50 and p99', '', percentiles(results.flatMap(({ publishMs }) => publishMs)), ''],
      ['publish to arrival, p50 and p99', '', percentiles(results.flatMap(({ latencies }) => latencies)), ''],
      [
        'memory of the server',
        '',
        megabytes(Math.max(...results.map(({ residentBytes }) => residentBytes))),
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
  judge(`at least ${percent(leastShare)} of the raw loop`, median(shares) >= leastShare)
}
