import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Overloaded, Rejected } from '#core/errors.ts'
import type { Message } from '#core/message.ts'
import type { Vault } from '#core/sealing.ts'
import type { HistoryPart, Lookups, Place } from '#storage/storage.ts'
import { showAttemptHead, time } from './show.ts'

type LiveAttempt = HistoryPart['attempts'][number]

/** What of an application's traffic a client is shown. */
export interface LiveFilter {
  message(message: Message): boolean
  attempt(attempt: LiveAttempt): boolean
}

/** The ids of events: whoever asks again with one goes on behind it. */
export interface LiveIds {
  of(place: Place): string
  /** Null for a text that no event of the application had as its id. */
  read(text: string): Place | null
}

export interface LiveRequest {
  readonly appId: string
  readonly ids: LiveIds
  /** Where it begins; now where it is null. */
  readonly after: Place | null
  readonly filter: LiveFilter
  /** What it may see by now. Rejects with `Rejected` where that is nothing any more: the stream ends then. */
  recheck(): Promise<LiveFilter>
}

export interface LiveSettings {
  readonly lookEveryMs: number
  readonly beatEveryMs: number
  readonly recheckEveryMs: number
  readonly maxClients: number
  /** So that no tenant takes all places. */
  readonly maxClientsOfApplication: number
}

const defaults: LiveSettings = {
  lookEveryMs: 500,
  beatEveryMs: 15_000,
  recheckEveryMs: 30_000,
  maxClients: 200,
  maxClientsOfApplication: 25,
}

/** Of messages and of attempts, in one step. */
const maxEntries = 250
/** A client that has as much still to take is shown nothing more until it has taken it. */
const maxWaitingBytes = 64 * 1024
/** One that takes nothing for so long is gone. */
const maxStalledMs = 60_000
/** Looking takes at most one part in so many of the time. */
const restShare = 4

interface Client {
  readonly request: LiveRequest
  readonly stream: Readable
  filter: LiveFilter
  place: Place
  beatAt: number
  recheckAt: number
  stalledAt: number | null
}

interface Event {
  readonly place: Place
  readonly text: string
  isFor(filter: LiveFilter): boolean
}

/** Places in the store's order, as one application is told them: how much others publish is not seen in them. */
export function liveIds(appId: string, vault: Vault): LiveIds {
  const [ofMessages, ofAttempts] = [`live messages ${appId}`, `live attempts ${appId}`]
  const maskedMessage = masking((seq) => vault.mask(seq, ofMessages))
  const maskedAttempt = masking((seq) => vault.mask(seq, ofAttempts))
  return {
    of: ({ message, attempt }) => `${maskedMessage(message)}.${maskedAttempt(attempt)}`,
    read(text) {
      const [messages = '', attempts = '', ...rest] = text.split('.')
      const message = vault.unmask(messages, ofMessages)
      const attempt = vault.unmask(attempts, ofAttempts)
      return message === null || attempt === null || rest.length > 0 ? null : { message, attempt }
    },
  }
}

/** Of two numbers one stays the same from event to event: masking costs some 5 µs. */
function masking(mask: (seq: number) => string): (seq: number) => string {
  let last: { readonly seq: number; readonly text: string } | null = null
  return (seq) => {
    if (last?.seq !== seq) last = { seq, text: mask(seq) }
    return last.text
  }
}

/**
 * Shows clients what passes, as server-sent events (HTML Standard §9.2). While there is any, it looks at the store twice
 * a second: once for where the history ends, and once for each application whose clients are not there yet. The store
 * shows nothing that a smaller number may yet follow, so that nothing is passed and nothing comes twice.
 */
export class LiveFeed {
  readonly #storage: Pick<Lookups, 'historyEnd' | 'readHistory'>
  readonly #settings: LiveSettings
  readonly #onError: (error: unknown) => void
  readonly #clients = new Set<Client>()
  readonly #closing = new AbortController()
  #isLooking = false

  constructor(
    storage: Pick<Lookups, 'historyEnd' | 'readHistory'>,
    onError: (error: unknown) => void,
    settings: Partial<LiveSettings> = {},
  ) {
    this.#storage = storage
    this.#onError = onError
    this.#settings = { ...defaults, ...settings }
  }

  /** A stream of events that has no end of its own. Throws where too many are open. */
  async open(request: LiveRequest): Promise<Readable> {
    this.#refuseTooMany(request.appId)
    const now = performance.now()
    const stream = new Readable({ read() {}, highWaterMark: maxWaitingBytes })
    const client: Client = {
      request,
      stream,
      filter: request.filter,
      place: request.after ?? (await this.#storage.historyEnd()),
      beatAt: now + this.#settings.beatEveryMs,
      recheckAt: now + this.#settings.recheckEveryMs,
      stalledAt: null,
    }
    if (this.#closing.signal.aborted) throw new Overloaded('the server is ending')
    this.#refuseTooMany(request.appId)
    // An id without data: whoever is cut off before the first event goes on here.
    stream.push(`retry: 1000\nid: ${request.ids.of(client.place)}\n\n`)
    this.#clients.add(client)
    stream.once('close', () => this.#clients.delete(client))
    if (!this.#isLooking) void this.#run()
    return stream
  }

  #refuseTooMany(appId: string): void {
    const { maxClients, maxClientsOfApplication } = this.#settings
    if (this.#clients.size >= maxClients) throw new Overloaded('too many live tails are open')
    const ofApplication = [...this.#clients].filter(({ request }) => request.appId === appId).length
    if (ofApplication >= maxClientsOfApplication) {
      const retryAfterMs = 10_000
      throw new Rejected(
        'too_many',
        'too_many_live_tails',
        'Too many live tails of the application are open',
        {
          retryAfterMs,
        },
      )
    }
  }

  /** Ends all streams; clients come back elsewhere, or to the next start, with the last id that they have. */
  close(): void {
    this.#closing.abort()
    for (const client of this.#clients) this.#end(client)
  }

  #end(client: Client): void {
    if (!this.#clients.delete(client)) return
    // Whoever takes nothing would hold a server up that waits for its answers to end.
    if (client.stream.readableLength > 0) client.stream.destroy()
    else client.stream.push(null)
  }

  async #run(): Promise<void> {
    this.#isLooking = true
    while (this.#clients.size > 0) {
      const began = performance.now()
      let isMore = false
      try {
        isMore = await this.#look()
      } catch (error) {
        this.#onError(error)
      }
      const now = performance.now()
      for (const client of this.#clients) this.#attend(client, now)
      const restMs = (now - began) * restShare
      await this.#rest(isMore ? restMs : Math.max(this.#settings.lookEveryMs, restMs))
    }
    this.#isLooking = false
  }

  async #rest(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
  }

  /** @returns whether more is left to show to somebody who can take it */
  async #look(): Promise<boolean> {
    const end = await this.#storage.historyEnd()
    let isMore = false
    for (const clients of this.#behind(end)) {
      const [first] = clients
      if (first === undefined) continue
      const { place, request } = first
      const part = await this.#storage.readHistory(request.appId, place, end, maxEntries)
      const events = [...eventsOf(part, place, request.ids)]
      for (const client of clients) this.#show(client, events, part.upTo)
      if (part.upTo.message < end.message || part.upTo.attempt < end.attempt) isMore = true
    }
    return isMore
  }

  /** Clients that something may have come for, with those together that are at the same place of an application. */
  #behind(end: Place): Iterable<readonly Client[]> {
    const ready = [...this.#clients].filter(
      ({ place, stream }) =>
        stream.readableLength < maxWaitingBytes &&
        (place.message < end.message || place.attempt < end.attempt),
    )
    return Map.groupBy(
      ready,
      ({ request, place }) => `${request.appId} ${place.message} ${place.attempt}`,
    ).values()
  }

  #show(client: Client, events: readonly Event[], upTo: Place): void {
    if (!this.#clients.has(client)) return
    const wanted = events.filter((event) => event.isFor(client.filter))
    if (wanted.length > 0) {
      client.stream.push(wanted.map(({ text }) => text).join(''))
      client.beatAt = performance.now() + this.#settings.beatEveryMs
    }
    client.place = upTo
  }

  /** What is due for a client by the clock. */
  #attend(client: Client, now: number): void {
    const isStalled = client.stream.readableLength >= maxWaitingBytes
    client.stalledAt = isStalled ? (client.stalledAt ?? now) : null
    if (client.stalledAt !== null && now - client.stalledAt >= maxStalledMs) client.stream.destroy()
    if (now >= client.beatAt && !isStalled) {
      // With the place, so that what held nothing for this client is not read for it again.
      client.stream.push(`: still here\nid: ${client.request.ids.of(client.place)}\n\n`)
      client.beatAt = now + this.#settings.beatEveryMs
    }
    if (now >= client.recheckAt) {
      client.recheckAt = now + this.#settings.recheckEveryMs
      void this.#recheck(client)
    }
  }

  async #recheck(client: Client): Promise<void> {
    try {
      client.filter = await client.request.recheck()
    } catch (error) {
      // A store that fails for a while says nothing about the token.
      if (error instanceof Rejected) this.#end(client)
      else this.#onError(error)
    }
  }
}

/** In an order that never leads back: each event's place is behind what came before it. */
function* eventsOf({ messages, attempts, upTo }: HistoryPart, after: Place, ids: LiveIds): Generator<Event> {
  let place = after
  for (const message of messages) {
    const { id, eventType, eventId, channels, createdAt } = message
    place = { ...place, message: message.seq }
    const shown = { id, eventType, eventId, channels, timestamp: time(createdAt) }
    yield {
      place,
      text: written('message', ids.of(place), shown),
      isFor: (filter) => filter.message(message),
    }
  }
  place = { ...place, message: Math.max(place.message, upTo.message) }
  for (const attempt of attempts) {
    place = { ...place, attempt: attempt.seq }
    const shown = showAttemptHead(attempt)
    yield {
      place,
      text: written('attempt', ids.of(place), shown),
      isFor: (filter) => filter.attempt(attempt),
    }
  }
}

function written(name: string, id: string, data: object): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
