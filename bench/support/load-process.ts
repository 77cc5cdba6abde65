import { randomUUID } from 'node:crypto'
import { Client } from 'undici'
import { now } from './clock.ts'
import type { Load, LoadResult } from './programs.ts'

/**
 * Publishes messages over the API on some connections, at full speed or at a rate, until some seconds have passed,
 * some messages are published or it is told to stop. What it measures begins when its code and connections are warm.
 */

const load = JSON.parse(process.argv[2] ?? '{}') as Load
const connections = load.connections ?? 64
const eventTypes = load.eventTypes ?? ['invoice.paid']
const maxMessages = load.maxMessages ?? Number.POSITIVE_INFINITY
/** With the envelope and the time, 1 KB of payload. */
const filler = 'x'.repeat(980)
const path = `/api/v1/app/${load.appId}/msg?with_content=false`
const authorization = `Bearer ${load.token}`
const answers = new Map<number, number>()
const publishMs: number[] = []
const warmUpRequests = Math.ceil(1_000 / connections)
let begun = 0
const stop = new AbortController()
process.once('message', () => stop.abort())

function post(client: Client): Promise<number> {
  return new Promise((resolve) => {
    let status = 0
    const eventType = eventTypes[begun % eventTypes.length] ?? ''
    client.dispatch(
      {
        method: 'POST',
        path,
        headers: [
          'authorization',
          authorization,
          'content-type',
          'application/json',
          'idempotency-key',
          `auto_${randomUUID()}`,
        ],
        body: `{"eventType":"${eventType}","payload":{"at":${now().toFixed(3)},"data":"${filler}"}}`,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, code) {
          status = code
        },
        onResponseData() {},
        onResponseEnd: () => resolve(status),
        onResponseError: () => resolve(0),
      },
    )
  })
}

/** Requests that publish nothing: refused before anything is stored. */
async function warmUp(client: Client): Promise<void> {
  for (let turn = 0; turn < warmUpRequests; turn++) {
    const { body } = await client.request({ method: 'POST', path, body: '{}' })
    await body.dump()
  }
}

async function run(client: Client, index: number): Promise<void> {
  const gapMs = load.rate === undefined ? 0 : (connections * 1000) / load.rate
  let nextAt = performance.now() + (gapMs * index) / connections
  while (performance.now() < deadline && begun < maxMessages && !stop.signal.aborted) {
    if (gapMs > 0) {
      const wait = nextAt - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      nextAt += gapMs
      if (begun >= maxMessages || stop.signal.aborted) return
    }
    const startedAt = performance.now()
    const posted = post(client)
    begun++
    const status = await posted
    publishMs.push(performance.now() - startedAt)
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
}

const clients = Array.from({ length: connections }, () => new Client(load.url, { pipelining: 1 }))
await Promise.all(clients.map(warmUp))
const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
const deadline = startedAt + load.seconds * 1000
await Promise.all(clients.map(run))
const { user, system } = process.cpuUsage(cpuBefore)
const result: LoadResult = {
  accepted: answers.get(202) ?? 0,
  answers: Object.fromEntries(answers),
  seconds: (performance.now() - startedAt) / 1000,
  publishMs,
  cpuSeconds: (user + system) / 1e6,
}
await Promise.all(clients.map((client) => client.close()))
// A message that is still on its way would be lost with the channel.
process.send?.(result, () => process.disconnect?.())
