import { createHmac, randomUUID } from 'node:crypto'
import { Client } from 'undici'
import { now } from './support/clock.ts'
import { count, judge, percentile, percentiles, printTable } from './support/figures.ts'
import { runLoad } from './support/programs.ts'
import { startReceiver } from './support/receiver.ts'
import { createLane } from './support/round.ts'
import { type Server, startServer } from './support/server.ts'

const requestsASecond = 500
const connections = 32
const maxP99Ms = 50
const warmUpSeconds = 2
const withinMs = 10_000
const shares = [0.5, 0.99, 1]
const secret = 'the secret of the provider'
/** With the time, 1 KB. */
const filler = 'x'.repeat(980)

/** How soon a provider has its answer, and the endpoint what was sent, beside publishing as much over the API. */
export async function inbound(seconds: number): Promise<void> {
  await measure(seconds, 'A source')
}

/** @param databaseUrl of a PostgreSQL instead of the embedded store */
export async function measure(seconds: number, title: string, databaseUrl?: string): Promise<void> {
  await using receiver = await startReceiver()
  await using server = await startServer(databaseUrl === undefined ? {} : { databaseUrl })
  const { url, token } = server
  const published = await createLane(server, receiver, 'published')
  const { id, path } = await createSource(server)
  await server.createEndpoint(id, { url: `${receiver.url}/ok/received` })
  await send(url, path, warmUpSeconds)
  await receiver.reset()
  const publish = await runLoad({
    url,
    token,
    appId: published.appId,
    seconds,
    connections,
    rate: requestsASecond,
  })
  await receiver.until('published', publish.accepted, withinMs)
  const publishArrivals = (await receiver.group('published')).latencies
  await receiver.reset()
  const answerMs = await send(url, path, seconds)
  await receiver.until('received', answerMs.length, withinMs)
  const { latencies } = await receiver.group('received')
  printTable(
    `${title}: ${requestsASecond} requests a second of 1 KB, signed as GitHub does; p50, p99, worst`,
    ['', 'requests', 'to the answer', 'to arrival at the endpoint'],
    [
      [
        'published over the API',
        count(publish.accepted),
        percentiles(publish.publishMs, shares),
        percentiles(publishArrivals, shares),
      ],
      [
        'sent to the source',
        count(answerMs.length),
        percentiles(answerMs, shares),
        percentiles(latencies, shares),
      ],
    ],
  )
  judge(`p99 to the answer under ${maxP99Ms} ms`, percentile(answerMs, 0.99) < maxP99Ms)
}

async function createSource({ url, token }: Server): Promise<{ readonly id: string; readonly path: string }> {
  const client = new Client(url)
  const { body, statusCode } = await client.request({
    method: 'POST',
    path: '/ingest/api/v1/source',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Measured', type: 'github', config: { secret } }),
  })
  const source = (await body.json()) as { readonly id: string; readonly ingestUrl: string }
  if (statusCode !== 201) throw new Error(`no source: ${statusCode}`)
  await client.close()
  return { id: source.id, path: new URL(source.ingestUrl).pathname }
}

/** @returns how long each request took, in milliseconds. Throws where one is not taken. */
async function send(url: string, path: string, seconds: number): Promise<readonly number[]> {
  const answerMs: number[] = []
  const gapMs = (connections * 1000) / requestsASecond
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const client = new Client(url)
      for (let at = startedAt + (gapMs * index) / connections; at < deadline; at += gapMs) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())))
        const body = `{"at":${now().toFixed(3)},"data":"${filler}"}`
        const headers = {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': randomUUID(),
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        }
        const beganAt = performance.now()
        const answer = await client.request({ method: 'POST', path, headers, body })
        await answer.body.dump()
        if (answer.statusCode >= 300) throw new Error(`answered ${answer.statusCode}`)
        answerMs.push(performance.now() - beganAt)
      }
      await client.close()
    }),
  )
  return answerMs
}
