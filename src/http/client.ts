import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { createAddressGuard } from './address-guard.ts'
import { BoundedBody } from './body-limit.ts'
import { guardedConnector } from './connector.ts'
import { Deadlines } from './deadlines.ts'
import { type Failure, type FailureReason, failureOf } from './failure.ts'
import { NameResolver } from './resolver.ts'
import { SocketStock } from './socket-stock.ts'

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
      /** Names in lower case, a list where one was repeated; no value holds a control character but the tab. */
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
      /** At most as much as was asked for; bytes that are not UTF-8, or hold U+0000, as base64. */
      readonly body: string
      /** More than 64 KiB came, or than was asked for: the rest was not read, and the socket was dropped. */
      readonly isCut: boolean
      readonly durationMs: number
    }
  | {
      readonly kind: 'failed'
      readonly reason: FailureReason
      /** One sentence for the attempt's record. */
      readonly detail: string
      readonly durationMs: number
      /** A kept-alive socket died before the first byte of the answer: another may well carry the request. */
      readonly reusedSocket: boolean
      /** The request was begun: it may have arrived. */
      readonly isSent: boolean
    }

export interface HttpClientOptions {
  /** CIDRs that are let through the guard. */
  readonly allowSubnets: readonly string[]
  readonly httpsOnly: boolean
  /** Idle sockets are closed beyond this, the longest unused first; what is under way is bounded by the caller. */
  readonly maxSockets: number
  /** Empty for the system's. */
  readonly dnsServers: readonly string[]
}

const maxCachedUrls = 10_000

type Exchange = Omit<HttpRequest, 'body'> & {
  readonly method: 'GET' | 'POST'
  readonly body: HttpRequest['body'] | null
  readonly maxAnswerBytes?: number
}

interface Destination {
  readonly origin: string
  readonly path: string
}

/** The only way out: guarded, bounded, redirects never followed (RFC 9110 §15.4 leaves that to the client). */
export class HttpClient implements AsyncDisposable {
  readonly #stock: SocketStock
  readonly #deadlines = new Deadlines()
  readonly #resolver: NameResolver
  readonly #httpsOnly: boolean
  readonly #destinations = new Map<string, Destination | string>()

  constructor({ allowSubnets, httpsOnly, maxSockets, dnsServers }: HttpClientOptions) {
    this.#httpsOnly = httpsOnly
    this.#resolver = new NameResolver(dnsServers)
    this.#stock = new SocketStock(
      guardedConnector(createAddressGuard(allowSubnets), this.#resolver),
      maxSockets,
    )
  }

  /** Idle, in use or still connecting. */
  get openSockets(): number {
    return this.#stock.openSockets
  }

  /** Never rejects for anything that the other side does. Once the client is disposed, fails at once. */
  post(request: HttpRequest): Promise<HttpResult> {
    return this.#send({ ...request, method: 'POST' })
  }

  /** @param request `maxAnswerBytes`: so much of the answer is kept */
  get(request: Omit<HttpRequest, 'body'> & { readonly maxAnswerBytes: number }): Promise<HttpResult> {
    return this.#send({ ...request, method: 'GET', body: null })
  }

  #send(request: Exchange): Promise<HttpResult> {
    const destination = this.#destinationOf(request.url)
    if (typeof destination === 'string') {
      return Promise.resolve({
        kind: 'failed',
        reason: 'invalid-url',
        detail: destination,
        durationMs: 0,
        reusedSocket: false,
        isSent: false,
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
    this.#resolver[Symbol.dispose]()
    await this.#stock[Symbol.asyncDispose]()
    this.#deadlines.stop()
  }
}

const disposed: Failure = { reason: 'connection-lost', detail: 'the client is closed' }

/** One exchange on one socket. */
function exchange(
  stock: SocketStock,
  deadlines: Deadlines,
  { origin, path }: Destination,
  { method, headers: sent, body: payload, maxAnswerBytes, deadlineMs }: Exchange,
  resolve: (result: HttpResult) => void,
): void {
  const startedAt = performance.now()
  let line = stock.take(origin)
  const body = new BoundedBody(maxAnswerBytes)
  let status = 0
  let headers: IncomingHttpHeaders = {}
  let isSent = false
  let isSettled = false
  const callOff = deadlines.set(deadlineMs, () =>
    fail({ reason: 'timeout', detail: `no complete answer within ${deadlineMs} ms` }),
  )

  const settle = (result: HttpResult): void => {
    isSettled = true
    callOff()
    resolve(result)
  }
  const fail = ({ reason, detail }: Failure): void => {
    const reusedSocket =
      reason === 'connection-lost' &&
      line !== null &&
      line.uses > 0 &&
      line.socket?.bytesRead === line.bytesReadBefore &&
      !stock.isClosed
    settle({
      kind: 'failed',
      reason,
      detail,
      durationMs: performance.now() - startedAt,
      reusedSocket,
      isSent,
    })
    if (line !== null) stock.drop(line)
  }
  const answer = (isCut: boolean): void => {
    const durationMs = performance.now() - startedAt
    settle({ kind: 'response', status, headers, body: body.text(), isCut, durationMs })
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {
      isSent = true
    },
    onResponseStart(_controller, statusCode, received) {
      if (statusCode < 200) return
      status = statusCode
      headers = received
      body.announce(Number(received['content-length'] ?? 0))
    },
    onResponseData(_controller, chunk) {
      if (isSettled || !body.add(chunk)) return
      answer(true)
      if (line !== null) stock.drop(line)
    },
    onResponseEnd() {
      if (isSettled) return
      answer(false)
      if (line !== null) stock.giveBack(line)
    },
    onResponseError(_controller, error) {
      if (isSettled) return
      // The other side closed the idle socket before a byte was sent on it: this was no exchange yet.
      const wasIdle = !isSent && line !== null && line.uses > 0 && !line.isOpen
      if (!wasIdle) return fail(failureOf(error))
      line = stock.take(origin)
      begin()
    },
  }
  const begin = (): void => {
    if (line === null) return fail(disposed)
    line.client.dispatch({ method, path, headers: sent as string[], body: payload }, handler)
  }
  begin()
}
