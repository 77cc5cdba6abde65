import { once } from 'node:events'
import { answerOf, startProgram } from './programs.ts'

export type Question = 'count' | 'report' | 'reset'

interface ReceivedGroup {
  readonly count: number
  /** Each message at each path once. */
  readonly distinct: number
  /** From the time in the body to the arrival of the last byte, in milliseconds. */
  readonly latencies: readonly number[]
}

export interface Received {
  /** On all sockets, both ways, since the start. */
  readonly bytes: number
  /** Of the process, since the start. */
  readonly cpuSeconds: number
  readonly groups: Readonly<Record<string, ReceivedGroup>>
}

const nothing: ReceivedGroup = { count: 0, distinct: 0, latencies: [] }

export interface Receiver extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** Where connecting takes for ever. */
  readonly deafUrl: string
  report(): Promise<Received>
  group(name: string): Promise<ReceivedGroup>
  /** Without latencies: cheap enough to be asked again and again. */
  distinct(name: string): Promise<number>
  reset(): Promise<void>
  /** Waits for so many messages in the group. */
  until(name: string, distinct: number, timeoutMs: number): Promise<void>
}

const lookEveryMs = 5

/** A receiver in a process of its own; see `receiver-process.ts` for its paths. */
export async function startReceiver(): Promise<Receiver> {
  const child = startProgram('receiver-process.ts')
  const { port, deafPort } = await answerOf<{ port: number; deafPort: number }>(child)
  let last: Promise<unknown> = Promise.resolve()
  const ask = (question: Question): Promise<Received> => {
    const asked = last.then(() => answerOf<Received>(child, question))
    last = asked.catch(() => {})
    return asked
  }
  const distinct = async (name: string): Promise<number> => (await ask('count')).groups[name]?.distinct ?? 0
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    deafUrl: `http://127.0.0.1:${deafPort}`,
    report: () => ask('report'),
    group: async (name) => (await ask('report')).groups[name] ?? nothing,
    distinct,
    async reset() {
      await ask('reset')
    },
    async until(name, wanted, timeoutMs) {
      const deadline = performance.now() + timeoutMs
      for (let arrived = await distinct(name); arrived < wanted; arrived = await distinct(name)) {
        if (performance.now() > deadline) {
          throw new Error(`${arrived} of ${wanted} messages arrived within ${timeoutMs} ms`)
        }
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
