/** What waits for so long was not just left over by a claim. */
const afterMs = 1_000
/** What is due since then comes from traffic that goes on. */
const freshForMs = 2_000
const lookEveryMs = 1_000
const maxPace = 16

/** What a lane has left over from before in the store, and how fast it must go out. */
export class Backlog {
  exists = false
  /** Times the pace that disturbs nobody: more where the endpoint is sent more than that meanwhile. */
  pace = 1
  #freshAt = Number.NEGATIVE_INFINITY
  #lag: { readonly ms: number; readonly at: number } | null = null

  /** Something that is due at that instant was left in the store. */
  grows(dueAt: number, now: number): void {
    if (dueAt > now - freshForMs) this.#freshAt = now
  }

  /** A claim has left this as the next one that is due; null for none. */
  isLeft(nextDueAt: number | null, now: number): void {
    this.exists = nextDueAt !== null && nextDueAt <= now - afterMs
    if (!this.exists || nextDueAt === null || now - this.#freshAt > freshForMs) {
      this.pace = 1
      this.#lag = null
      return
    }
    const lagMs = now - nextDueAt
    if (this.#lag !== null && now - this.#lag.at < lookEveryMs) return
    if (this.#lag !== null && lagMs >= this.#lag.ms) this.pace = Math.min(maxPace, 2 * this.pace)
    this.#lag = { ms: lagMs, at: now }
  }
}
