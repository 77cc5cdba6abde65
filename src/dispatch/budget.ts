import { type Standing, standings } from './lane.ts'

/**
 * How many attempts the node may have under way, in all and by the standing of their lanes: endpoints that hang or
 * fail can fill only a share, new ones only half, and a tenth is always left for lanes that are not proven.
 */
export class Budget {
  readonly #max: number
  readonly #shares: Readonly<Record<Standing, number>>
  readonly #used: Record<Standing, number> = { proven: 0, unproven: 0, troubled: 0 }

  constructor(max: number) {
    this.#max = max
    this.#shares = {
      proven: Math.max(1, max - Math.ceil(max / 10)),
      unproven: Math.max(1, Math.floor(max / 2)),
      troubled: Math.max(1, Math.floor(max / 4)),
    }
  }

  get used(): number {
    return this.#used.proven + this.#used.unproven + this.#used.troubled
  }

  allows(standing: Standing): boolean {
    if (this.used >= this.#max) return false
    const used = this.#used
    if (standing === 'proven') return used.proven < this.#shares.proven
    if (standing === 'troubled' && used.troubled >= this.#shares.troubled) return false
    // Troubled lanes were unproven or proven once: they do not count against the half that new lanes may use.
    return standing === 'troubled' || used.unproven < this.#shares.unproven
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

  usedBy(): Readonly<Record<Standing, number>> {
    return Object.fromEntries(standings.map((standing) => [standing, this.#used[standing]])) as Record<
      Standing,
      number
    >
  }
}
