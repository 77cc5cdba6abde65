import type { Socket } from 'node:net'
import { Client, errors } from 'undici'
import type { OpenSocket } from './connector.ts'

/** An idle socket is closed after this long without use. */
const keepAliveMs = 5_000
/** A socket is not used beyond this age, since it keeps an old answer of the name. */
const maxAgeMs = 60_000

/** One for all: the stack of an error costs more than closing a socket. */
const dropped = new errors.ClientDestroyedError()

/** One socket, or one about to be opened. */
export interface Line {
  readonly origin: string
  readonly client: Client
  readonly createdAt: number
  socket: Socket | null
  /** Exchanges that it has carried. */
  uses: number
  /** What had been read from the socket when it was taken. */
  bytesReadBefore: number
  isOpen: boolean
}

/**
 * Idle sockets by origin. Whoever takes a line has it alone, so that nobody waits for anybody; whoever finds none gets
 * a new one.
 */
export class SocketStock implements AsyncDisposable {
  readonly #openSocket: OpenSocket
  readonly #maxSockets: number
  /** The last used last, which is the first to be used again. */
  readonly #idle = new Map<string, Line[]>()
  /** The same lines in the order in which they fell idle, whatever their origin. */
  readonly #idleInOrder = new Set<Line>()
  readonly #all = new Set<Line>()
  readonly #sockets = new Set<Socket>()
  #isClosed = false

  constructor(openSocket: OpenSocket, maxSockets: number) {
    this.#openSocket = openSocket
    this.#maxSockets = maxSockets
  }

  /** Idle, in use or still connecting. */
  get openSockets(): number {
    return this.#sockets.size
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Null once the stock is disposed. */
  take(origin: string): Line | null {
    if (this.#isClosed) return null
    const idle = this.#idle.get(origin)
    const now = performance.now()
    for (let line = idle?.pop(); line !== undefined; line = idle?.pop()) {
      this.#idleInOrder.delete(line)
      // A socket closes a moment after the answer that ends it, so one that is destroyed may still stand here.
      if (line.socket?.destroyed === false && now - line.createdAt < maxAgeMs) {
        line.bytesReadBefore = line.socket.bytesRead
        return line
      }
      this.drop(line)
    }
    if (this.#sockets.size >= this.#maxSockets) this.#dropOldestIdle()
    return this.#newLine(origin, now)
  }

  #newLine(origin: string, now: number): Line {
    const client = new Client(origin, {
      connect: (to, callback) => {
        const socket = this.#openSocket(to, callback)
        if (socket === null) return
        line.socket = socket
        this.#sockets.add(socket)
        const forget = (): boolean => this.#sockets.delete(socket)
        socket.once('error', forget).once('close', forget)
      },
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
    })
    const line: Line = {
      origin,
      client,
      createdAt: now,
      socket: null,
      uses: 0,
      bytesReadBefore: 0,
      isOpen: true,
    }
    this.#all.add(line)
    // Left alone, the client would open another socket.
    client.on('disconnect', () => this.drop(line))
    return line
  }

  giveBack(line: Line): void {
    if (!line.isOpen) return
    line.uses++
    this.#idleInOrder.add(line)
    const idle = this.#idle.get(line.origin)
    if (idle === undefined) this.#idle.set(line.origin, [line])
    else idle.push(line)
  }

  drop(line: Line): void {
    if (!this.#all.delete(line)) return
    line.isOpen = false
    const idle = this.#idle.get(line.origin)
    const at = this.#idleInOrder.delete(line) ? (idle?.indexOf(line) ?? -1) : -1
    if (at >= 0) idle?.splice(at, 1)
    if (idle?.length === 0) this.#idle.delete(line.origin)
    // Errors of a line that is dropped concern nobody: whoever used it has been answered.
    line.client.destroy(dropped).catch(() => {})
    if (line.socket === null) return
    this.#sockets.delete(line.socket)
    // The client knows of no socket that is still connecting.
    line.socket.destroy()
  }

  #dropOldestIdle(): void {
    for (const oldest of this.#idleInOrder) {
      this.drop(oldest)
      return
    }
  }

  /** Ends what is under way, too, and waits until every socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const sockets = [...this.#sockets]
    for (const line of this.#all) this.drop(line)
    await Promise.all(sockets.map((socket) => new Promise((closed) => socket.once('close', closed))))
  }
}
