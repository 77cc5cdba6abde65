import { eventParser, type StreamEvent } from './event-stream.ts'

export type StreamState =
  | { readonly kind: 'connecting' | 'open' }
  /** It broke, and is tried again at that instant. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The server refuses; 0: never. */
  | { readonly kind: 'refused'; readonly status: number }

interface StreamOptions {
  readonly url: string
  readonly token: string
  readonly signal: AbortSignal
  readonly onEvents: (events: readonly StreamEvent[]) => void
  readonly onState: (state: StreamState) => void
}

const firstWaitMs = 1_000
const maxWaitMs = 30_000
/** The server says something at least every 15 s. */
const silentMs = 45_000

/** Follows a stream of events until the signal says so; after a break it goes on where it was. */
export async function followStream({ url, token, signal, onEvents, onState }: StreamOptions): Promise<void> {
  let lastId = ''
  let breaks = 0
  while (!signal.aborted) {
    onState({ kind: 'connecting' })
    const response = await connect()
    if (response !== null && isFinal(response.status)) {
      onState({ kind: 'refused', status: response.status })
      return
    }
    if (response?.ok === true && response.body !== null) {
      onState({ kind: 'open' })
      await read(response.body)
    }
    if (signal.aborted) return
    const waitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(breaks++, 10)) * (0.75 + Math.random() / 2)
    onState({ kind: 'waiting', until: Date.now() + waitMs })
    await pause(waitMs, signal)
  }

  async function connect(): Promise<Response | null> {
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      ...(lastId === '' ? {} : { 'last-event-id': lastId }),
    }
    try {
      return await fetch(url, { headers, signal, cache: 'no-store' })
    } catch {
      return null
    }
  }

  async function read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const parse = eventParser()
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    const watch = silenceWatch(() => void reader.cancel().catch(() => undefined))
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        watch.heard()
        breaks = 0
        const events = parse(value)
        lastId = events.at(-1)?.id ?? lastId
        if (events.length > 0) onEvents(events)
      }
    } catch {
      // It broke in the middle: what was complete has been handed on.
      await reader.cancel().catch(() => undefined)
    } finally {
      watch.end()
    }
  }
}

/** Asking again would get the same answer. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** A connection may be dead without anybody being told. */
function silenceWatch(onSilence: () => void): { readonly heard: () => void; readonly end: () => void } {
  let timer = setTimeout(onSilence, silentMs)
  return {
    heard() {
      clearTimeout(timer)
      timer = setTimeout(onSilence, silentMs)
    },
    end: () => clearTimeout(timer),
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
