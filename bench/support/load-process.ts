import { randomUUID } from 'node:crypto'
import { Client } from 'undici'

/** Publishes messages over the API with some connections, at full speed or at a rate, for some seconds or messages. */

interface Load {
  readonly url: string
  readonly token: string
  readonly appId: string
  readonly eventType: string
  readonly connections: number
  readonly seconds: number
  /** Messages a second over all connections; 0 for as fast as it goes. */
  readonly rate: number
  readonly maxMessages: number
}

const load = JSON.parse(process.argv[2] ?? '{}') as Load
const filler = 'x'.repeat(930)
const path = `/api/v1/app/${load.appId}/msg?with_content=false`
const deadline = performance.now() + load.seconds * 1000
const answers = new Map<number, number>()
const publishMs: number[] = []
let begun = 0

function post(client: Client): Promise<number> {
  return new Promise((resolve) => {
    let status = 0
    const at = (performance.timeOrigin + performance.now()).toFixed(3)
    client.dispatch(
      {
        method: 'POST',
        path,
        headers: [
          'authorization', `Bearer ${load.token}`, 'content-type', 'application/json', 'idempotency-key', `auto_${randomUUID()}`,
        ],
        body: `{"eventType":"${load.eventType}","payload":{"at":${at},"data":"${filler}"}}`,
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

async function run(client: Client, index: number): Promise<void> {
  const gapMs = load.rate === 0 ? 0 : (load.connections * 1000) / load.rate
  let nextAt = performance.now() + (gapMs * index) / load.connections
  while (performance.now() < deadline && begun < load.maxMessages) {
    if (gapMs > 0) {
      const wait = nextAt - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      nextAt += gapMs
    }
    begun++
    const startedAt = performance.now()
    const status = await post(client)
    publishMs.push(performance.now() - startedAt)
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
}

const clients = Array.from({ length: load.connections }, () => new Client(load.url, { pipelining: 1 }))
const startedAt = performance.now()
await Promise.all(clients.map(run))
const result = {
  accepted: answers.get(202) ?? 0,
  answers: Object.fromEntries(answers),
  seconds: (performance.now() - startedAt) / 1000,
  publishMs,
}
await Promise.all(clients.map((client) => client.close()))
// A message that is still on its way would be lost with the channel.
process.send?.(result, () => process.disconnect?.())
