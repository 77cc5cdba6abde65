import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export interface Command {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** All that it gets beside `PATH`. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What it reads; nothing by default. */
  readonly input?: string
}

/** How a program ended: by itself with a code, or by a signal. */
interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program of an example that runs until it is stopped. It does not outlive the test. */
export interface Example {
  /** Every line that it printed so far, on either stream. */
  readonly lines: readonly string[]
  /** Resolves with the first so many lines that match, once they are printed. Rejects where it ended before. */
  printed(pattern: RegExp, count?: number): Promise<readonly string[]>
  readonly ended: Promise<Ending>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<Ending>
}

function start({
  command: [program, ...args],
  env = {},
  cwd,
  input = '',
}: Command): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, { cwd, env: { PATH: process.env.PATH, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  // A program that ends without reading has closed the pipe.
  child.stdin.on('error', () => {}).end(input)
  return child
}

export function startExample(command: Command): Example {
  const child = start(command)
  const lines: string[] = []
  const changed = new EventTarget()
  const tell = () => changed.dispatchEvent(new Event('change'))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      tell()
    })
  }
  let ending: Ending | null = null
  // `close` follows the last line; `exit` need not.
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    ending = { code: code as number | null, signal: signal as NodeJS.Signals | null }
    tell()
    return ending
  })
  return {
    lines,
    ended,
    async printed(pattern, count = 1) {
      for (;;) {
        const found = lines.filter((line) => pattern.test(line)).slice(0, count)
        if (found.length === count) return found
        if (ending !== null) throw new Error(`it ended before it printed ${pattern}:\n${lines.join('\n')}`)
        await once(changed, 'change')
      }
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await ended
    },
  }
}

/** Runs a program to its end. @returns what it printed on its standard output; fails where it failed */
export async function runProgram(command: Command): Promise<string> {
  const child = start(command)
  let [printed, complaints] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command.command.join(' ')} ended with ${code}:\n${printed}${complaints}`)
  return printed
}
