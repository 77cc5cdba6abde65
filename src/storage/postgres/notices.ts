import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Notice } from '../storage.ts'
import { clientOptions } from './database.ts'
import { type Sql, sql } from './sql.ts'

/** What nodes tell each other. */
export type Word =
  | Exclude<Notice, { readonly kind: 'deliveries-handed' }>
  /** Lanes take no more for a while: what is published to them is the store's. */
  | { readonly kind: 'lanes-full'; readonly endpointIds: readonly string[] }
  /** Lanes have got new owners. */
  | {
      readonly kind: 'lanes-given'
      readonly lanes: readonly (readonly [appId: string, endpointId: string])[]
    }
  /** Nodes came, died or left: lanes may be nobody's, or better placed elsewhere. */
  | { readonly kind: 'nodes-changed' }

const channel = 'posthorn'
const amongNodes: ReadonlySet<string> = new Set([
  'deliveries-handed',
  'lanes-full',
  'lanes-given',
  'nodes-changed',
])

/** Whether it is for who uses the storage; the others are for the adapter. */
export function isNotice(word: Word): word is Notice & Word {
  return !amongNodes.has(word.kind)
}

/** Where `posthorn.publish` tells of events; its notices say nothing more. */
const outboxChannel = 'posthorn_outbox'
/** The server's limit is 8,000 bytes. */
const maxBytes = 7_800

/** Names a channel for what one node is handed. Nobody can guess it, and the server shows it to no other user. */
export function newChannel(): string {
  return `${channel}_${randomBytes(20).toString('hex')}`
}

const reconnectMs = 1_000
/** A connection that only listens is asked whether it is still there. */
const askEveryMs = 10_000
const answerWithinMs = 5_000

/** The statement that tells the words to the other nodes, when its transaction commits. */
export function notifying(node: number, words: readonly Word[]): Sql {
  return sql`select pg_notify(${channel}, told) from unnest(${payloadsOf(node, words)}::text[]) as told`
}

function payloadsOf(node: number, words: readonly Word[]): readonly string[] {
  const payloads: string[] = []
  let parts: string[] = []
  let bytes = 0
  for (const part of words.flatMap(split).map((word) => JSON.stringify(word))) {
    if (parts.length > 0 && bytes + part.length > maxBytes) {
      payloads.push(`${node} [${parts.join(',')}]`)
      parts = []
      bytes = 0
    }
    parts.push(part)
    bytes += part.length + 1
  }
  if (parts.length > 0) payloads.push(`${node} [${parts.join(',')}]`)
  return payloads
}

const lanesTogether = 80

function split(word: Word): readonly Word[] {
  if (word.kind === 'lanes-given') return slices(word.lanes).map((lanes) => ({ kind: 'lanes-given', lanes }))
  if (word.kind === 'lanes-full')
    return slices(word.endpointIds).map((endpointIds) => ({ kind: 'lanes-full', endpointIds }))
  return [word]
}

function slices<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / lanesTogether)
  return Array.from({ length: count }, (_, at) => all.slice(at * lanesTogether, (at + 1) * lanesTogether))
}

/** Hears what other nodes tell, on a connection of its own that no pooler hands on. */
export class Listener implements AsyncDisposable {
  readonly #url: string
  readonly #ownChannel: string
  readonly #on: {
    readonly heard: (words: readonly Word[]) => void
    readonly handed: (notice: string) => void
    /** Events wait in the outbox. */
    readonly waiting: () => void
    /** Listens again, after words may have been missed. */
    readonly missed: () => void
  }
  readonly #self: () => number
  #client: pg.Client | null = null
  #retry: NodeJS.Timeout | null = null
  #ask: NodeJS.Timeout | null = null
  #isClosed = false
  #connecting: Promise<void> | null = null

  constructor(
    url: string,
    ownChannel: string,
    self: () => number,
    on: {
      readonly heard: (words: readonly Word[]) => void
      readonly handed: (notice: string) => void
      readonly waiting: () => void
      readonly missed: () => void
    },
  ) {
    this.#url = url
    this.#ownChannel = ownChannel
    this.#self = self
    this.#on = on
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    await this.#connect()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(clientOptions(this.#url, 'posthorn listener', answerWithinMs))
    this.#client = client
    client.on('notification', ({ channel: heardOn, payload }) => {
      if (heardOn === this.#ownChannel) this.#on.handed(payload ?? '')
      else if (heardOn === outboxChannel) this.#on.waiting()
      else this.#take(payload ?? '')
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    await client.connect()
    await client.query(`listen ${channel}; listen ${outboxChannel}; listen ${this.#ownChannel}`)
    this.#ask = setInterval(() => {
      client.query('select 1').catch(() => this.#drop(client))
    }, askEveryMs)
  }

  #drop(client: pg.Client): void {
    client.end().catch(() => {})
    this.#lost(client)
  }

  #take(payload: string): void {
    const at = payload.indexOf(' ')
    if (Number(payload.slice(0, at)) === this.#self()) return
    try {
      this.#on.heard(JSON.parse(payload.slice(at + 1)) as readonly Word[])
    } catch {
      // Anyone who may connect may send anything on the channel.
      this.#on.missed()
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#isClosed) return
    this.#client = null
    if (this.#ask !== null) clearInterval(this.#ask)
    this.#retry = setTimeout(() => {
      this.#connecting = this.#connect().then(
        () => this.#on.missed(),
        () => {
          const failed = this.#client
          if (failed !== null) this.#drop(failed)
        },
      )
    }, reconnectMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    if (this.#ask !== null) clearInterval(this.#ask)
    await this.#connecting
    const client = this.#client
    this.#client = null
    await client?.end()
  }
}

/** Tells what is committed already, much of it together: each notice waits for a lock that all committers share. */
export class Teller implements AsyncDisposable {
  readonly #send: (words: readonly Word[]) => Promise<void>
  readonly #pauseMs: () => number
  #waiting: Word[] = []
  #running: Promise<void> | null = null

  /** @param pauseMs how long it is silent after it has told something */
  constructor(send: (words: readonly Word[]) => Promise<void>, pauseMs: () => number) {
    this.#send = send
    this.#pauseMs = pauseMs
  }

  tell(words: readonly Word[]): void {
    this.#waiting.push(...words)
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  async #run(): Promise<void> {
    // What is told in the same breath goes along.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const words = distinct(this.#waiting)
      this.#waiting = []
      try {
        await this.#send(words)
      } catch {
        // A notice that is lost is made up for by the next look at what is due.
      }
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs()))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running
  }
}

/** A lane once, with the earliest instant that was told of it. */
function distinct(words: readonly Word[]): readonly Word[] {
  const due = new Map<string, Word & { readonly kind: 'deliveries-due' }>()
  const others: Word[] = []
  for (const word of words) {
    if (word.kind !== 'deliveries-due') {
      others.push(word)
      continue
    }
    const known = due.get(word.endpointId)
    if (known === undefined || word.dueAt < known.dueAt) due.set(word.endpointId, word)
  }
  return [...others, ...due.values()]
}
