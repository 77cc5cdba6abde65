import { ownDirectory, removeDirectory } from './support/belongings.ts'
import {
  count,
  judge,
  median,
  megabytes,
  ms,
  percent,
  percentiles,
  printTable,
  warnOfOthers,
} from './support/figures.ts'
import { writeHistory } from './support/history-store.ts'
import { diskBytesOf, residentBytesOf } from './support/machine.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { compare, createLane, fullSpeed, type Lane } from './support/round.ts'
import { type Server, startServer } from './support/server.ts'

const historyMessages = 1_000_000
const leastShare = 0.9
const warmUpSeconds = 2

const heldEndpoints = 100
const heldByEach = 500

/** What a long history costs: the rate beside that of an empty store, the disk, the start, the memory. */
export async function history(seconds: number): Promise<void> {
  await using receiver = await startReceiver()
  const dataDir = ownDirectory('history')
  const { appId, writtenInMs } = await prepare(dataDir, receiver)
  const diskBytes = diskBytesOf(dataDir)
  await using empty = await startServer()
  await using full = await startServer({ dataDir })
  const onEmpty = await createLane(empty, receiver, 'empty')
  const onFull: Lane = { server: full, appId, group: 'full' }
  const [idleEmpty, idleFull] = [residentBytesOf(empty.pid), residentBytesOf(full.pid)]
  for (const lane of [onEmpty, onFull]) await fullSpeed(lane, receiver, warmUpSeconds)
  const rounds = await compare(
    () => fullSpeed(onEmpty, receiver, seconds),
    () => fullSpeed(onFull, receiver, seconds),
  )
  const emptyRounds = rounds.flatMap(({ yardsticks }) => yardsticks)
  const fullRounds = rounds.map(({ value }) => value)
  const emptyRates = emptyRounds.map(({ perSecond }) => perSecond)
  const fullRates = fullRounds.map(({ perSecond }) => perSecond)
  const shares = rounds.map(({ share }) => share)
  printTable(
    `History: ${count(historyMessages)} messages of 1 KB, each delivered, each with its idempotency key`,
    ['', 'empty store', 'with history', 'share'],
    [
      ['messages a second', count(median(emptyRates)), count(median(fullRates)), percent(median(shares))],
      [
        'each round',
        emptyRates.map(count).join(', '),
        fullRates.map(count).join(', '),
        shares.map(percent).join(', '),
      ],
      [
        'publish to arrival, p50 and p99',
        percentiles(emptyRounds.flatMap(({ latencies }) => latencies)),
        percentiles(fullRounds.flatMap(({ latencies }) => latencies)),
        '',
      ],
      ['start to readiness', ms(empty.startMs), ms(full.startMs), ''],
      ['memory when started', megabytes(idleEmpty), megabytes(idleFull), ''],
      ['disk for each delivered message', '', `${count(diskBytes / historyMessages)} bytes`, ''],
      [
        'other programs’ share of the machine',
        ...[emptyRounds, fullRounds].map((each) =>
          percent(median(each.map(({ othersShare }) => othersShare))),
        ),
        '',
      ],
    ],
  )
  console.log(
    `The history was written in ${ms(writtenInMs)}, by the server's own statements into a stopped server's store.`,
  )
  warnOfOthers([...emptyRounds, ...fullRounds].map(({ othersShare }) => othersShare))
  judge(`at least ${percent(leastShare)} of the rate with an empty store`, median(shares) >= leastShare)
  await memory(empty, receiver)
  await full.stop()
  removeDirectory(dataDir)
}

async function prepare(
  dataDir: string,
  receiver: Receiver,
): Promise<{ readonly appId: string; readonly writtenInMs: number }> {
  const server = await startServer({ dataDir })
  const appId = await server.createApplication('full')
  const endpointId = await server.createEndpoint(appId, { url: `${receiver.url}/ok/full` })
  await server.stop()
  const startedAt = performance.now()
  writeHistory(dataDir, appId, endpointId, historyMessages)
  return { appId, writtenInMs: performance.now() - startedAt }
}

/** Endpoints that may get one message a second hold the rest in memory: as much as their lanes take. */
async function memory(server: Server, receiver: Receiver): Promise<void> {
  const appId = await server.createApplication('held')
  for (let index = 0; index < heldEndpoints; index++) {
    const url = `${receiver.url}/ok/held`
    await server.call('POST', '/event-type', { name: `held.${index}`, description: 'held' })
    await server.createEndpoint(appId, { url, throttleRate: 1, filterTypes: [`held.${index}`] })
  }
  const before = residentBytesOf(server.pid)
  const heldBefore = await held(server)
  for (let index = 0; index < heldEndpoints; index++) {
    const messages = Array.from({ length: heldByEach }, (_, each) => ({
      eventType: `held.${index}`,
      payload: { index, each, data: 'x'.repeat(980) },
    }))
    await server.call('POST', `/app/${appId}/msg/batch`, { messages })
  }
  const deliveries = (await held(server)) - heldBefore
  const bytes = residentBytesOf(server.pid) - before
  printTable(
    'Memory: deliveries that wait in lanes, 1 KB each, every one of a message of its own',
    ['deliveries held', 'memory before', 'memory more', 'for each'],
    [[count(deliveries), megabytes(before), megabytes(bytes), `${count(bytes / deliveries)} bytes`]],
  )
}

async function held(server: Server): Promise<number> {
  return (await server.metrics()).get('posthorn_deliveries_in_memory') ?? 0
}
