const everyMs = { terminal: 200, log: 10_000 } as const

/** Tells on standard error how many of all rows are done: in place on a terminal, by a line now and then elsewhere. */
export class Progress {
  readonly #verb: string
  readonly #total: number
  readonly #startedAt = performance.now()
  readonly #isTerminal = process.stderr.isTTY
  #toldAt = performance.now()

  constructor(verb: string, total: number) {
    this.#verb = verb
    this.#total = total
  }

  at(rows: number): void {
    const now = performance.now()
    if (now - this.#toldAt < (this.#isTerminal ? everyMs.terminal : everyMs.log)) return
    this.#toldAt = now
    this.#tell(`${shown(rows)} of ${shown(this.#total)} rows ${this.#verb}`)
  }

  end(): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1)
    this.#tell(`${shown(this.#total)} rows ${this.#verb} in ${seconds} s`)
    if (this.#isTerminal) process.stderr.write('\n')
  }

  #tell(text: string): void {
    process.stderr.write(this.#isTerminal ? `\r\u001B[K${text}` : `${text}\n`)
  }
}

function shown(count: number): string {
  return count.toLocaleString('en')
}
