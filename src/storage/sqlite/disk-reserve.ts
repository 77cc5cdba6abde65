import { statfs } from 'node:fs/promises'
import { StoreUnavailable } from '#core/errors.ts'

const freshForMs = 500

/**
 * Refuses new messages while so little disk is free that the outcomes of accepted ones might not fit. Asks the file
 * system at most twice a second, and only while someone publishes.
 */
export class DiskReserve {
  readonly #dir: string
  readonly #reserveBytes: number
  #freeBytes = Number.POSITIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(dir: string, reserveBytes: number) {
    this.#dir = dir
    this.#reserveBytes = reserveBytes
  }

  /** Null while there is room. */
  async shortage(): Promise<StoreUnavailable | null> {
    const now = performance.now()
    if (now - this.#askedAt > freshForMs) {
      this.#askedAt = now
      const { bavail, bsize } = await statfs(this.#dir)
      this.#freeBytes = bavail * bsize
    }
    if (this.#freeBytes >= this.#reserveBytes) return null
    return new StoreUnavailable(
      'disk_reserve_reached',
      `${this.#freeBytes} bytes are free on the disk of the store, ${this.#reserveBytes} are kept for outcomes`,
      'Free space on the disk that holds the data directory.',
    )
  }
}
