import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { judge, percentile, percentiles, printTable } from './support/figures.ts'
import { runLoad } from './support/programs.ts'
import { startReceiver } from './support/receiver.ts'
import { createLane, type Lane } from './support/round.ts'
import { startServer } from './support/server.ts'
import type { Receiver } from './support/receiver.ts'

const maxP50Ms = 3
const shares = [0.5, 0.9, 0.99]
const warmUpSeconds = 2

/** How long one message takes from a client that has the server to itself to the endpoint. */
export async function lone(seconds: number): Promise<void> {
  await using receiver = await startReceiver()
  await using server = await startServer()
  const lane = await createLane(server, receiver, 'lone')
  await publish(lane, receiver, warmUpSeconds)
  const paced = await publish(lane, receiver, seconds, 50)
  const pressed = await publish(lane, receiver, seconds)
  printTable(
    'Latency of a lone client: p50, p90, p99',
    ['', 'messages', 'publish to 202', 'publish to arrival'],
    [
      ['one every 20 ms', ...columns(paced)],
      ['the next when the last is answered', ...columns(pressed)],
      ['fsync of 4 KB on this disk', '', percentiles(fsyncMs(server.dataDir), shares), ''],
    ],
  )
  judge(
    `p50 from publish to arrival under ${maxP50Ms} ms`,
    [paced, pressed].every(({ latencies }) => percentile(latencies, 0.5) < maxP50Ms),
  )
}

interface Timed {
  readonly publishMs: readonly number[]
  readonly latencies: readonly number[]
}

async function publish(
  { server, appId, group }: Lane,
  receiver: Receiver,
  seconds: number,
  rate?: number,
): Promise<Timed> {
  await receiver.reset()
  const { accepted, publishMs } = await runLoad({
    url: server.url,
    token: server.token,
    appId,
    seconds,
    connections: 1,
    ...(rate === undefined ? {} : { rate }),
  })
  await receiver.until(group, accepted, 10_000)
  return { publishMs, latencies: (await receiver.group(group)).latencies }
}

function columns({ publishMs, latencies }: Timed): string[] {
  return [String(latencies.length), percentiles(publishMs, shares), percentiles(latencies, shares)]
}

/** The floor: nothing is durable in less. */
function fsyncMs(directory: string): number[] {
  const file = openSync(join(directory, 'fsync'), 'w')
  const page = Buffer.alloc(4096, 1)
  const durations = Array.from({ length: 200 }, () => {
    writeSync(file, page)
    const startedAt = performance.now()
    fsyncSync(file)
    return performance.now() - startedAt
  })
  closeSync(file)
  return durations
}
