import { until } from '#test/support/until.ts'
import { type Command, type Program, runProgram, type Start, startProgram } from './program.ts'

/** So long a program may take to stop before it is killed. */
const stopWithinMs = 10_000
const shownOfEach = 15

export interface StageOptions {
  /** For the files of its programs. */
  readonly directory: string
  /** Ends everything that waits on the stage. */
  readonly signal: AbortSignal
}

function shown(name: string, { lines }: Program): readonly string[] {
  const last = lines.slice(-shownOfEach).map((line) => `  ${line}`)
  return [`${name} printed ${last.length === 0 ? 'nothing' : 'last'}`, ...last]
}

/** Where programs run side by side. What was started here ends with it. */
export class Stage implements AsyncDisposable {
  readonly directory: string
  /** Aborts from outside, when time is up, and when a program ends that should run on. */
  readonly signal: AbortSignal
  readonly #ending = new AbortController()
  readonly #running = new Map<Program, string>()
  #isClosing = false

  constructor({ directory, signal }: StageOptions) {
    this.directory = directory
    this.signal = AbortSignal.any([signal, this.#ending.signal])
  }

  readonly start: Start = (command) => {
    const name = command.command.join(' ')
    const program = startProgram(command, { signal: this.signal, isDetached: true })
    this.#running.set(program, name)
    void program.ended.then(({ code, signal }) => {
      if (this.#isClosing) return
      this.#running.delete(program)
      this.#ending.abort(
        new Error([`a program ended with ${code ?? signal}`, ...shown(name, program)].join('\n')),
      )
    })
    return program
  }

  /** Runs a program to its end. @returns what it printed */
  run(command: Command): Promise<string> {
    return runProgram(command, { signal: this.signal, isDetached: true })
  }

  /** Asks until the answer is there. */
  until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
    return until(async () => {
      this.signal.throwIfAborted()
      return await ask()
    })
  }

  /** Bounds what is done here. */
  async within<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
    const late = () => this.#ending.abort(new Error(`it took longer than ${limitMs / 1000} s`))
    const timer = setTimeout(late, limitMs)
    try {
      return await act()
    } catch (error) {
      // Whatever was waited for only says that it was ended.
      this.signal.throwIfAborted()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** The last that each program printed that has not ended. */
  lastLines(): readonly string[] {
    return [...this.#running].flatMap(([program, name]) => shown(name, program))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    for (const program of [...this.#running.keys()].toReversed()) {
      const killing = setTimeout(() => void program.stop('SIGKILL'), stopWithinMs)
      await program.stop()
      clearTimeout(killing)
    }
  }
}
