import { connect, type Socket } from 'node:net'
import { Client } from 'undici'
import { now } from './clock.ts'
import type { Polled, Polling } from './programs.ts'

/**
 * A customer without webhooks: asks for what is new every so often, 250 messages a page, each time from where it
 * stood. This is the thriftiest way that the message list offers.
 */

const polling = JSON.parse(process.argv[2] ?? '{}') as Polling
const latencies: number[] = []
let requests = 0
let socket: Socket | null = null

const client = new Client(polling.url, {
  pipelining: 1,
  connect(_options, callback) {
    const { hostname, port } = new URL(polling.url)
    const opened = connect({ host: hostname, port: Number(port), noDelay: true })
    socket = opened
    opened.once('connect', () => callback(null, opened))
    opened.once('error', (error) => callback(error, null))
  },
})

interface Page {
  readonly data: readonly { readonly payload: { readonly at: number } }[]
  readonly prevIterator: string | null
}

/** One page of what follows the place; how many it held and the next place. */
async function page(
  place: string | null,
): Promise<{ readonly count: number; readonly place: string | null }> {
  requests++
  const answer = await client.request({
    method: 'GET',
    path: `/api/v1/app/${polling.appId}/msg?limit=250${place === null ? '' : `&iterator=${place}`}`,
    headers: { authorization: `Bearer ${polling.token}` },
  })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`polling: ${answer.statusCode} ${text}`)
  const seenAt = now()
  const { data, prevIterator } = JSON.parse(text) as Page
  for (const { payload } of data) latencies.push(seenAt - payload.at)
  return { count: data.length, place: prevIterator ?? place }
}

// Its place: behind what was there before.
let { place } = await page(null)
requests = 0
latencies.length = 0
process.send?.('ready')
const startedAt = performance.now()
for (let turn = 1; latencies.length < polling.messages; turn++) {
  const wait = startedAt + turn * polling.everyMs - performance.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  if (performance.now() - startedAt > polling.maxSeconds * 1000) break
  for (let isFull = true; isFull;) {
    const read = await page(place)
    place = read.place
    isFull = read.count === 250
  }
}
const { user, system } = process.cpuUsage()
const bytes = socket === null ? 0 : (socket as Socket).bytesRead + (socket as Socket).bytesWritten
const result: Polled = { requests, bytes, cpuSeconds: (user + system) / 1e6, latencies }
await client.close()
// A message that is still on its way would be lost with the channel.
process.send?.(result, () => process.disconnect?.())
