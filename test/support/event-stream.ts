/** One server-sent event. */
interface StreamEvent {
  readonly name: string
  readonly id: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into events of every shape
  readonly data: any
}

/** A client of a stream of server-sent events, as the HTML Standard §9.2 has it. */
export interface EventStream {
  readonly status: number
  readonly headers: Headers
  /** The body of an answer that is no stream. */
  readonly refusal: string
  readonly events: readonly StreamEvent[]
  readonly comments: readonly string[]
  /** What the next connection begins with. */
  readonly lastId: string
  /** Resolves once the condition holds. Rejects when the stream ends before. */
  when(isThere: (stream: EventStream) => boolean): Promise<void>
  /** Resolves when the server ends the stream, with whether it ended well. */
  readonly ended: Promise<'ended' | 'broken'>
  close(): void
}

export async function openEvents(
  url: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const abort = new AbortController()
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const events: StreamEvent[] = []
  const comments: string[] = []
  const checks = new Set<() => void>()
  let isOver = !isStream
  let lastId = ''

  function take(block: string): void {
    let [name, data] = ['message', '']
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
      if (field === '') comments.push(value)
      else if (field === 'event') name = value
      else if (field === 'id') lastId = value
      else if (field === 'data') data += value
    }
    if (data !== '') events.push({ name, id: lastId, data: JSON.parse(data) as unknown })
  }

  async function read(): Promise<'ended' | 'broken'> {
    let rest = ''
    try {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
        rest = blocks.pop() ?? ''
        blocks.forEach(take)
        for (const check of checks) check()
      }
      return 'ended'
    } catch {
      return 'broken'
    } finally {
      isOver = true
      for (const check of checks) check()
    }
  }

  const refusal = isStream ? '' : await response.text()
  const ended = isStream ? read() : Promise.resolve('ended' as const)
  const stream: EventStream = {
    status: response.status,
    headers: response.headers,
    refusal,
    events,
    comments,
    get lastId() {
      return lastId
    },
    when: (isThere) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (isThere(stream)) resolve()
          else if (isOver) reject(new Error(`the stream ended after ${events.length} events`))
          else return
          checks.delete(check)
        }
        checks.add(check)
        check()
      }),
    ended,
    close: () => abort.abort(),
  }
  return stream
}
