import type { IncomingHttpHeaders } from 'node:http'
import { type AddressGuard, createAddressGuard } from './address-guard.ts'
import { BoundedBody } from './body-limit.ts'
import { guardedConnector } from './connector.ts'
import { Deadlines } from './deadlines.ts'
import { type FailureReason, failureOf } from './failure.ts'
import { NameResolver } from './resolver.ts'
import { type Line, SocketStock } from './socket-stock.ts'

export interface HttpRequest {
  readonly url: string
  /** Name, value, name, value …; the case of names is kept on the wire. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array
  /** Over the whole exchange: resolving, connecting, sending, the answer's last byte. */
  readonly deadlineMs: number
}

export type HttpResult =
  | {
      readonly kind: 'response'
      readonly status: number
      /** Names in lower case; repeated ones joined with a comma. */
      readonly headers: Readonly<Record<string, string>>
      /** At most 16 KiB; bytes that are not UTF-8 as base64. */
      readonly body: string
      readonly durationMs: number
    }
  | {
      readonly kind: 'failed'
      readonly reason: FailureReason
      /** One sentence for the attempt's record. */
      readonly detail: string
      readonly durationMs: number
      /** A kept-alive socket died before the first byte of an answer: another may well carry the request. */
      readonly reusedSocket: boolean
    }

export interface HttpClientOptions {
  /** CIDRs that are let through the guard. */
  readonly allowSubnets: readonly string[]
  readonly httpsOnly: boolean
  /** Idle sockets are closed beyond this; what is under way is bounded by the caller. */
  readonly maxSockets: number
  /** Empty for the system's. */
  readonly dnsServers: readonly string[]
}

const maxCachedUrls = 10_000

interface Destination {
  readonly origin: string
  readonly path: string
}

/** The only way out: guarded, bounded, redirects never followed (RFC 9110 §15.4 leaves that to the client). */
export class HttpClient implements AsyncDisposable {
  readonly #stock: SocketStock
  readonly #deadlines = new Deadlines()
  readonly #guard: AddressGuard
  readonly #httpsOnly: boolean
  readonly #destinations = new Map<string, Destination | string>()

  constructor({ allowSubnets, httpsOnly, maxSockets, dnsServers }: HttpClientOptions) {
    this.#guard = createAddressGuard(allowSubnets)
    this.#httpsOnly = httpsOnly
    const resolver = new NameResolver(dnsServers)
    this.#stock = new SocketStock((onSocket) => guardedConnector(this.#guard, resolver, onSocket), maxSockets)
  }

  get openSockets(): number {
    return this.#stock.openSockets
  }

  /** Never rejects for anything that the other side does. */
  post(request: HttpRequest): Promise<HttpResult> {
    const destination = this.#destinationOf(request.url)
    if (typeof destination === 'string') {
      return Promise.resolve({
        kind: 'failed',
        reason: 'invalid-url',
        detail: destination,
        durationMs: 0,
        reusedSocket: false,
      })
    }
    return new Promise((resolve) => exchange(this.#stock, this.#deadlines, destination, request, resolve))
  }

  /** The parsed URL, or what is wrong with it. */
  #destinationOf(url: string): Destination | string {
    let destination = this.#destinations.get(url)
    if (destination === undefined) {
      destination = this.#parse(url)
      if (this.#destinations.size >= maxCachedUrls) this.#destinations.clear()
      this.#destinations.set(url, destination)
    }
    return destination
  }

  #parse(text: string): Destination | string {
    if (!URL.canParse(text)) return 'the URL is not absolute'
    const url = new URL(text)
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || this.#httpsOnly)) {
      return `${url.protocol}// is not sent to`
    }
    if (url.username !== '' || url.password !== '') return 'the URL holds a user name or a password'
    return { origin: url.origin, path: url.pathname + url.search }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deadlines.stop()
    await this.#stock[Symbol.asyncDispose]()
  }
}

/** One exchange on one socket. */
function exchange(
  stock: SocketStock,
  deadlines: Deadlines,
  { origin, path }: Destination,
  request: HttpRequest,
  resolve: (result: HttpResult) => void,
): void {
  const startedAt = performance.now()
  const line = stock.take(origin)
  const body = new BoundedBody()
  let status = 0
  let headers: IncomingHttpHeaders = {}
  let isSettled = false

  const settle = (result: HttpResult): void => {
    isSettled = true
    callOff()
    resolve(result)
  }
  const fail = (reason: FailureReason, detail: string): void => {
    if (isSettled) return
    const wasReused = line.uses > 0 && status === 0 && reason === 'connection-lost'
    settle({
      kind: 'failed',
      reason,
      detail,
      durationMs: performance.now() - startedAt,
      reusedSocket: wasReused,
    })
    stock.drop(line)
  }
  const answer = (): void => {
    const durationMs = performance.now() - startedAt
    settle({ kind: 'response', status, headers: plain(headers), body: body.text(), durationMs })
  }
  const callOff = deadlines.set(request.deadlineMs, () =>
    fail('timeout', `no complete answer within ${request.deadlineMs} ms`),
  )

  dispatch(
    line,
    path,
    request,
    {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, received) {
        if (statusCode < 200) return
        status = statusCode
        headers = received
      },
      onResponseData(_controller, chunk) {
        if (isSettled || !body.add(chunk)) return
        answer()
        stock.drop(line)
      },
      onResponseEnd() {
        if (isSettled) return
        answer()
        stock.giveBack(line)
      },
      onResponseError(_controller, error) {
        const { reason, detail } = failureOf(error)
        fail(reason, detail)
      },
    },
    fail,
  )
}

type Handler = Parameters<Line['client']['dispatch']>[1]

function dispatch(
  line: Line,
  path: string,
  { headers, body }: HttpRequest,
  handler: Handler,
  fail: (reason: FailureReason, detail: string) => void,
): void {
  try {
    line.client.dispatch({ method: 'POST', path, headers: headers as string[], body }, handler)
  } catch (error) {
    // Headers that no request can carry are refused here.
    const { reason, detail } = failureOf(error)
    fail(reason, detail)
  }
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return result
}
