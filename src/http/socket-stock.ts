import type { Socket } from 'node:net'
import { type buildConnector, Client } from 'undici'

/** An idle socket is closed after this long without use. */
const keepAliveMs = 5_000
/** A socket is not used beyond this age, since it keeps an old answer of the name. */
const maxAgeMs = 60_000

/** One socket, or one about to be opened. */
export interface Line {
  readonly origin: string
  readonly client: Client
  readonly createdAt: number
  /** Exchanges that it has carried. */
  uses: number
  isOpen: boolean
}

/**
 * Idle sockets by origin. Whoever takes a line has it alone, so that nobody waits for anybody; whoever finds none gets
 * a new one.
 */
export class SocketStock implements AsyncDisposable {
  readonly #connect: buildConnector.connector
  readonly #maxSockets: number
  readonly #idle = new Map<string, Line[]>()
  readonly #all = new Set<Line>()
  #openSockets = 0

  /** @param connector is given what must be told of each socket that opens */
  constructor(
    connector: (onSocket: (socket: Socket) => void) => buildConnector.connector,
    maxSockets: number,
  ) {
    this.#maxSockets = maxSockets
    this.#connect = connector((socket) => {
      this.#openSockets++
      socket.once('close', () => this.#openSockets--)
    })
  }

  get openSockets(): number {
    return this.#openSockets
  }

  take(origin: string): Line {
    const idle = this.#idle.get(origin)
    const now = performance.now()
    for (let line = idle?.pop(); line !== undefined; line = idle?.pop()) {
      if (line.isOpen && now - line.createdAt < maxAgeMs) return line
      this.drop(line)
    }
    if (this.#openSockets >= this.#maxSockets) this.#dropOldestIdle()
    const client = new Client(origin, {
      connect: this.#connect,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
    })
    const line: Line = { origin, client, createdAt: now, uses: 0, isOpen: true }
    this.#all.add(line)
    client.on('disconnect', () => this.drop(line))
    return line
  }

  giveBack(line: Line): void {
    if (!line.isOpen) return
    line.uses++
    const idle = this.#idle.get(line.origin)
    if (idle === undefined) this.#idle.set(line.origin, [line])
    else idle.push(line)
  }

  drop(line: Line): void {
    if (!this.#all.delete(line)) return
    line.isOpen = false
    const idle = this.#idle.get(line.origin)
    const at = idle?.indexOf(line) ?? -1
    if (at >= 0) idle?.splice(at, 1)
    if (idle?.length === 0) this.#idle.delete(line.origin)
    // Errors of a line that is dropped concern nobody: whoever used it has been answered.
    line.client.destroy().catch(() => {})
  }

  /** Origins stand in the order in which they were first idle: near enough to the least recently used. */
  #dropOldestIdle(): void {
    for (const lines of this.#idle.values()) {
      const [oldest] = lines
      if (oldest === undefined) continue
      this.drop(oldest)
      return
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const clients = [...this.#all].map(({ client }) => client)
    this.#all.clear()
    this.#idle.clear()
    await Promise.all(clients.map((client) => client.destroy()))
  }
}
