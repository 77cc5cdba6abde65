import type { Cluster, LaneKey } from '#storage/storage.ts'

const maxTogether = 200
const retryMs = 1_000

/** Gives lanes to other nodes, many at a time, as soon as nothing of them is in hand. */
export class Departures {
  readonly #cluster: Cluster | null
  readonly #onError: (error: unknown) => void
  readonly #ready = new Map<string, LaneKey>()
  #running: Promise<void> | null = null
  #isEnding = false

  constructor(cluster: Cluster | null, onError: (error: unknown) => void) {
    this.#cluster = cluster
    this.#onError = onError
  }

  /** Nothing of the lane is in hand any more. */
  depart({ appId, endpointId }: LaneKey): void {
    this.#ready.set(endpointId, { appId, endpointId })
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  /** Resolves once all that departed is given, or cannot be: it is freed when this node leaves. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#running
  }

  async #run(): Promise<void> {
    // Lanes that are let go in the same breath go together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#ready.size > 0) {
      const lanes = [...this.#ready.values()].slice(0, maxTogether)
      for (const { endpointId } of lanes) this.#ready.delete(endpointId)
      try {
        await this.#cluster?.giveAway(lanes)
      } catch (error) {
        // They stay this node's in the store until it works, or until its lease runs out.
        this.#onError(error)
        if (this.#isEnding) return
        for (const lane of lanes) this.#ready.set(lane.endpointId, lane)
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }
}
