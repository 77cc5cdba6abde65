import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { StartRefused } from '#core/errors.ts'
import { deliverLocally, type Incoming, type LocalAnswer } from './local-delivery.ts'
import type { Origin, TailClient } from './tail-client.ts'

/** Where messages go: all of them, or those of event types that a pattern matches. */
export interface Target {
  readonly pattern: RegExp | null
  readonly url: string
}

export interface Delivered {
  readonly origin: Origin
  readonly incoming: Incoming
  readonly url: string
  readonly answer: LocalAnswer
  /** It will be tried again after so long; null where this was the last time. */
  readonly againAfterMs: number | null
}

export interface ListenerEvents {
  readonly delivered: (delivered: Delivered) => void
  /** It was posted everywhere. */
  readonly taken?: (incoming: Incoming) => void
  readonly connected: (origin: Origin) => void
  readonly disconnected: (origin: Origin, detail: string) => void
}

export interface ListenerParts {
  readonly client: TailClient
  readonly targets: readonly Target[]
  /** `local`: a message counts as taken once every target answered 2xx. `edge`: once it came. */
  readonly ack: 'local' | 'edge'
  readonly cursors: Cursors
  readonly on: ListenerEvents
}

const firstPauseMs = 500
const maxPauseMs = 15_000

/** Follows one origin until it is aborted. What came, but was not taken, comes again after a break. */
export async function listen(origin: Origin, parts: ListenerParts, signal: AbortSignal): Promise<void> {
  const { client, cursors, on } = parts
  let pauseMs = firstPauseMs
  let isConnected = false
  while (!signal.aborted) {
    try {
      const iterator = cursors.of(origin)
      const page = await client.page(origin, iterator, signal)
      if (!isConnected) on.connected(origin)
      isConnected = true
      pauseMs = firstPauseMs
      for (const incoming of page.incoming) {
        if (signal.aborted || !(await take(origin, incoming, parts, signal))) return
        cursors.move(origin, incoming.iterator)
        on.taken?.(incoming)
      }
      if (!signal.aborted) cursors.move(origin, page.iterator)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof StartRefused) throw error
      if (isConnected || pauseMs === firstPauseMs) on.disconnected(origin, wordsOf(error))
      isConnected = false
      await wait(pauseMs, undefined, { signal }).catch(() => {})
      pauseMs = Math.min(2 * pauseMs, maxPauseMs)
    }
  }
}

/** Posts a message to every target that it is for. @returns whether it was taken before the signal came */
export async function take(
  origin: Origin,
  incoming: Incoming,
  { targets, ack, on }: Pick<ListenerParts, 'targets' | 'ack' | 'on'>,
  signal: AbortSignal,
): Promise<boolean> {
  const urls = targets
    .filter(({ pattern }) => pattern === null || pattern.test(incoming.eventType))
    .map(({ url }) => url)
  for (const url of urls) {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      const answer = await deliverLocally(url, incoming, signal)
      if (signal.aborted && answer.kind === 'unreachable') return false
      const againAfterMs = isTaken(answer) || ack === 'edge' ? null : pauseMs
      on.delivered({ origin, incoming, url, answer, againAfterMs })
      if (againAfterMs === null) break
      await wait(againAfterMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return false
    }
  }
  return true
}

/** Whether the machine has taken what was posted. */
export function isTaken(answer: LocalAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** How far each origin was followed, in a file: the next run goes on from there. */
export class Cursors {
  readonly #file: string | null
  readonly #server: string
  readonly #cursors: Map<string, string>

  /**
   * @param file null keeps them for this run alone. Throws `StartRefused` where it holds something else.
   * @param server a cursor says nothing to another one
   */
  constructor(file: string | null, server: string) {
    this.#file = file
    this.#server = server
    this.#cursors = new Map(file === null ? [] : entriesIn(file))
  }

  of(origin: Origin): string | null {
    return this.#cursors.get(this.#nameOf(origin)) ?? null
  }

  #nameOf({ appRef, endpointRef }: Origin): string {
    return [this.#server, appRef, ...(endpointRef === null ? [] : [endpointRef])].join(' ')
  }

  move(origin: Origin, iterator: string): void {
    if (this.#cursors.get(this.#nameOf(origin)) === iterator) return
    this.#cursors.set(this.#nameOf(origin), iterator)
    if (this.#file === null) return
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(Object.fromEntries(this.#cursors), null, 2)}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function entriesIn(file: string): readonly (readonly [string, string])[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, string>)
    if (entries.every(([, value]) => typeof value === 'string')) return entries
  } catch {
    // Told below: it is no file of ours.
  }
  throw new StartRefused('cursor_file', `${file} holds no cursors`, 'Name another file with --cursor-file.')
}
