import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Command {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** All that it gets beside `PATH`. */
  readonly env?: Readonly<NodeJS.ProcessEnv>
  readonly cwd?: string
  /** What it reads; nothing by default. */
  readonly input?: string
}

export interface ProgramOptions {
  /** Ends waiting for what a program prints, and a program that runs to its end. */
  readonly signal?: AbortSignal | undefined
  /** Keeps a Ctrl-C in the terminal from it: whoever started it stops it. */
  readonly isDetached?: boolean
}

/** How a program ended: by itself with a code, or by a signal. */
interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program that runs until it is stopped. */
export interface Program {
  /** Every line that it printed so far, on either stream. */
  readonly lines: readonly string[]
  /** Resolves with the first so many lines that match, once they are printed. Rejects where it ended before. */
  printed(pattern: RegExp, count?: number): Promise<readonly string[]>
  readonly ended: Promise<Ending>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<Ending>
}

/** Starts a program. Who gives it sees to it that the program ends. */
export type Start = (command: Command) => Program

function spawned(
  { command: [program, ...args], env = {}, cwd, input = '' }: Command,
  isDetached: boolean,
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    detached: isDetached,
  })
  // A program that ends without reading has closed the pipe.
  child.stdin.on('error', () => {}).end(input)
  return child
}

export function startProgram(command: Command, { signal, isDetached = false }: ProgramOptions = {}): Program {
  const child = spawned(command, isDetached)
  const lines: string[] = []
  const changed = new EventTarget()
  const add = (line: string) => {
    lines.push(line)
    changed.dispatchEvent(new Event('change'))
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', add)
  // One that cannot be started is closed, too.
  child.on('error', ({ message }) => add(message))
  let ending: Ending | null = null
  const { promise: ended, resolve } = Promise.withResolvers<Ending>()
  // `close` follows the last line; `exit` need not.
  child.once('close', (code, by) => {
    ending = { code, signal: by }
    changed.dispatchEvent(new Event('change'))
    resolve(ending)
  })
  return {
    lines,
    ended,
    async printed(pattern, count = 1) {
      for (;;) {
        const found = lines.filter((line) => pattern.test(line)).slice(0, count)
        if (found.length === count) return found
        if (ending !== null) throw new Error(`it ended before it printed ${pattern}:\n${lines.join('\n')}`)
        await once(changed, 'change', { signal })
      }
    },
    async stop(by = 'SIGTERM') {
      child.kill(by)
      return await ended
    },
  }
}

/** Runs a program to its end. @returns what it printed on its standard output; fails where it failed */
export async function runProgram(
  command: Command,
  { signal, isDetached = false }: ProgramOptions = {},
): Promise<string> {
  const child = spawned(command, isDetached)
  const kill = () => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  let [printed, complaints] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    signal?.throwIfAborted()
    if (code !== 0) {
      throw new Error(`${command.command.join(' ')} ended with ${code}:\n${printed}${complaints}`)
    }
    return printed
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}
