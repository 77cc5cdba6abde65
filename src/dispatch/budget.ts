import type { Standing } from './lane.ts'

/**
 * How many attempts the node may have under way, in all and by the standing of their lanes. Endpoints that are not
 * proven can fill three quarters, so that proven ones always find a place, however many hang; and of these, those that
 * are known to hang or fail can fill one quarter, and those that send too much another, so that new ones find a place
 * beside them. A tenth is left by the proven ones.
 */
export class Budget {
  readonly #max: number
  readonly #shares: Readonly<Record<Standing, number>>
  readonly #used: Record<Standing, number> = { proven: 0, unproven: 0, verbose: 0, troubled: 0 }

  constructor(max: number) {
    this.#max = max
    const quarter = Math.max(1, Math.floor(max / 4))
    this.#shares = {
      proven: Math.max(1, max - Math.ceil(max / 10)),
      unproven: Math.max(1, Math.floor((max * 3) / 4)),
      verbose: quarter,
      troubled: quarter,
    }
  }

  get used(): number {
    return this.#used.proven + this.#notProven
  }

  get #notProven(): number {
    return this.#used.unproven + this.#used.verbose + this.#used.troubled
  }

  allows(standing: Standing): boolean {
    if (this.used >= this.#max || this.#used[standing] >= this.#shares[standing]) return false
    // What an unproven endpoint has under way turns troubled by age alone: all that are not proven are counted together.
    return standing === 'proven' || this.#notProven < this.#shares.unproven
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
