import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { Svix } from 'svix'
import { startApp } from '#src/app.ts'
import { signOrganisationToken } from '#api/tokens.ts'
import { readConfig } from '#config/read.ts'
import { loadSecrets } from '#config/secrets.ts'
import { createLogger } from '#telemetry/logger.ts'
import { createMetrics } from '#telemetry/metrics.ts'

/**
 * The main job in one go: a server, a receiver, real GitHub events, one retry, one endpoint that refuses. The events
 * are those that GitHub's own documentation of its webhooks is tested with.
 */

interface Example {
  readonly name: string
  readonly examples: readonly Record<string, unknown>[]
}

const eventsShown = 12
const organisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'

function realEvents(): { readonly eventType: string; readonly payload: Record<string, unknown> }[] {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[]
  return all
    .flatMap(({ name, examples }) =>
      examples.slice(0, 1).map((payload) => ({ eventType: `github.${name}`, payload })),
    )
    .slice(0, eventsShown)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const print = (line = ''): void => console.log(line)
const milliseconds = (value: number): string => `${value.toFixed(1).padStart(6)} ms`

print('Posthorn demo: a server, a receiver, real GitHub events.')
print('For itself alone it opens the loopback range to deliveries (POSTHORN_ALLOW_SUBNETS=127.0.0.0/8);')
print('a server of yours refuses it unless you say so.')
print()

const dataDir = mkdtempSync(join(tmpdir(), 'posthorn-demo-'))
const read = readConfig({
  env: {
    POSTHORN_DATA_DIR: dataDir,
    POSTHORN_LISTEN: '127.0.0.1:0',
    POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8',
    POSTHORN_RETRY_SCHEDULE: '0.5,1',
    POSTHORN_LOG_LEVEL: 'error',
  },
  flags: {},
})
if ('problems' in read) throw new Error(read.problems.join('\n'))
const { config } = read
const secrets = loadSecrets(config)
const app = await startApp(config, { logger: createLogger(config), metrics: createMetrics(), secrets })
const token = await signOrganisationToken(secrets.jwtKeys, organisation, Date.now())

/** An arrival can be quicker than the answer to its publisher: a line is printed once both are known. */
const publishedAt = new Map<string, number>()
const arrivals = new Map<string, { readonly at: number; readonly bytes: number }>()
const seen = { verified: 0, forged: 0, failedOnce: 0, refused: 0 }
const latencies: number[] = []
const allArrived = Promise.withResolvers<void>()
const refusalsDone = Promise.withResolvers<void>()
let secret = ''
let hasFailedOnce = false

function showArrival(id: string): void {
  const began = publishedAt.get(id)
  const arrival = arrivals.get(id)
  if (began === undefined || arrival === undefined) return
  const latency = arrival.at - began
  latencies.push(latency)
  print(`  arrived    ${id}  signature verified  ${milliseconds(latency)}  ${arrival.bytes} bytes`)
  seen.verified++
  if (seen.verified === eventsShown) allArrived.resolve()
}

const receiver = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const arrivedAt = performance.now()
    const id = String(request.headers['webhook-id'])
    if (request.url === '/refuses') {
      seen.refused++
      print(`  refused    ${id}  attempt ${seen.refused} of 3: this endpoint answers 403 to everything`)
      response.writeHead(403).end('not wanted here')
      if (seen.refused === 3) refusalsDone.resolve()
      return
    }
    try {
      new Webhook(secret).verify(body, request.headers as Record<string, string>)
    } catch {
      seen.forged++
      response.writeHead(401).end()
      return
    }
    if (!hasFailedOnce && arrivals.size === 3) {
      hasFailedOnce = true
      seen.failedOnce++
      print(`  answered   ${id}  503 on purpose: it will come again`)
      response.writeHead(503).end('try again')
      return
    }
    arrivals.set(id, { at: arrivedAt, bytes: body.length })
    showArrival(id)
    response.writeHead(204).end()
  })
})
const receiverUrl = await listening(receiver)

const posthorn = new Svix(token, { serverUrl: app.url })
const customer = await posthorn.application.create({ name: 'Demo customer', uid: 'demo-customer' })
const endpoint = await posthorn.endpoint.create(customer.id, {
  url: `${receiverUrl}/webhooks`,
  channels: ['demo'],
})
secret = (await posthorn.endpoint.getSecret(customer.id, endpoint.id)).key
const refusing = await posthorn.endpoint.create(customer.id, {
  url: `${receiverUrl}/refuses`,
  channels: ['refused'],
})
print(`server     ${app.url}`)
print(`receiver   ${receiverUrl}/webhooks`)
print()

for (const { eventType, payload } of realEvents()) {
  const eventId = crypto.randomUUID()
  const startedAt = performance.now()
  const message = await posthorn.message.create(customer.id, {
    eventType,
    eventId,
    channels: ['demo'],
    payload,
  })
  print(`published  ${message.id}  ${eventType}`)
  publishedAt.set(message.id, startedAt)
  showArrival(message.id)
}
await posthorn.message.create(customer.id, {
  eventType: 'github.ping',
  channels: ['refused'],
  payload: { zen: 'Keep it logically awesome.' },
})
await Promise.all([allArrived.promise, refusalsDone.promise])

const sorted = latencies.toSorted((a, b) => a - b)
print()
print(`${seen.verified} of ${eventsShown} events arrived, every signature verified, ${seen.forged} forged.`)
print(
  `Latency from publishing to arrival: median ${milliseconds(sorted[sorted.length >> 1] ?? 0).trim()} (the slowest came by its retry).`,
)
print(
  `${seen.failedOnce} answer failed and was retried; one endpoint refused its message ${seen.refused} times, and its delivery ended.`,
)
// The last answer was given a moment ago; its record follows.
let attempts = await posthorn.messageAttempt.listByEndpoint(customer.id, refusing.id, {})
while (attempts.data.length < 3) {
  await new Promise((resolve) => setTimeout(resolve, 10))
  attempts = await posthorn.messageAttempt.listByEndpoint(customer.id, refusing.id, {})
}
print(
  `The log of the refusing endpoint shows ${attempts.data.map(({ responseStatusCode }) => responseStatusCode).join(', ')}.`,
)
print()
print(
  'Look further: `npm start`, then /docs for the API, /openapi.json for its document, /metrics for the figures.',
)

receiver.close()
receiver.closeAllConnections()
await app[Symbol.asyncDispose]()
rmSync(dataDir, { recursive: true, force: true })
