import type { StoreUnavailable } from '#core/errors.ts'
import type { Cluster, Storage } from '#storage/storage.ts'

export interface ReadinessReport {
  readonly ready: boolean
  /** One sentence each; empty when ready. */
  readonly reasons: readonly string[]
}

/** However often it is asked, the store is tried at most this often. */
const freshForMs = 1_000

/** Whether this process can take publishes and send: it can when its store commits. */
export class Readiness {
  readonly #storage: Pick<Storage, 'probe'>
  readonly #cluster: Cluster | null
  readonly #dispatchFailure: () => StoreUnavailable | null
  #checkedAt = Number.NEGATIVE_INFINITY
  #checking: Promise<string | null> = Promise.resolve(null)
  #isStopping = false

  constructor(storage: Pick<Storage, 'probe' | 'cluster'>, dispatchFailure: () => StoreUnavailable | null) {
    this.#storage = storage
    this.#cluster = storage.cluster
    this.#dispatchFailure = dispatchFailure
  }

  /** From now on it is not ready. */
  stop(): void {
    this.#isStopping = true
  }

  async check(): Promise<ReadinessReport> {
    const now = performance.now()
    if (now - this.#checkedAt >= freshForMs) {
      this.#checkedAt = now
      this.#checking = this.#tryStore()
    }
    const reasons: string[] = []
    if (this.#isStopping) reasons.push('this process is stopping')
    if (this.#cluster?.holdsLease === false)
      reasons.push('nothing is sent: the lease of this node has run out, and could not be renewed yet')
    const failure = this.#dispatchFailure()
    if (failure !== null) reasons.push(`sending pauses: ${failure.message}`)
    const problem = await this.#checking
    if (problem !== null) reasons.push(problem)
    return { ready: reasons.length === 0, reasons }
  }

  async #tryStore(): Promise<string | null> {
    try {
      await this.#storage.probe()
      return null
    } catch (error) {
      return `the store takes nothing: ${error instanceof Error ? error.message : String(error)}`
    }
  }
}
