import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived. */
export interface Arrival {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly bytes: Buffer
  readonly at: number
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The message's id, the same at every attempt. */
export function messageIdOf({ headers }: Arrival): string {
  return String(headers['webhook-id'])
}

/** Answers an arrival; by default 204. `hold` keeps the request open until the receiver closes. */
export type Behaviour = (
  arrival: Arrival,
  response: ServerResponse,
) => Answer | 'hold' | Promise<Answer | 'hold'>

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  behave(behaviour: Behaviour): void
  /** Resolves once so many requests that the filter takes have arrived in all. */
  arrived(count: number, isCounted?: (arrival: Arrival) => boolean): Promise<readonly Arrival[]>
}

/** A real HTTP server that takes webhooks and tells when they come. */
export async function startReceiver(behaviour: Behaviour = () => ({ status: 204 })): Promise<Receiver> {
  const arrivals: Arrival[] = []
  const waiting = new Set<() => void>()
  let current = behaviour
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const arrival: Arrival = {
        path: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: bytes.toString('utf8'),
        bytes,
        at: Date.now(),
      }
      arrivals.push(arrival)
      void Promise.resolve(current(arrival, response)).then((answer) => {
        if (answer !== 'hold') response.writeHead(answer.status, answer.headers ?? {}).end(answer.body)
      })
      for (const check of waiting) check()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    behave(next) {
      current = next
    },
    arrived(count, isCounted = () => true) {
      return new Promise((resolve) => {
        const check = (): void => {
          const counted = arrivals.filter(isCounted)
          if (counted.length < count) return
          waiting.delete(check)
          resolve(counted)
        }
        waiting.add(check)
        check()
      })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
