import { StartRefused } from '#core/errors.ts'
import type { Incoming } from './local-delivery.ts'

/** What is listened to: an application or a source, or one endpoint of it. */
export interface Origin {
  readonly appRef: string
  readonly endpointRef: string | null
}

export interface TailPage {
  readonly incoming: readonly Incoming[]
  readonly iterator: string
}

interface Answered {
  readonly data: readonly {
    readonly id: string
    readonly eventType: string
    readonly timestamp: string
    readonly headers: readonly (readonly [string, string])[]
    readonly iterator: string
    readonly body: string | null
  }[]
  readonly iterator: string
}

const waitSeconds = 20
const answerWithinMs = (waitSeconds + 15) * 1_000

/** Reads a remote Posthorn's messages as they come. */
export class TailClient {
  readonly #server: string
  readonly #token: string
  readonly #eventTypes: readonly string[]

  constructor(server: string, token: string, eventTypes: readonly string[]) {
    this.#server = server.replace(/\/+$/, '')
    this.#token = token
    this.#eventTypes = eventTypes
  }

  /**
   * What came behind the iterator; null begins now. Throws `StartRefused` where the server refuses for good, and
   * anything else where asking again may help.
   */
  async page(
    { appRef, endpointRef }: Origin,
    iterator: string | null,
    signal: AbortSignal,
  ): Promise<TailPage> {
    const query = new URLSearchParams({ wait: String(waitSeconds) })
    if (iterator !== null) query.set('iterator', iterator)
    if (endpointRef !== null) query.set('endpoint_id', endpointRef)
    if (this.#eventTypes.length > 0) query.set('event_types', this.#eventTypes.join(','))
    return await this.#read(appRef, query, signal)
  }

  /** One message; null once its payload has expired. Throws as `page` does. */
  async message(
    { appRef, endpointRef }: Origin,
    messageId: string,
    signal: AbortSignal,
  ): Promise<Incoming | null> {
    const query = new URLSearchParams({ message_id: messageId })
    if (endpointRef !== null) query.set('endpoint_id', endpointRef)
    return (await this.#read(appRef, query, signal)).incoming[0] ?? null
  }

  async #read(appRef: string, query: URLSearchParams, signal: AbortSignal): Promise<TailPage> {
    const response = await fetch(
      `${this.#server}/api/v1/app/${encodeURIComponent(appRef)}/tail?${query.toString()}`,
      {
        headers: { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      },
    )
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      throw new StartRefused(
        'tail_refused',
        await wordsOf(response),
        'Look at --from, --server, --token and --cursor-file.',
      )
    }
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    const { data, iterator: next } = (await response.json()) as Answered
    const incoming = data.flatMap(({ body, ...message }) =>
      body === null ? [] : [{ ...message, body: Buffer.from(body, 'base64') }],
    )
    return { incoming, iterator: next }
  }
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    if (typeof detail === 'string') return `the server answered ${response.status}: ${detail}`
    if (detail !== undefined) return `the server answered ${response.status}: ${JSON.stringify(detail)}`
  } catch {
    // It is not Posthorn that answers: its text may be anything.
  }
  return `the server answered ${response.status}`
}
