/** Flushes at once. */
const maxUnderway = 2
/** Items that make a second flush worth while. */
const enoughForSecond = 16

/** Items of one flush that show that many come. */
const several = 4

/** Where each flush is dear: under load, more items are waited for. */
export interface Gathering {
  /** A flush begins at once with so many. */
  readonly enough: number
  /** As many go together at most. */
  readonly most: number
  /** Fewer wait so long for others, where the last flush had several. */
  readonly forMs: number
}

/**
 * Gathers items while a flush is under way and flushes them together as soon as it returns. No timer: a lone item
 * waits for nothing, and a burst forms large batches by itself. Once enough items wait, a second flush begins beside
 * the first, so that whoever carries them out has its next work at hand.
 *
 * A flush that fails as a whole is tried again in halves until the item at fault is alone, so that one bad item
 * fails by itself; unless `isSystemic` says that no item could have gone through.
 */
export class Batcher<Item, Result> {
  readonly #flush: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #maxItems: number
  readonly #isSystemic: (error: unknown) => boolean
  readonly #gathering: Gathering | null
  #waiting: Entry<Item, Result>[] = []
  #underway = 0
  #lastSize = 0
  #gathered: (() => void) | null = null

  constructor(
    flush: (items: readonly Item[]) => Promise<readonly Result[]>,
    options: {
      readonly maxItems: number
      readonly isSystemic: (error: unknown) => boolean
      readonly gathering?: Gathering | null
    },
  ) {
    this.#flush = flush
    this.#gathering = options.gathering ?? null
    this.#maxItems = this.#gathering?.most ?? options.maxItems
    this.#isSystemic = options.isSystemic
  }

  get waiting(): number {
    return this.#waiting.length
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#gathered !== null && this.#waiting.length >= (this.#gathering?.enough ?? 0)) this.#gathered()
      const forSecond = this.#gathering?.most ?? enoughForSecond
      if (this.#underway === 0 || (this.#underway < maxUnderway && this.#waiting.length >= forSecond)) {
        this.#underway++
        // What is added in the same breath goes along.
        queueMicrotask(() => void this.#run())
      }
    })
  }

  /** Resolves when enough wait, or have waited long enough. */
  async #gather({ enough, forMs }: Gathering): Promise<void> {
    if (this.#lastSize < several || this.#waiting.length >= enough || this.#gathered !== null) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, forMs)
      this.#gathered = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#gathered = null
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#gathering !== null) await this.#gather(this.#gathering)
      const batch =
        this.#waiting.length <= this.#maxItems ? this.#waiting : this.#waiting.slice(0, this.#maxItems)
      this.#waiting = batch === this.#waiting ? [] : this.#waiting.slice(this.#maxItems)
      this.#lastSize = batch.length
      if (batch.length > 0) await this.#flushBatch(batch)
    }
    this.#underway--
  }

  async #flushBatch(batch: readonly Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#flush(batch.map((entry) => entry.item))
      for (let index = 0; index < batch.length; index++) batch[index]?.resolve(results[index] as Result)
    } catch (error) {
      if (batch.length === 1 || this.#isSystemic(error)) {
        for (const entry of batch) entry.reject(error)
        return
      }
      const middle = batch.length >> 1
      await this.#flushBatch(batch.slice(0, middle))
      await this.#flushBatch(batch.slice(middle))
    }
  }
}

interface Entry<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}
