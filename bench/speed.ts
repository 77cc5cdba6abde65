import {
  count,
  judge,
  median,
  megabytes,
  micros,
  percent,
  percentiles,
  printTable,
  times,
  warnOfOthers,
} from './support/figures.ts'
import { startReceiver } from './support/receiver.ts'
import { compare, createLane, fullSpeed, rawLoop } from './support/round.ts'
import { startServer } from './support/server.ts'

const leastShare = 0.15
const aimedShare = 0.25
const maxCpuTimes = 8
const warmUpSeconds = 2

/** How many messages are published, delivered and recorded a second, as a share of the raw signed-POST loop. */
export async function speed(seconds: number): Promise<void> {
  await using receiver = await startReceiver()
  await using server = await startServer()
  const lane = await createLane(server, receiver, 'speed')
  await fullSpeed(lane, receiver, warmUpSeconds)
  const rounds = await compare(
    () => rawLoop(receiver, seconds),
    () => fullSpeed(lane, receiver, seconds),
  )
  const loops = rounds.flatMap(({ yardsticks }) => yardsticks)
  const results = rounds.map(({ value }) => value)
  const loopRates = loops.map(({ perSecond }) => perSecond)
  const rates = results.map(({ perSecond }) => perSecond)
  const shares = rounds.map(({ share }) => share)
  const loopCpu = median(loops.map(({ clientCpuMicros }) => clientCpuMicros))
  const cpu = median(results.map(({ serverCpuMicros }) => serverCpuMicros))
  const mainCpu = median(results.map(({ mainCpuMicros }) => mainCpuMicros))
  printTable(
    'Speed: 1 KB, 64 connections, durable before the 202, an Idempotency-Key on each',
    ['', 'raw loop', 'Posthorn', 'Posthorn by loop'],
    [
      ['messages a second', count(median(loopRates)), count(median(rates)), percent(median(shares))],
      [
        'each round',
        loopRates.map(count).join(', '),
        rates.map(count).join(', '),
        shares.map(percent).join(', '),
      ],
      ['CPU a message, client or server', micros(loopCpu), micros(cpu), times(cpu / loopCpu)],
      ['… of it the main thread', '', micros(mainCpu), ''],
      ['… of it the writer and others', '', micros(cpu - mainCpu), ''],
      ['CPU a message, load', '', micros(median(results.map(({ loadCpuMicros }) => loadCpuMicros))), ''],
      [
        'CPU a message, receiver',
        '',
        micros(median(results.map(({ receiverCpuMicros }) => receiverCpuMicros))),
        '',
      ],
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
  console.log(`- the aim of ${percent(aimedShare)} is ${median(shares) >= aimedShare ? '' : 'not '}reached`)
  judge(
    `CPU of the server a message at most ${maxCpuTimes} times that of the loop's client`,
    cpu <= maxCpuTimes * loopCpu,
  )
}
