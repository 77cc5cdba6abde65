import { createHash } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { Application } from '#core/application.ts'
import type { RecordedAttempt } from '#core/attempt.ts'
import type { DeliveryKey } from '#core/delivery.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { EventType } from '#core/event-type.ts'
import { newId } from '#core/ids.ts'
import type { Received } from '#core/message.ts'
import type { Rejection, Source } from '#core/source.ts'
import type {
  AttemptFilter,
  FanoutSlice,
  IdempotencyClaim,
  Listed,
  MessageFilter,
  Notice,
  Outcome,
  Page,
  PublishGroup,
  PublishGroupResult,
  PublishItem,
  Storage,
} from '../storage.ts'

/**
 * Opens an empty store of the adapter under test.
 *
 * @param lookedAt how many entries of a history one page looks at, where it is not as many as usual
 */
export type Open = (lookedAt?: number) => Promise<Storage>

/** The beginning of an hour; tests reckon from it. */
export const t0 = Date.parse('2026-01-05T10:00:00Z')
export const hourMs = 3_600_000

/** One store for all tests of a `describe`: each makes organisations and applications of its own. */
export function oneStore(open: Open, lookedAt?: number): () => Storage {
  let storage: Storage | null = null
  beforeAll(async () => {
    storage = await open(lookedAt)
  })
  afterAll(async () => {
    await storage?.[Symbol.asyncDispose]()
  })
  return () => {
    if (storage === null) throw new Error('the store is open only while tests run')
    return storage
  }
}

let counter = 0
/** A name that no other fixture has. */
export function unique(word: string): string {
  return `${word}-${++counter}`
}

export function anOrg(): string {
  return newId('org_', t0)
}

export function anApplication(over: Partial<Application> = {}): Application {
  return {
    orgId: anOrg(),
    id: newId('app_', t0),
    uid: null,
    name: 'Example',
    throttleRate: null,
    metadata: {},
    createdAt: t0,
    updatedAt: t0,
    version: 1,
    ...over,
  }
}

export function anEndpoint(appId: string, over: Partial<Endpoint> = {}): Endpoint {
  return {
    appId,
    id: newId('ep_', t0),
    uid: null,
    url: 'https://receiver.example/hook',
    description: '',
    disabledReason: null,
    eventTypes: null,
    channels: null,
    metadata: {},
    throttleRate: null,
    retryScheduleMs: null,
    successRule: null,
    sealedSecrets: 'sealed',
    sealedHeaders: null,
    createdAt: t0,
    updatedAt: t0,
    failingSince: null,
    version: 1,
    ...over,
  }
}

export function anEventType(orgId: string, over: Partial<EventType> = {}): EventType {
  return {
    orgId,
    name: unique('event.type'),
    description: 'What happened',
    archived: false,
    deprecated: false,
    schemas: null,
    groupName: null,
    featureFlags: null,
    retryScheduleMs: null,
    createdAt: t0,
    updatedAt: t0,
    version: 1,
    ...over,
  }
}

export function aMessage(over: Partial<PublishItem['message']> = {}): PublishItem['message'] {
  return {
    id: newId('msg_', t0),
    eventType: 'order.paid',
    eventId: null,
    channels: null,
    tags: null,
    contentType: 'application/json',
    received: null,
    payload: '{"a":1}',
    createdAt: t0,
    deliverAt: null,
    payloadExpiresAt: t0 + 90 * 24 * hourMs,
    ...over,
  }
}

/** What a message may have that was taken in: names that repeat, texts that are no ASCII, bytes that are no text. */
export const received: Received = {
  headers: [
    ['x-event', 'push'],
    ['x-list', 'a'],
    ['x-list', 'b"\\\'é\0'],
  ],
  encoding: 'base64',
}

export function aSource(over: Partial<Source> = {}): Source {
  return {
    orgId: anOrg(),
    id: newId('src_', t0),
    uid: null,
    name: 'Repository',
    type: 'github',
    appId: newId('app_', t0),
    metadata: {},
    sealedConfig: 'sealed config',
    sealedToken: 'sealed token',
    tokenHash: createHash('sha256').update(unique('token')).digest('hex'),
    createdAt: t0,
    updatedAt: t0,
    version: 1,
    ...over,
  }
}

export function applicationFor({ orgId, id, name, appId, createdAt }: Source): Application {
  return anApplication({ orgId, id: appId, uid: id, name, createdAt, updatedAt: createdAt })
}

export function aRejection(sourceId: string, over: Partial<Rejection> = {}): Rejection {
  return {
    id: newId('log_', t0),
    sourceId,
    status: 401,
    reason: 'bad_signature',
    detail: 'The signature is none of this secret.',
    headers: [],
    body: '{}',
    createdAt: t0,
    ...over,
  }
}

export function aClaim(over: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  return { key: unique('key'), requestHash: 'hash', subject: 'subject', expiresAt: t0 + hourMs, ...over }
}

export function aPage(over: Partial<Page> = {}): Page {
  return { limit: 100, after: null, backwards: false, order: 'ascending', ...over }
}

export const anyMessage: MessageFilter = {
  channel: null,
  tag: null,
  eventTypes: null,
  before: null,
  after: null,
}
export const anyAttempt: AttemptFilter = { ...anyMessage, status: null, statusClass: null }

export async function storedApplication(
  storage: Storage,
  over: Partial<Application> = {},
): Promise<Application> {
  const application = anApplication(over)
  const result = await storage.insertApplication(application, null)
  if (result.kind !== 'stored') throw new Error(`the application was not stored: ${result.kind}`)
  return application
}

export async function storedEndpoint(
  storage: Storage,
  appId: string,
  over: Partial<Endpoint> = {},
): Promise<Endpoint> {
  const endpoint = anEndpoint(appId, over)
  const result = await storage.insertEndpoint(endpoint, null)
  if (result.kind !== 'stored') throw new Error(`the endpoint was not stored: ${result.kind}`)
  return endpoint
}

export async function storedSource(storage: Storage, over: Partial<Source> = {}): Promise<Source> {
  const source = aSource(over)
  const result = await storage.insertSource(source, applicationFor(source), null)
  if (result.kind !== 'stored') throw new Error(`the source was not stored: ${result.kind}`)
  return source
}

export function aGroup(
  application: Application,
  messages: readonly PublishItem['message'][],
  over: Partial<PublishGroup> = {},
): PublishGroup {
  return {
    orgId: application.orgId,
    appRef: application.id,
    createApplication: null,
    items: messages.map((message) => ({ message })),
    atomic: false,
    onlyEndpointId: null,
    claim: null,
    ...over,
  }
}

export async function publishOne(
  storage: Storage,
  group: PublishGroup,
  fullLanes: readonly string[] | 'all' = [],
  now = t0,
): Promise<PublishGroupResult> {
  const [result] = await storage.publishMessages([group], fullLanes, now)
  if (result === undefined) throw new Error('a group without a result')
  return result
}

export interface Published {
  readonly id: string
  readonly seq: number
  readonly handed: readonly string[]
  readonly kept: readonly string[]
  readonly isPartial: boolean
}

/** Publishes messages that must all be stored. */
export async function published(
  storage: Storage,
  application: Application,
  messages: readonly PublishItem['message'][],
  options: {
    readonly fullLanes?: readonly string[] | 'all'
    readonly now?: number
    readonly onlyEndpointId?: string
  } = {},
): Promise<readonly Published[]> {
  const group = aGroup(application, messages, { onlyEndpointId: options.onlyEndpointId ?? null })
  const result = await publishOne(storage, group, options.fullLanes, options.now)
  if (result.kind !== 'published') throw new Error(`not published: ${result.kind}`)
  return result.results.map((each, index) => {
    const message = messages[index]
    if (each.kind !== 'stored' || message === undefined) throw new Error(`not stored: ${each.kind}`)
    const { seq, handed, kept, isPartial } = each
    return { id: message.id, seq, handed, kept, isPartial }
  })
}

export async function publishedOne(
  storage: Storage,
  application: Application,
  over: Partial<PublishItem['message']> = {},
  options: Parameters<typeof published>[3] = {},
): Promise<Published> {
  return only(await published(storage, application, [aMessage(over)], options))
}

export function keyOf(
  message: { readonly seq: number },
  endpoint: { readonly appId: string; readonly id: string },
  trigger: DeliveryKey['trigger'] = 'scheduled',
): DeliveryKey {
  return { appId: endpoint.appId, messageSeq: message.seq, endpointId: endpoint.id, trigger }
}

/** What an attempt at `key` left: by default a success that ends the delivery. */
/** As it is recorded of an exchange, with what a text in a batch can hold. */
export const anExchange = 'webhook 0 v1,a=\nuser-agent: x\nX-\'a: "é\\{,}"\n\n0\netag: W/"1"\nx-empty: \n'

export function anOutcome(
  key: DeliveryKey,
  over: Partial<Omit<Outcome, 'attempt'>> & { readonly attempt?: Partial<RecordedAttempt> } = {},
): Outcome {
  const { attempt, ...rest } = over
  const startedAt = attempt?.startedAt ?? t0
  return {
    key,
    eventType: 'order.paid',
    next: null,
    health: null,
    ...rest,
    attempt: {
      ...key,
      id: newId('atmpt_', startedAt),
      messageId: '',
      url: 'https://receiver.example/hook',
      status: 'success',
      responseStatus: 200,
      responseBody: 'ok',
      durationMs: 12,
      startedAt,
      exchange: anExchange,
      ...attempt,
    },
  }
}

export function aFailure(
  key: DeliveryKey,
  next: Outcome['next'],
  attempt: Partial<RecordedAttempt> = {},
): Outcome {
  return anOutcome(key, { next, attempt: { status: 'fail', responseStatus: 500, ...attempt } })
}

/** The only one of a list; fails on any other number. */
export function only<T>(items: readonly T[]): T {
  const [item] = items
  if (item === undefined || items.length !== 1) throw new Error(`expected one, found ${items.length}`)
  return item
}

export function entriesOf<T>(listed: Listed<T>): readonly T[] {
  if (listed.kind !== 'listed') throw new Error(`the list answers ${listed.kind}`)
  return listed.entries
}

/** Resolves with the first notice from now on that is wanted: ask before the change is made. */
export function noticed(storage: Storage, isWanted: (notice: Notice) => boolean): Promise<Notice> {
  const { promise, resolve } = Promise.withResolvers<Notice>()
  storage.onNotice((notice) => {
    if (isWanted(notice)) resolve(notice)
  })
  return promise
}

/** Leases what is due on the lane, and says which messages came. */
export async function claimedSeqs(
  storage: Storage,
  endpoint: Endpoint,
  now: number,
  max = 1_000,
): Promise<readonly number[]> {
  const request = { appId: endpoint.appId, endpointId: endpoint.id, max }
  const { deliveries } = await storage.claimDeliveries([request], now)
  return deliveries.map(({ messageSeq }) => messageSeq)
}

export async function leasedSeqs(storage: Storage, endpoint: Endpoint): Promise<readonly number[]> {
  const keys = await storage.leasedKeys()
  return keys
    .filter(({ endpointId }) => endpointId === endpoint.id)
    .map(({ messageSeq }) => messageSeq)
    .sort((a, b) => a - b)
}

/** Does as a start after a death does: takes over everything that is leased. */
export async function recoverAll(
  storage: Storage,
  now: number,
): Promise<{
  readonly recovered: number
  readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
}> {
  let recovered = 0
  const heldBack: { messageId: string; endpointId: string }[] = []
  for (;;) {
    const slice = await storage.recoverInterrupted(now)
    recovered += slice.recovered
    heldBack.push(...slice.heldBack)
    if (!slice.more) return { recovered, heldBack }
  }
}

/** All slices of fan-outs that are left to do. */
export async function fannedOut(storage: Storage, fullLanes: readonly string[] = []): Promise<FanoutSlice[]> {
  const slices: FanoutSlice[] = []
  for (;;) {
    const next = await storage.continueFanouts(fullLanes, t0)
    if (next.slices.length === 0) return slices
    slices.push(...next.slices)
  }
}
