import type { Standing } from './lane.ts'

/**
 * How many attempts the node may have under way, in all and by the standing of their lanes. Endpoints that are not
 * proven can fill three quarters, so that proven ones always find a place, however many hang; and of these, those that
 * are known to hang or fail can fill one quarter, so that new ones find a place beside them. A tenth is left by the
 * proven ones.
 */
export class Budget {
  readonly #max: number
  readonly #shares: {
    readonly proven: number
    readonly unprovenAndTroubled: number
    readonly troubled: number
  }
  readonly #used: Record<Standing, number> = { proven: 0, unproven: 0, troubled: 0 }

  constructor(max: number) {
    this.#max = max
    this.#shares = {
      proven: Math.max(1, max - Math.ceil(max / 10)),
      unprovenAndTroubled: Math.max(1, Math.floor((max * 3) / 4)),
      troubled: Math.max(1, Math.floor(max / 4)),
    }
  }

  get used(): number {
    return this.#used.proven + this.#used.unproven + this.#used.troubled
  }

  allows(standing: Standing): boolean {
    const { proven, unproven, troubled } = this.#used
    if (proven + unproven + troubled >= this.#max) return false
    if (standing === 'proven') return proven < this.#shares.proven
    // What an unproven endpoint has under way turns troubled by age alone: the two are counted together.
    if (unproven + troubled >= this.#shares.unprovenAndTroubled) return false
    return standing === 'unproven' || troubled < this.#shares.troubled
  }

  take(standing: Standing): void {
    this.#used[standing]++
  }

  give(standing: Standing): void {
    this.#used[standing]--
  }

  move(count: number, from: Standing, to: Standing): void {
    this.#used[from] -= count
    this.#used[to] += count
  }
}
