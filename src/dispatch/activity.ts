/** What was done within so long counts as going on. */
const latelyMs = 200

/** Who did something lately: whether others than one are active. */
export class Activity<Actor> {
  #last: { readonly actor: Actor; at: number } | null = null
  /** When somebody else than the last one did something. */
  #otherAt = Number.NEGATIVE_INFINITY

  note(actor: Actor, now: number): void {
    if (this.#last?.actor === actor) {
      this.#last.at = now
      return
    }
    if (this.#last !== null) this.#otherAt = this.#last.at
    this.#last = { actor, at: now }
  }

  isAlone(actor: Actor, now: number): boolean {
    const at = this.#last === null || this.#last.actor === actor ? this.#otherAt : this.#last.at
    return now - at > latelyMs
  }
}
