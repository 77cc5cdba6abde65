/** Work done in slices, beside everything else. @returns whether more is left to do now */
export type Slice = () => Promise<boolean>

/**
 * Runs slices while there is work, with the event loop free between them; then rests until it is nudged or its
 * interval has passed. A slice that fails is tried again at the next turn.
 */
export class Agent implements AsyncDisposable {
  readonly #slice: Slice
  readonly #intervalMs: number
  readonly #onError: (error: unknown) => void
  readonly #pauseMs: () => number
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #isNudged = false
  #stopped = false

  /**
   * @param intervalMs how often it looks for work by itself
   * @param pauseMs between two slices; 0 for no longer than the event loop takes
   */
  constructor(
    slice: Slice,
    intervalMs: number,
    onError: (error: unknown) => void,
    pauseMs: () => number = () => 0,
  ) {
    this.#slice = slice
    this.#intervalMs = intervalMs
    this.#onError = onError
    this.#pauseMs = pauseMs
  }

  /** There may be work now. */
  nudge(): void {
    this.#isNudged = true
    if (this.#stopped || this.#running !== null) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      if (this.#stopped) return
      this.#timer = setTimeout(() => this.nudge(), this.#intervalMs)
      this.#timer.unref()
    })
  }

  async #run(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    try {
      while (this.#isNudged && !this.#stopped) {
        this.#isNudged = false
        while (!this.#stopped && (await this.#slice())) {
          const pauseMs = this.#pauseMs()
          await new Promise((resolve) =>
            pauseMs === 0 ? setImmediate(resolve) : setTimeout(resolve, pauseMs),
          )
        }
      }
    } catch (error) {
      this.#onError(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
  }
}
