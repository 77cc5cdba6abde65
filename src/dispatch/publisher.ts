import { Overloaded, StoreUnavailable } from '#core/errors.ts'
import { Batcher } from '#lib/batcher.ts'
import type { PublishGroup, PublishGroupResult, Storage } from '#storage/storage.ts'

const maxGroupsTogether = 256

/** Publishing counts as busy while there were two requests within so long. */
const busyWithinMs = 100

/** What waits for its commit is bounded: beyond this, publishing answers 503. */
const maxWaitingGroups = 10_000
const maxWaitingBytes = 64 * 1024 * 1024

export interface PublisherEvents {
  publishBatch(size: number): void
  published(messages: number, deliveries: number): void
  publishRejected(reason: string): void
}

/** Where what was committed goes on: the lanes. */
export interface Taker {
  /** Lanes whose next deliveries stay in the store, or all of them. */
  fullLanes(): readonly string[] | 'all'
  take(group: PublishGroup, result: PublishGroupResult): void
  /** The store failed: it may have committed all the same. */
  publishFailed(): void
}

/** Publishes in shared transactions and hands what was committed straight to the lanes. */
export class Publisher {
  readonly #batcher: Batcher<PublishGroup, PublishGroupResult>
  readonly #taker: Taker
  readonly #events: PublisherEvents
  #waitingBytes = 0
  #lastAt = Number.NEGATIVE_INFINITY
  #secondLastAt = Number.NEGATIVE_INFINITY

  constructor(
    storage: Pick<Storage, 'publishMessages' | 'gathering'>,
    taker: Taker,
    events: PublisherEvents,
  ) {
    this.#taker = taker
    this.#events = events
    this.#batcher = new Batcher(
      async (groups) => {
        events.publishBatch(groups.length)
        return await storage.publishMessages(groups, taker.fullLanes(), Date.now())
      },
      {
        maxItems: maxGroupsTogether,
        isSystemic: (error) => error instanceof StoreUnavailable,
        gathering: storage.gathering,
      },
    )
  }

  /** Whether other work should let publishing go first. */
  get isBusy(): boolean {
    return performance.now() - this.#secondLastAt < busyWithinMs
  }

  /** Resolves once the group is on disk. Rejects with `StoreUnavailable` or `Overloaded`: nothing was accepted. */
  async publish(group: PublishGroup): Promise<PublishGroupResult> {
    const bytes = sizeOf(group)
    if (this.#batcher.waiting >= maxWaitingGroups || this.#waitingBytes + bytes > maxWaitingBytes) {
      this.#events.publishRejected('overloaded')
      throw new Overloaded('too many messages wait to be stored')
    }
    this.#waitingBytes += bytes
    this.#secondLastAt = this.#lastAt
    this.#lastAt = performance.now()
    try {
      const result = await this.#batcher.add(group)
      this.#taker.take(group, result)
      if (result.kind === 'published') this.#count(result)
      return result
    } catch (error) {
      this.#taker.publishFailed()
      this.#events.publishRejected(error instanceof StoreUnavailable ? error.code : 'failed')
      throw error
    } finally {
      this.#waitingBytes -= bytes
    }
  }

  #count(result: PublishGroupResult & { readonly kind: 'published' }): void {
    let messages = 0
    let deliveries = 0
    for (const each of result.results) {
      if (each.kind !== 'stored') continue
      messages++
      deliveries += each.handed.length + each.kept.length
    }
    this.#events.published(messages, deliveries)
  }
}

function sizeOf(group: PublishGroup): number {
  let bytes = 0
  for (const { message } of group.items) bytes += (message.payload?.length ?? 0) + 200
  return bytes
}
