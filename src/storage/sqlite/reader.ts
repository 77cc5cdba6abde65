import { Worker } from 'node:worker_threads'
import { errorOf } from './faults.ts'
import type { ReadRequest, ReadResponse, ThreadData } from './thread-protocol.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A connection that reads, in a thread of its own, so that a long list holds up neither a commit nor a delivery. */
export class Reader implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #closed = false

  constructor(data: ThreadData, onFatal: (error: Error) => void) {
    this.#worker = new Worker(new URL('reader-thread.ts', import.meta.url), { workerData: data })
    this.#worker.on('message', ({ id, reply }: ReadResponse) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if ('value' in reply) waiting?.resolve(reply.value)
      else waiting?.reject(errorOf(reply.fault))
    })
    this.#worker.on('error', onFatal)
    this.#worker.on('exit', () => {
      if (!this.#closed) onFatal(new Error('a reader thread ended'))
    })
  }

  /** Calls that wait for their answer. */
  get load(): number {
    return this.#waiting.size
  }

  call(verb: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'))
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      const request: ReadRequest = { id, call: [verb, args] }
      this.#worker.postMessage(request)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.values()) reject(new Error('the store is closed'))
    this.#waiting.clear()
    await this.#worker.terminate()
  }
}
