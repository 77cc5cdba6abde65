import type { IdempotencyStore } from '../idempotency.ts'

export interface MemoryStoreOptions {
  /** Beyond so many, the oldest that are done are forgotten. Default 100,000, about 10 MB. */
  readonly maxIds?: number
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: () => number
}

/** For one process: another one, or the same after a restart, knows nothing of what was handled. */
export function createMemoryStore(options: MemoryStoreOptions = {}): IdempotencyStore {
  const { maxIds = 100_000, now = () => performance.now() } = options
  /** Oldest first. */
  const done = new Set<string>()
  const leases = new Map<string, number>()
  return {
    async begin(id, leaseMs) {
      if (done.has(id)) return 'done'
      const at = now()
      if ((leases.get(id) ?? 0) > at) return 'busy'
      // A lease outlives its time where a handler has failed after it.
      if (leases.size >= maxIds) dropExpired(leases, at)
      if (leases.size >= maxIds) return 'busy'
      leases.set(id, at + leaseMs)
      return 'begun'
    },
    async done(id) {
      leases.delete(id)
      done.add(id)
      if (done.size <= maxIds) return
      const [oldest] = done
      if (oldest !== undefined) done.delete(oldest)
    },
    async failed(id) {
      leases.delete(id)
    },
  }
}

function dropExpired(leases: Map<string, number>, at: number): void {
  for (const [id, until] of leases) if (until <= at) leases.delete(id)
}
