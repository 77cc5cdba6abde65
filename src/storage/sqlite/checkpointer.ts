import { Worker } from 'node:worker_threads'
import { errorOf, isFatal } from './faults.ts'
import type { CheckpointResponse, ThreadData } from './thread-protocol.ts'

/** Looked at as commits come, so that an idle store is left alone. */
const everyMs = 500

/**
 * Folds the log back into the file beside the writer, in a thread of its own: done by the writer, it would hold up all
 * commits for the tens of milliseconds that thousands of pages take. The writer itself still does so when the log grows
 * beyond its bound, which then leaves it little to copy.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #worker: Worker
  #isRunning = false
  #endedAt = performance.now()
  #isClosed = false

  constructor(data: ThreadData, onFatal: (error: Error) => void) {
    this.#worker = new Worker(new URL('checkpointer-thread.ts', import.meta.url), { workerData: data })
    this.#worker.on('message', ({ fault }: CheckpointResponse) => {
      this.#isRunning = false
      this.#endedAt = performance.now()
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
    if (this.#isRunning || performance.now() - this.#endedAt < everyMs) return
    this.#isRunning = true
    this.#worker.postMessage(null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#worker.terminate()
  }
}
