import TinyQueue from 'tinyqueue'

interface Entry<T> {
  readonly at: number
  readonly subject: T
}

/** Longest a timer can run. */
const maxTimeoutMs = 2_147_483_647

/** Any number of instants, one timer. */
export class WakeUps<T> {
  readonly #queue = new TinyQueue<Entry<T>>([], (a, b) => a.at - b.at)
  readonly #onWake: (subject: T, at: number) => void
  #timer: NodeJS.Timeout | null = null
  #timerAt = Number.POSITIVE_INFINITY

  constructor(onWake: (subject: T, at: number) => void) {
    this.#onWake = onWake
  }

  set(subject: T, at: number): void {
    this.#queue.push({ at, subject })
    this.#arm()
  }

  #arm(): void {
    const first = this.#queue.peek()
    if (first === undefined || first.at >= this.#timerAt) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = first.at
    const wait = Math.min(maxTimeoutMs, Math.max(0, first.at - Date.now()))
    this.#timer = setTimeout(() => this.#fire(), wait)
  }

  #fire(): void {
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = Date.now()
    for (let first = this.#queue.peek(); first !== undefined && first.at <= now; first = this.#queue.peek()) {
      this.#queue.pop()
      this.#onWake(first.subject, first.at)
    }
    this.#arm()
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    while (this.#queue.length > 0) this.#queue.pop()
  }
}
