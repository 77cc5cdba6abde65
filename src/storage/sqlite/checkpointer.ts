import { Worker } from 'node:worker_threads'
import { errorOf, isFatal } from './faults.ts'
import type { CheckpointResponse, ThreadData } from './thread-protocol.ts'

/**
 * In pages of 4 KiB: so much may gather in the log until it is folded back. Each folding makes commits wait for the
 * disk, and a page that was written often is folded back once.
 */
const pagesTogether = 6_000
/** Whatever the pace; looked at as commits come, so that an idle store is left alone. */
const minEveryMs = 250
const maxEveryMs = 2_000

/**
 * Folds the log back into the file beside the writer, in a thread of its own: done by the writer, it would hold up all
 * commits for the tens of milliseconds that thousands of pages take. The writer itself still does so when the log grows
 * beyond its bound, which then leaves it little to copy.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #worker: Worker
  #isRunning = false
  #endedAt = performance.now()
  #everyMs = minEveryMs
  #logBefore = 0
  #isClosed = false

  constructor(data: ThreadData, onFatal: (error: Error) => void) {
    this.#worker = new Worker(new URL('checkpointer-thread.ts', import.meta.url), { workerData: data })
    this.#worker.on('message', (response: CheckpointResponse) => {
      const { fault } = response
      this.#isRunning = false
      this.#pace(response)
      // Others pass: what was not folded back now is at the next turn.
      if (fault !== null && isFatal(fault)) onFatal(errorOf(fault))
    })
    this.#worker.on('error', onFatal)
    this.#worker.on('exit', () => {
      if (!this.#isClosed) onFatal(new Error('the checkpointer thread ended'))
    })
  }

  /** A transaction has committed. */
  committed(): void {
    if (this.#isRunning || performance.now() - this.#endedAt < this.#everyMs) return
    this.#isRunning = true
    this.#worker.postMessage(null)
  }

  /** Sets the time until the next one by how fast the log has grown. */
  #pace({ log, left }: CheckpointResponse): void {
    const now = performance.now()
    const wanted = (pagesTogether / Math.max(1, log - this.#logBefore)) * (now - this.#endedAt)
    this.#everyMs = left === null ? minEveryMs : Math.min(maxEveryMs, Math.max(minEveryMs, wanted))
    // A log that was folded back as a whole begins anew.
    if (left !== null) this.#logBefore = left === 0 ? 0 : log
    this.#endedAt = now
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#worker.terminate()
  }
}
