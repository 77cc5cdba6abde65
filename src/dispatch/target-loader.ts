import type { Vault } from '#core/sealing.ts'
import { Batcher } from '#lib/batcher.ts'
import type { Catalogue } from '#storage/storage.ts'
import type { Lane } from './lane.ts'
import { type Target, targetOf } from './target.ts'

const maxTogether = 500
const retryMs = 1_000

/** Loads endpoints for their lanes, many at a time. */
export class TargetLoader {
  readonly #batcher: Batcher<Lane, Target | null>
  readonly #on: {
    readonly loaded: (lane: Lane) => void
    readonly failed: (lane: Lane, error: unknown) => void
  }

  constructor(
    storage: Pick<Catalogue, 'loadEndpoints'>,
    vault: Vault,
    on: { readonly loaded: (lane: Lane) => void; readonly failed: (lane: Lane, error: unknown) => void },
  ) {
    this.#on = on
    this.#batcher = new Batcher(
      async (lanes) => {
        const endpoints = await storage.loadEndpoints(
          lanes.map(({ appId, endpointId }) => ({ appId, endpointId })),
        )
        const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]))
        return lanes.map(({ endpointId }) => {
          const endpoint = byId.get(endpointId)
          return endpoint === undefined || endpoint.disabledReason !== null ? null : targetOf(endpoint, vault)
        })
      },
      { maxItems: maxTogether, isSystemic: () => false },
    )
  }

  /** Sets the lane's target, or suspends the lane when its endpoint is disabled or gone. */
  load(lane: Lane): void {
    if (lane.isLoading) return
    lane.isLoading = true
    void this.#load(lane)
  }

  async #load(lane: Lane): Promise<void> {
    for (;;) {
      const { changes } = lane
      try {
        const target = await this.#batcher.add(lane)
        // A change that was committed while this read was under way may be missing in it.
        if (lane.changes !== changes) continue
        lane.target = target
        lane.isSuspended = target === null
        lane.isLoading = false
        this.#on.loaded(lane)
        return
      } catch (error) {
        this.#on.failed(lane, error)
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }
}
