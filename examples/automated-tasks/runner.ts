import { execFile, type ExecFileException } from 'node:child_process'
import { promisify } from 'node:util'
import type { Task, Tasks } from './tasks.ts'

const run = promisify(execFile)

/** A build that takes longer is killed, and has failed. */
const maxBuildMs = 10 * 60_000
/** What a failed build said, as the table keeps it. */
const maxProblemLength = 500

type End =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'cut off'; readonly signal: string }

export interface RunnerOptions {
  readonly tasks: Tasks
  readonly leaseMs: number
  /** Program and arguments that build a task. */
  readonly commandOf: (task: Task) => readonly [program: string, ...args: string[]]
  readonly print: (line: string) => void
}

/** Runs tasks one after the other, in the background: who sent the event does not wait for its build. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions
  #working: Promise<void> | null = null
  #alarm: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#working !== null || this.#isStopping) return
    clearTimeout(this.#alarm)
    this.#working = this.#work()
      .catch(({ message }: Error) => this.#options.print(`postponed  ${message}`))
      .finally(() => {
        this.#working = null
        // A lease may have run out by then, or a disk have room again.
        if (!this.#isStopping) this.#alarm = setTimeout(() => this.wake(), this.#options.leaseMs)
      })
  }

  async #work(): Promise<void> {
    const { tasks, print } = this.#options
    while (!this.#isStopping) {
      for (const id of tasks.giveUp(Date.now())) print(`failed     ${id}  every run was cut off`)
      const task = tasks.begin(Date.now())
      if (task === null) return
      await this.#run(task)
    }
  }

  async #run(task: Task): Promise<void> {
    const { tasks, print } = this.#options
    print(`running    ${task.id}  ${task.revision}, run ${task.run}`)
    const startedAt = performance.now()
    const end = await this.#build(task)
    const took = `${Math.round(performance.now() - startedAt)} ms`
    if (end.kind === 'cut off') {
      print(`cut off    ${task.id}  ${end.signal}: it is run again once its lease has run out`)
      return
    }
    const problem = end.kind === 'failed' ? end.problem : null
    if (!tasks.end(task, problem)) print(`overtaken  ${task.id}  another process runs it`)
    else if (problem === null) print(`done       ${task.id}  ${task.revision} in ${took}`)
    else print(`failed     ${task.id}  ${problem.replaceAll('\n', ' ')}`)
  }

  async #build(task: Task): Promise<End> {
    const { tasks, leaseMs, commandOf, print } = this.#options
    const renewal = setInterval(() => {
      try {
        tasks.renew(task, Date.now())
      } catch (error) {
        print(`postponed  ${(error as Error).message}`)
      }
    }, leaseMs / 3)
    try {
      const [program, ...args] = commandOf(task)
      // No shell: what an event says is never read as a command.
      await run(program, args, { timeout: maxBuildMs, killSignal: 'SIGKILL' })
      return { kind: 'done' }
    } catch (error) {
      const { message, stderr = '', killed, signal } = error as ExecFileException
      // Neither the build's fault nor ours: someone stops the machine, or the memory is full.
      if (signal != null && killed !== true) return { kind: 'cut off', signal }
      return { kind: 'failed', problem: (stderr.toString().trim() || message).slice(-maxProblemLength) }
    } finally {
      clearInterval(renewal)
    }
  }

  /** Begins nothing more, and waits for the build that is running. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#alarm)
    await this.#working
  }
}
