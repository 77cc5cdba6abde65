import type { Rejection } from '#core/source.ts'
import type { Sources } from '#storage/storage.ts'

/** So many are kept of each source. */
const keptOfEach = 1_000
const flushMs = 250
/** Of one source in one flush: a flood of them costs no more than this, and tells no more. */
const maxOfEachTogether = 20
const maxTogether = 1_000

/**
 * Writes down requests that were refused, some at a time. A record that the store does not take is dropped: the request
 * was answered, and whoever sent it sends more like it.
 */
export class RejectionLog implements AsyncDisposable {
  readonly #storage: Pick<Sources, 'insertRejections'>
  readonly #on: { readonly dropped: (count: number) => void }
  #waiting: Rejection[] = []
  readonly #counts = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null

  constructor(storage: Pick<Sources, 'insertRejections'>, on: { readonly dropped: (count: number) => void }) {
    this.#storage = storage
    this.#on = on
  }

  /** @param make writes the record down, and is asked only where it is kept: in a flood of requests most are not */
  add(sourceId: string, make: () => Rejection): void {
    const count = (this.#counts.get(sourceId) ?? 0) + 1
    if (count > maxOfEachTogether || this.#waiting.length >= maxTogether) {
      this.#on.dropped(1)
      return
    }
    this.#counts.set(sourceId, count)
    this.#waiting.push(make())
    this.#schedule()
  }

  /** One write at a time: what a slow store does not take in is dropped, not gathered. */
  #schedule(): void {
    if (this.#timer !== null || this.#running !== null || this.#waiting.length === 0) return
    this.#timer = setTimeout(() => this.#flush(), flushMs)
  }

  #flush(): void {
    this.#timer = null
    const rejections = this.#waiting
    this.#waiting = []
    this.#counts.clear()
    this.#running = this.#write(rejections).finally(() => {
      this.#running = null
      this.#schedule()
    })
  }

  async #write(rejections: readonly Rejection[]): Promise<void> {
    try {
      await this.#storage.insertRejections(rejections, keptOfEach)
    } catch {
      this.#on.dropped(rejections.length)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#flush()
    await this.#running
  }
}
