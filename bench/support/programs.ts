import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { own } from './belongings.ts'

/** Programs of this folder, each in a process of its own. */

/** As the server's: what they time is not their own garbage collection. */
const execArgv = ['--heap-growing-percent=200']

export function startProgram(file: string, args: readonly string[] = []): ChildProcess {
  return own(fork(join(import.meta.dirname, file), [...args], { execArgv }))
}

/** The next message of a program. Rejects where the program ends first. */
export async function answerOf<T>(child: ChildProcess, question?: unknown): Promise<T> {
  const failed = new AbortController()
  const onExit = (code: number | null): void => failed.abort(new Error(`a program ended with ${code}`))
  child.once('exit', onExit)
  try {
    const answered = once(child, 'message', { signal: failed.signal })
    if (question !== undefined) child.send(question as object)
    return ((await answered) as [T])[0]
  } finally {
    child.off('exit', onExit)
  }
}

/** The one answer of a program that gives one and ends. */
async function resultOf<T>(file: string, args: readonly string[]): Promise<T> {
  const child = startProgram(file, args)
  const ended = once(child, 'exit')
  const result = await answerOf<T>(child)
  await ended
  return result
}

export interface LoopResult {
  readonly count: number
  readonly seconds: number
  /** Of the client's process, for each POST. */
  readonly cpuMicros: number
}

/** The yardstick: signed POSTs, one after another on each connection. */
export function runLoop(receiverUrl: string, seconds: number, connections = 64): Promise<LoopResult> {
  return resultOf('loop-process.ts', [receiverUrl, String(seconds), String(connections)])
}

export interface Load {
  readonly url: string
  readonly token: string
  readonly appId: string
  readonly seconds: number
  /** Taken in turn. */
  readonly eventTypes?: readonly string[]
  readonly connections?: number
  /** Messages a second over all connections; as fast as it goes where it is not given. */
  readonly rate?: number
  readonly maxMessages?: number
}

export interface LoadResult {
  readonly accepted: number
  /** By status; 0 for no answer. */
  readonly answers: Readonly<Record<string, number>>
  readonly seconds: number
  readonly publishMs: readonly number[]
  /** Of the load's process. */
  readonly cpuSeconds: number
}

export interface RunningLoad {
  readonly pid: number
  readonly ended: Promise<LoadResult>
  stop(): void
}

/** Publishes 1 KB messages over the API. `ended` rejects where anything was not accepted. */
export function startLoad(load: Load): RunningLoad {
  const child = startProgram('load-process.ts', [JSON.stringify(load)])
  return {
    pid: child.pid ?? 0,
    ended: endOf(child),
    stop: () => child.send('stop'),
  }
}

async function endOf(child: ChildProcess): Promise<LoadResult> {
  const result = await answerOf<LoadResult>(child)
  const refused = Object.entries(result.answers).filter(([status]) => status !== '202')
  if (refused.length > 0) throw new Error(`not accepted: ${JSON.stringify(refused)}`)
  return result
}

export function runLoad(load: Load): Promise<LoadResult> {
  return startLoad(load).ended
}

export interface Polling {
  readonly url: string
  readonly token: string
  readonly appId: string
  readonly everyMs: number
  /** It ends once it has seen so many. */
  readonly messages: number
  readonly maxSeconds: number
}

export interface Polled {
  readonly requests: number
  readonly bytes: number
  readonly cpuSeconds: number
  readonly latencies: readonly number[]
}

/** Reads the message list again and again. Resolves once it knows its place: what comes after that is seen. */
export async function startPolling(polling: Polling): Promise<{ readonly polled: Promise<Polled> }> {
  const child = startProgram('polling-process.ts', [JSON.stringify(polling)])
  await answerOf<'ready'>(child)
  return { polled: answerOf<Polled>(child) }
}
