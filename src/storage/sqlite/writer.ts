import { Worker } from 'node:worker_threads'
import type { Notice } from '../storage.ts'
import { errorOf, isFatal } from './faults.ts'
import type { Call, Reply, ThreadData, WriteRequest, WriteResponse } from './thread-protocol.ts'

interface Waiting {
  readonly call: Call
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** More calls than this wait for the next transaction, so that none grows without bound. */
const maxCallsTogether = 1_000

/** Transactions that the thread has at hand: the next one is there when it has committed the one before. */
const maxUnderway = 2

/**
 * The one connection that writes, in a thread of its own. Calls that arrive while a transaction is under way share
 * the next one, whatever they do: publishing and outcomes need one fsync together.
 */
export class Writer implements AsyncDisposable {
  readonly #worker: Worker
  readonly #onNotices: (notices: readonly Notice[]) => void
  readonly #onFatal: (error: Error) => void
  readonly #onCommit: (durationMs: number) => void
  #waiting: Waiting[] = []
  /** Posted and not answered, oldest first. */
  readonly #underway: { readonly calls: readonly Waiting[]; readonly postedAt: number }[] = []
  #closed = false
  #drained: (() => void) | null = null

  constructor(
    data: ThreadData,
    on: {
      readonly notices: (notices: readonly Notice[]) => void
      readonly fatal: (error: Error) => void
      readonly commit: (durationMs: number) => void
    },
  ) {
    this.#onNotices = on.notices
    this.#onFatal = on.fatal
    this.#onCommit = on.commit
    this.#worker = new Worker(new URL('writer-thread.ts', import.meta.url), { workerData: data })
    this.#worker.on('message', (response: WriteResponse) => this.#settle(response))
    this.#worker.on('error', (error: Error) => this.#onFatal(error))
    this.#worker.on('exit', () => {
      if (!this.#closed) this.#onFatal(new Error('the writer thread ended'))
    })
  }

  call(verb: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call: [verb, args], resolve, reject })
      if (this.#underway.length < maxUnderway) this.#post()
    })
  }

  #post(): void {
    const calls = this.#waiting.splice(0, maxCallsTogether)
    this.#underway.push({ calls, postedAt: performance.now() })
    const request: WriteRequest = { calls: calls.map((waiting) => waiting.call) }
    this.#worker.postMessage(request)
  }

  #settle({ replies, notices }: WriteResponse): void {
    const answered = this.#underway.shift()
    if (answered === undefined) throw new Error('the writer thread answered what it was not asked')
    this.#onCommit(performance.now() - answered.postedAt)
    // The writer goes on before anyone hears of this transaction.
    if (this.#waiting.length > 0) this.#post()
    if (notices.length > 0) this.#onNotices(notices)
    for (const [index, waiting] of answered.calls.entries()) {
      const reply = replies[index] as Reply
      if ('value' in reply) waiting.resolve(reply.value)
      else {
        if (isFatal(reply.fault)) this.#onFatal(errorOf(reply.fault))
        waiting.reject(errorOf(reply.fault))
      }
    }
    if (this.#underway.length === 0) this.#drained?.()
  }

  /** Lets what was asked for commit, then ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    if (this.#underway.length > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
    await this.#worker.terminate()
  }
}
