import { startDatabase } from '../support/database.ts'
import { writeHistory } from '../support/database-history.ts'
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
import { startReceiver } from '../support/receiver.ts'
import { compare, createLane, fullSpeed, type Lane } from '../support/round.ts'
import { type Server, startServer } from '../support/server.ts'

const historyMessages = 1_000_000
const leastShare = 0.85
const maxListMs = 50
const warmUpSeconds = 5
const listings = 40

/** What a long history costs on PostgreSQL: the rate beside that of empty tables, and the lists. */
export async function history(seconds: number): Promise<void> {
  await using database = await startDatabase()
  await using receiver = await startReceiver()
  const databaseCpu = (): number => database.cpuSeconds()
  await using empty = await startServer({ databaseUrl: await database.create('empty') })
  const fullUrl = await database.create('full')
  await using full = await startServer({ databaseUrl: fullUrl })
  const onEmpty: Lane = { ...(await createLane(empty, receiver, 'empty')), databaseCpu }
  const appId = await full.createApplication('full')
  const endpointId = await full.createEndpoint(appId, { url: `${receiver.url}/ok/full` })
  const startedAt = performance.now()
  await writeHistory(database, fullUrl, appId, endpointId, historyMessages)
  const writtenInMs = performance.now() - startedAt
  const onFull: Lane = { server: full, appId, group: 'full', databaseCpu }
  const lists = await timeLists(full, appId, endpointId)
  for (const lane of [onEmpty, onFull]) await fullSpeed(lane, receiver, warmUpSeconds)
  const rounds = await compare(
    () => fullSpeed(onEmpty, receiver, seconds),
    () => fullSpeed(onFull, receiver, seconds),
  )
  const emptyRounds = rounds.flatMap(({ yardsticks }) => yardsticks)
  const fullRounds = rounds.map(({ value }) => value)
  const shares = rounds.map(({ share }) => share)
  printTable(
    `History on PostgreSQL: ${count(historyMessages)} delivered messages of 1 KB, each with its idempotency key`,
    ['', 'empty tables', 'with history', 'share'],
    [
      [
        'messages a second',
        count(median(emptyRounds.map(({ perSecond }) => perSecond))),
        count(median(fullRounds.map(({ perSecond }) => perSecond))),
        percent(median(shares)),
      ],
      ['each round', '', '', shares.map(percent).join(', ')],
      [
        'publish to arrival, p50 and p99',
        percentiles(emptyRounds.flatMap(({ latencies }) => latencies)),
        percentiles(fullRounds.flatMap(({ latencies }) => latencies)),
        '',
      ],
      ...Object.entries(lists).map(([what, times]) => [
        `${what}, p50 and worst`,
        '',
        percentiles(times, [0.5, 1]),
        '',
      ]),
    ],
  )
  console.log(`The history was written in ${ms(writtenInMs)}, by SQL.`)
  warnOfOthers(rounds.map(({ othersShare }) => othersShare))
  judge(`at least ${percent(leastShare)} of the rate with empty tables`, median(shares) >= leastShare)
  const worst = Math.max(...Object.values(lists).map((times) => percentile(times, 0.5)))
  judge(`lists and stats in under ${maxListMs} ms: ${ms(worst)} at most`, worst < maxListMs)
}

async function timeLists(
  server: Server,
  appId: string,
  endpointId: string,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const newest = await server.call<{ data: readonly { id: string }[]; iterator: string }>(
    'GET',
    `/app/${appId}/msg?limit=50`,
  )
  const messageId = newest.data[0]?.id ?? ''
  const paths: Readonly<Record<string, string>> = {
    'messages, newest 50': `/app/${appId}/msg?limit=50`,
    'messages, the next 50': `/app/${appId}/msg?limit=50&iterator=${newest.iterator}`,
    'messages of one event type': `/app/${appId}/msg?limit=50&event_types=invoice.paid`,
    'attempts of an endpoint': `/app/${appId}/attempt/endpoint/${endpointId}?limit=50`,
    'failed attempts of an endpoint': `/app/${appId}/attempt/endpoint/${endpointId}?limit=50&status=2`,
    'attempts of a message': `/app/${appId}/attempt/msg/${messageId}`,
    'messages of an endpoint': `/app/${appId}/endpoint/${endpointId}/msg?limit=50`,
    'a message': `/app/${appId}/msg/${messageId}`,
    'stats of an endpoint': `/app/${appId}/endpoint/${endpointId}/stats`,
  }
  const times: Record<string, number[]> = {}
  for (const [what, path] of Object.entries(paths)) {
    const taken: number[] = []
    for (let turn = 0; turn < listings; turn++) {
      const startedAt = performance.now()
      await server.call('GET', path)
      taken.push(performance.now() - startedAt)
    }
    times[what] = taken
  }
  return times
}
