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
  #running: Promise<void> = Promise.resolve()

  constructor(storage: Pick<Sources, 'insertRejections'>, on: { readonly dropped: (count: number) => void }) {
    this.#storage = storage
    this.#on = on
  }

  add(rejection: Rejection): void {
    const count = (this.#counts.get(rejection.sourceId) ?? 0) + 1
    if (count > maxOfEachTogether || this.#waiting.length >= maxTogether) {
      this.#on.dropped(1)
      return
    }
    this.#counts.set(rejection.sourceId, count)
    this.#waiting.push(rejection)
    this.#timer ??= setTimeout(() => this.#flush(), flushMs)
  }

  #flush(): void {
    this.#timer = null
    const rejections = this.#waiting
    this.#waiting = []
    this.#counts.clear()
    this.#running = this.#running.then(async () => {
      try {
        await this.#storage.insertRejections(rejections, keptOfEach)
      } catch {
        this.#on.dropped(rejections.length)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#flush()
    }
    await this.#running
  }
}
