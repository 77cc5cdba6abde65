/** How exactly deadlines are kept. */
const tickMs = 50
/** Where many end together, the event loop goes on with what else there is between so many. */
const endedTogether = 8

interface Entry {
  readonly at: number
  readonly onDeadline: () => void
}

/** Any number of deadlines, one coarse timer that runs only while something waits. */
export class Deadlines {
  readonly #entries = new Set<Entry>()
  #timer: NodeJS.Timeout | null = null
  #rest: NodeJS.Immediate | null = null

  /** @returns a function that calls it off */
  set(inMs: number, onDeadline: () => void): () => void {
    const entry: Entry = { at: performance.now() + inMs, onDeadline }
    this.#entries.add(entry)
    this.#timer ??= setInterval(() => this.#tick(), tickMs)
    return () => this.#entries.delete(entry)
  }

  #tick(): void {
    const now = performance.now()
    let ended = 0
    for (const entry of this.#entries) {
      if (entry.at > now) continue
      if (ended++ === endedTogether) {
        this.#rest ??= setImmediate(() => {
          this.#rest = null
          this.#tick()
        })
        return
      }
      this.#entries.delete(entry)
      entry.onDeadline()
    }
    if (this.#entries.size === 0) this.stop()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#rest !== null) clearImmediate(this.#rest)
    this.#timer = null
    this.#rest = null
  }
}
