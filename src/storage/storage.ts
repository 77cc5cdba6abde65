import type { Application } from '#core/application.ts'
import type { Attempt, RecordedAttempt } from '#core/attempt.ts'
import type { BackgroundTask, ReplayFilter, TaskKind, TaskStatus } from '#core/background-task.ts'
import type { Delivery, DeliveryKey } from '#core/delivery.ts'
import type { DisabledReason, Endpoint } from '#core/endpoint.ts'
import type { EventType } from '#core/event-type.ts'
import type { Routing } from '#core/filter.ts'
import type { Message, Sendable } from '#core/message.ts'
import type { Rejection, Source } from '#core/source.ts'
import type { Traffic } from '#core/traffic.ts'
import type { Gathering } from '#lib/batcher.ts'

/**
 * The only way to the store. Each verb is one transaction, and what it resolves with is committed to disk.
 *
 * Verbs resolve with what happened, including what the caller did wrong (`missing`, `conflict`, `stale`), and reject
 * only with `StoreUnavailable`: nothing was committed then, and the same call may be made again.
 */
export interface Storage
  extends
    AsyncDisposable,
    Catalogue,
    Sources,
    Messages,
    Attempts,
    Lookups,
    Engine,
    Tasks,
    Statistics,
    Upkeep {
  /** Tells of committed changes that whoever owns a lane must react to, from this process or another. */
  onNotice(listener: (notice: Notice) => void): void
  /** Null where this process has the store, and so every lane, for itself. */
  readonly cluster: Cluster | null
  /** Null where nobody but this process writes to the database. */
  readonly outbox: Outbox | null
  /** How publishes and outcomes are worth gathering; null where calls that come together share a transaction anyhow. */
  readonly gathering: Gathering | null
}

export type Notice =
  | {
      readonly kind: 'endpoint-changed'
      readonly appId: string
      readonly endpointId: string
      /** Where it is given, whoever has this version has heard of the change already. */
      readonly version?: number
    }
  | { readonly kind: 'application-deleted'; readonly appId: string }
  /** The lane has deliveries in the store that are nobody's and due at `dueAt`. */
  | {
      readonly kind: 'deliveries-due'
      readonly appId: string
      readonly endpointId: string
      readonly dueAt: number
    }
  /** Another process has stored them and leased them to this one, as it is the lane's owner. */
  | { readonly kind: 'deliveries-handed'; readonly deliveries: readonly Delivery[] }
  /** Deliveries of messages created before the instant are no more. */
  | {
      readonly kind: 'deliveries-canceled'
      readonly appId: string
      readonly endpointId: string
      readonly createdBefore: number
    }
  /**
   * Notices may have been lost: what is known of endpoints and of what is due may be out of date, and deliveries may
   * have been leased to this process that it knows nothing of.
   */
  | { readonly kind: 'notices-missed' }
  /** This node was declared dead: its lanes and all that it had in hand are other nodes' by now. */
  | { readonly kind: 'lanes-lost' }

export interface LaneKey {
  readonly appId: string
  readonly endpointId: string
}

/**
 * Many processes on one store. Each is a node with a lease that it renews by itself; a lane has one owner at a time.
 * Lanes that nobody living owns are given to nodes as something becomes due on them.
 */
export interface Cluster {
  /** Whether this node's lease is certain to last still. While it is not, nothing may be begun. */
  readonly holdsLease: boolean
  /** Whether other nodes live. */
  readonly hasOthers: boolean
  /**
   * How long statements that can wait are worth gathering, in milliseconds: the more nodes share the work, the longer
   * each takes to gather as much.
   */
  readonly paceMs: number
  /** Whether this node owns the lane. */
  owns(endpointId: string): boolean
  /** Lanes of this node that others should own, at most so many. */
  misplacedLanes(max: number): readonly LaneKey[]
  /**
   * Gives lanes to the nodes that should own them, or leaves them to nobody. Nothing of them may be in hand. From the
   * call on, nothing is leased on them to this node.
   */
  giveAway(lanes: readonly LaneKey[]): Promise<void>
  /** Lanes of this node that take no more for now: for a while, other nodes leave deliveries in the store. */
  declareFull(lanes: readonly LaneKey[]): void
  /** This node wants no lane any more, and is to be given none. */
  retire(): Promise<void>
}

/** An event that stays in the outbox with the reason why no message can be made of it. */
export interface SetAside {
  readonly id: string
  readonly appId: string
  readonly reason: string
}

/** Events that other programs have left in the database, each committed with the transaction that it tells of. */
export interface Outbox {
  /**
   * Makes messages of the oldest events, one slice, and removes the events, in one transaction: a death at any instant
   * loses none and doubles none. Deliveries are made and leased as publishing does. An event whose application is gone,
   * or whose event id is taken, is dropped; one that the store refuses for what it is, is set aside, and holds up no
   * other. One node at a time; nothing is published where another one is at it.
   */
  relay(
    fullLanes: readonly string[] | 'all',
    now: number,
  ): Promise<{
    readonly published: readonly { readonly group: PublishGroup; readonly result: PublishGroupResult }[]
    readonly setAside: readonly SetAside[]
    readonly more: boolean
  }>
  /** Tells that events may wait. Whoever commits them can turn that off, and it may be lost: look by yourself, too. */
  onWaiting(listener: () => void): void
}

/** A request's `Idempotency-Key`, committed with what it created. */
export interface IdempotencyClaim {
  /** Hash over token, path and key. */
  readonly key: string
  /** Hash over the body, to tell a repetition from another request under the same key. */
  readonly requestHash: string
  /** What the request creates: an id, or ids joined by commas. */
  readonly subject: string
  readonly expiresAt: number
}

/** What a claim met: the request was carried out before, or its key stands for another one. Nothing was written. */
export type Claimed =
  | { readonly kind: 'repeated'; readonly subject: string }
  | { readonly kind: 'key-reused' }

export interface Page {
  readonly limit: number
  /** Begin after the entry with this id; an id that the list does not know is answered by `bad-iterator`. */
  readonly after: string | null
  /** Walk towards the list's beginning from `after`; entries still come in the list's order. */
  readonly backwards: boolean
  readonly order: 'ascending' | 'descending'
}

export type Listed<T> =
  | {
      readonly kind: 'listed'
      readonly entries: readonly T[]
      /** No entry follows in the walked direction. */ readonly done: boolean
      /**
       * Where the page ends although it is not full, since enough was looked at for one: the last entry that was looked
       * at. The list goes on after it.
       */
      readonly reached?: string
    }
  | { readonly kind: 'bad-iterator' }

/** An endpoint, with what its application is called. */
export type OwnedEndpoint = Endpoint & { readonly appName: string; readonly appUid: string | null }

export interface EndpointFilter {
  /** Failing: enabled, and without a success since its `failingSince`. */
  readonly state: 'enabled' | 'disabled' | 'failing' | null
  /** Somewhere in its URL, description or uid, whatever the case of A to Z. */
  readonly search: string | null
}

/** Applications, endpoints and event types. `ref` is an id or a uid everywhere. */
export interface Catalogue {
  insertApplication(
    application: Application,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed>
  findApplication(orgId: string, ref: string): Promise<Application | null>
  listApplications(
    orgId: string,
    page: Page,
    filter: { readonly excludeWithoutEndpoints: boolean; readonly excludeWithDisabledEndpoints: boolean },
  ): Promise<Listed<Application>>
  /** Replaces the version before the given one (`application.version - 1`). */
  replaceApplication(
    application: Application,
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' }>
  /** Invisible at once, with all it owns; its rows go in slices (`purgeDeleted`). Its uid is free again. */
  deleteApplication(orgId: string, appId: string, now: number): Promise<boolean>
  /** Portal tokens issued before the instant are void from `endsAt` on, all or those of the sessions. */
  expireApplicationTokens(
    appId: string,
    issuedBefore: number,
    sessionIds: readonly string[] | null,
    endsAt: number,
  ): Promise<void>
  /** Whether a portal token of the application still counts. */
  isApplicationTokenValid(
    appId: string,
    issuedAt: number,
    sessionId: string | null,
    now: number,
  ): Promise<boolean>
  /** Applications that have an endpoint. */
  countActiveApplications(orgId: string, excludeDisabled: boolean): Promise<number>

  /** Bumps the application's version, so that the next message published anywhere meets the endpoint. */
  insertEndpoint(
    endpoint: Endpoint,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'missing' } | Claimed>
  findEndpoint(appId: string, ref: string): Promise<Endpoint | null>
  /** Those that exist of the given ids, in any order. */
  loadEndpoints(
    keys: readonly { readonly appId: string; readonly endpointId: string }[],
  ): Promise<readonly Endpoint[]>
  listEndpoints(appId: string, page: Page): Promise<Listed<Endpoint>>
  /** Those of an organisation's applications, in the order in which they came to be. */
  listEndpointsAcross(orgId: string, page: Page, filter: EndpointFilter): Promise<Listed<OwnedEndpoint>>
  /** Replaces the version before the given one; `failingSince` is left as the store has it unless `resetHealth`. */
  replaceEndpoint(
    endpoint: Endpoint,
    options: { readonly resetHealth: boolean; readonly claim: IdempotencyClaim | null },
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' } | Claimed>
  /** Invisible at once; its unfinished deliveries are canceled in slices (`purgeDeleted`). Its uid is free again. */
  deleteEndpoint(appId: string, endpointId: string, now: number): Promise<boolean>
  countEndpoints(orgId: string): Promise<{ readonly active: number; readonly disabled: number }>

  insertEventType(
    eventType: EventType,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed>
  findEventType(orgId: string, name: string): Promise<EventType | null>
  /** By name; `page.after` may be any name. With `featureFlags`, only event types that have none or one of them. */
  listEventTypes(
    orgId: string,
    page: Page,
    filter: { readonly includeArchived: boolean; readonly featureFlags: readonly string[] | null },
  ): Promise<Listed<EventType>>
  replaceEventType(eventType: EventType): Promise<{ kind: 'stored' } | { kind: 'stale' }>
  /** All or none: new ones are of version 1, others replace the version before theirs. Each name once. */
  putEventTypes(eventTypes: readonly EventType[]): Promise<{ kind: 'stored' } | { kind: 'stale' }>
  deleteEventType(orgId: string, name: string): Promise<boolean>
  /** Those of the names that the organisation's catalogue lacks. */
  findMissingEventTypes(orgId: string, names: readonly string[]): Promise<readonly string[]>
}

export interface Sources {
  /** Together with its application, whose uid is the source's id. */
  insertSource(
    source: Source,
    application: Application,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed>
  /** What begins with `src_` is an id, anything else a uid. */
  findSource(orgId: string, ref: string): Promise<Source | null>
  /** By the SHA-256 of its token. `isDeleted` for one that was deleted, as long as it is remembered. */
  findSourceByToken(tokenHash: string): Promise<(Source & { readonly isDeleted: boolean }) | null>
  listSources(orgId: string, page: Page): Promise<Listed<Source>>
  /**
   * Replaces the version before the given one (`source.version - 1`). Its application is renamed with it where it has
   * another name, and is of a new version then.
   */
  replaceSource(source: Source): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' }>
  /**
   * With its application, as `deleteApplication` does. For 30 days its token is remembered, so that whoever still sends
   * can be told; then it goes with its rejections (`purgeDeleted`). Its uid is free again.
   */
  deleteSource(orgId: string, sourceId: string, now: number): Promise<boolean>
  /** Keeps the newest ones of each source, `keep` of them, and drops the others. U+0000 in their texts is replaced. */
  insertRejections(rejections: readonly Rejection[], keep: number): Promise<void>
  listRejections(sourceId: string, page: Page): Promise<Listed<Rejection>>
}

export interface PublishItem {
  readonly message: Omit<Message, 'appId' | 'seq'>
  /** Until when no other message may have its event id; as long as its payload is kept where it is left out. */
  readonly eventIdExpiresAt?: number
}

/** Messages of one request to one application: stored together (`atomic`), or each by itself. */
export interface PublishGroup {
  readonly orgId: string
  readonly appRef: string
  /** Stored first where the application is missing. */
  readonly createApplication: Application | null
  readonly items: readonly PublishItem[]
  readonly atomic: boolean
  /** Goes to this endpoint alone, whatever it subscribes to; null for all that match. */
  readonly onlyEndpointId: string | null
  readonly claim: IdempotencyClaim | null
}

export type PublishResult =
  | {
      readonly kind: 'stored'
      readonly appId: string
      readonly seq: number
      /** Endpoints whose delivery is leased to this node and must be taken in hand. */
      readonly handed: readonly string[]
      /** Endpoints whose delivery stays in the store for now (`deliverAt`, or a lane that was full or another node's). */
      readonly kept: readonly string[]
      /** More deliveries follow in slices (`continueFanouts`). */
      readonly isPartial: boolean
    }
  | { readonly kind: 'event-id-taken' }
  /** Not stored since another item of an atomic group was refused. */
  | { readonly kind: 'aborted' }

/** Some of a message's deliveries, with what `PublishResult` tells of them. */
export interface FanoutSlice {
  readonly message: Sendable
  readonly dueAt: number
  readonly handed: readonly string[]
  readonly kept: readonly string[]
}

export type PublishGroupResult =
  | { readonly kind: 'published'; readonly results: readonly PublishResult[] }
  | { readonly kind: 'no-application' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  | Claimed

export interface MessageFilter {
  readonly channel: string | null
  readonly tag: string | null
  readonly eventTypes: readonly string[] | null
  /** Exclusive bounds: of a message's creation, of when an attempt was made. */
  readonly before: number | null
  readonly after: number | null
}

/** A part of an application's messages, in the order in which they were stored. */
export interface Tail {
  readonly messages: readonly Message[]
  /** Nothing more will appear up to this number: where the next part begins. */
  readonly upTo: number
}

interface Messages {
  /**
   * Stores messages with all their deliveries in one transaction, each group with its own result: one refused group
   * harms no other. Deliveries that match are leased to this node, except for the lanes in `fullLanes` and messages
   * that are to be delivered later. A message to many endpoints may get its deliveries in slices (`continueFanouts`).
   */
  publishMessages(
    groups: readonly PublishGroup[],
    fullLanes: readonly string[] | 'all',
    now: number,
  ): Promise<readonly PublishGroupResult[]>
  /**
   * Creates the next deliveries of messages to many endpoints; applications take turns. Leases them as publishing does.
   * No slice at all when no message lacks any. `isBehind` when more wait than the slices of this pace can serve.
   */
  continueFanouts(
    fullLanes: readonly string[] | 'all',
    now: number,
  ): Promise<{ readonly slices: readonly FanoutSlice[]; readonly isBehind: boolean }>
  /** By id or eventId. */
  findMessage(appId: string, ref: string, withPayload: boolean): Promise<Message | null>
  findMessages(appId: string, ids: readonly string[]): Promise<readonly Message[]>
  /**
   * With a filter, one call looks at no more than `maxLookedAt` messages: its page may be short, or empty, and more follow
   * (`reached`). Where `before` and `after` lie is told by ids, give or take a minute: what was stored more than a
   * minute after its creation, out of an outbox, may be passed over by a list that has one of them.
   */
  listMessages(
    appId: string,
    page: Page,
    filter: MessageFilter,
    withPayload: boolean,
  ): Promise<Listed<Message>>
  /**
   * The messages behind the number, with their payloads, oldest first; null for none but where the tail begins now. Each
   * message appears in one part and no part passes a message that is yet to be committed.
   */
  tailMessages(appId: string, after: number | null, limit: number): Promise<Tail>
  /** Drops its payload, and what came beside it. */
  expungeMessage(appId: string, messageSeq: number): Promise<void>
  /** Whether any enabled endpoint would take such a message. */
  hasTaker(appId: string, routing: Routing): Promise<boolean>
}

/** How a message stands at an endpoint. */
export interface Standing {
  readonly state: 'success' | 'pending' | 'fail' | 'sending' | 'canceled'
  readonly nextAttemptAt: number | null
}

export interface AttemptFilter extends MessageFilter {
  readonly status: 'success' | 'fail' | 'canceled' | 'interrupted' | 'pending' | 'sending' | null
  readonly statusClass: number | null
}

export interface Attempts {
  /** Newest first. One of `endpointId` and `messageSeq` is given, or both. */
  listAttempts(
    appId: string,
    of: { readonly endpointId: string | null; readonly messageSeq: number | null },
    page: Page,
    filter: AttemptFilter,
    withMessage: boolean,
  ): Promise<Listed<Attempt & { readonly message: Message | null }>>
  countAttempts(appId: string, endpointId: string, filter: AttemptFilter): Promise<number>
  findAttempt(appId: string, messageSeq: number, attemptId: string): Promise<RecordedAttempt | null>
  /** Its answer and the headers of its exchange. */
  expungeAttempt(appId: string, messageSeq: number, attemptId: string): Promise<boolean>
  /** Messages that were attempted at the endpoint, each once, in the order of their last attempt there. */
  listEndpointMessages(
    appId: string,
    endpointId: string,
    page: Page,
    filter: AttemptFilter,
    withPayload: boolean,
  ): Promise<Listed<Message & { readonly standing: Standing }>>
  /** Endpoints that the message went to or waits for. */
  listMessageEndpoints(
    appId: string,
    messageSeq: number,
    page: Page,
  ): Promise<Listed<Endpoint & { readonly standing: Standing }>>
  /** Attempts by result since the hour that holds `since`, and what waits now. */
  endpointStats(
    appId: string,
    endpointId: string,
    since: number,
    until: number,
  ): Promise<{
    readonly success: number
    readonly fail: number
    readonly canceled: number
    readonly pending: number
    readonly sending: number
  }>
  applicationStats(
    appId: string,
    since: number,
    until: number,
  ): Promise<
    readonly {
      readonly eventType: string
      readonly hourAt: number
      readonly success: number
      readonly fail: number
      readonly canceled: number
    }[]
  >
}

/** Without what the endpoint answered. */
export type AttemptHead = Omit<Attempt, 'responseBody'>

export interface SearchRequest {
  readonly orgId: string
  /** Of applications, endpoints, messages and attempts, only what is of this one; null for the organisation's. */
  readonly appId: string | null
  readonly text: string
  /** Of each kind at most so many. */
  readonly limit: number
  /** Null for all event types, archived ones as well; else only those in use that have none or one of these. */
  readonly featureFlags: readonly string[] | null
}

/** Newest first, but for event types, which come by name. */
export interface Found {
  readonly applications: readonly Application[]
  readonly endpoints: readonly OwnedEndpoint[]
  readonly messages: readonly Message[]
  readonly attempts: readonly AttemptHead[]
  readonly eventTypes: readonly EventType[]
  readonly sources: readonly Source[]
}

export interface Lookups {
  /**
   * What has the text as its id, its uid or its event id, or in its name, URL or description, whatever the case of A to Z.
   * Of applications and endpoints the newest `maxTextsSearched` are looked through. No index knows messages and attempts
   * without their application: messages are looked up in the newest `maxApplicationsSearched` applications, attempts by
   * their id among the newest `maxAttemptsSearched` at the endpoints of those.
   */
  search(request: SearchRequest): Promise<Found>
  /**
   * Where the history ends: nothing more will appear before it. What has a smaller number than another that can be seen,
   * and is yet to be committed, lies behind it.
   */
  historyEnd(): Promise<Place>
  /**
   * Messages and attempts of an application behind one place and up to another that `historyEnd` gave, oldest first, at
   * most `limit` of each: read from end to end, each comes once and none is passed. Attempts at deleted endpoints are
   * left out.
   */
  readHistory(appId: string, after: Place, upTo: Place, limit: number): Promise<HistoryPart>
}

/** In the whole history: the numbers of the last message and the last attempt before it. */
export interface Place {
  readonly message: number
  readonly attempt: number
}

export interface HistoryPart {
  /** Without their payloads. */
  readonly messages: readonly Message[]
  readonly attempts: readonly (AttemptHead & { readonly eventType: string })[]
  /** Up to where this part goes; not as far as was asked where more is left. */
  readonly upTo: Place
}

/** What one attempt left behind. */
export interface Outcome {
  readonly key: DeliveryKey
  readonly eventType: string
  readonly attempt: Omit<RecordedAttempt, 'seq'>
  /** Null ends the delivery; else it waits in the store, nobody's, until `dueAt`. */
  readonly next: { readonly dueAt: number; readonly attemptCount: number } | null
  /** Only where the endpoint's health changed. */
  readonly health: { readonly failingSince: number | null; readonly disable: DisabledReason | null } | null
}

export interface LaneRequest {
  readonly appId: string
  readonly endpointId: string
  readonly max: number
}

export interface LaneDue {
  readonly appId: string
  readonly endpointId: string
  readonly dueAt: number
}

export interface Engine {
  /**
   * Writes attempts and the next state of their deliveries. A delivery that was canceled meanwhile stays canceled;
   * its attempt is recorded all the same.
   */
  recordOutcomes(outcomes: readonly Outcome[], now: number): Promise<void>
  /** Leases to this node what is due on each lane, oldest first, up to its `max`; suspects are left alone. */
  claimDeliveries(
    lanes: readonly LaneRequest[],
    now: number,
  ): Promise<{
    readonly deliveries: readonly Delivery[]
    /** When the next delivery that stays in the store is due, for each lane that was asked for; null for none. */
    readonly nextDueAts: readonly (number | null)[]
  }>
  /** Leases the oldest due delivery that was in hand at more than `maxInterruptionsTogether` deaths in a row. */
  claimSuspect(now: number): Promise<Delivery | null>
  /** Hands leased deliveries back unsent. */
  giveBack(keys: readonly DeliveryKey[]): Promise<void>
  /** Lanes of enabled endpoints with something in the store that is nobody's, and when it is due. */
  dueLanes(): Promise<readonly LaneDue[]>
  /**
   * Takes over what dead processes had in hand, one slice at a time: each such delivery gets an `interrupted` record
   * and is pending again, or is held back for good after `maxInterruptions` deaths.
   */
  recoverInterrupted(now: number): Promise<{
    readonly recovered: number
    readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
    readonly more: boolean
  }>
  /** The event type's own schedule in the application's organisation; null where it has none. */
  findRetrySchedule(appId: string, eventType: string): Promise<readonly number[] | null>
  /** Keys that the store has as leased to this node. */
  leasedKeys(): Promise<readonly DeliveryKey[]>
  /** One attempt that a person asked for, beside the schedule's; a second request while one waits changes nothing. */
  insertManualDelivery(
    key: DeliveryKey,
    now: number,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'no-content' } | Claimed>
  /** Cancels unfinished deliveries of messages created before the instant, one slice; each gets a `canceled` record. */
  cancelDeliveries(
    appId: string,
    endpointId: string,
    createdBefore: number,
    now: number,
  ): Promise<{ readonly canceled: number; readonly more: boolean }>
}

export interface Tasks {
  insertTask(
    task: Omit<BackgroundTask, 'seq'>,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | Claimed>
  findTask(orgId: string, taskId: string): Promise<BackgroundTask | null>
  listTasks(
    orgId: string,
    page: Page,
    filter: { readonly status: TaskStatus | null; readonly kind: TaskKind | null },
  ): Promise<Listed<BackgroundTask>>
  runningTasks(): Promise<readonly BackgroundTask[]>
  /**
   * The next slice of a replay: makes deliveries for messages that the filter takes and that have no unfinished one,
   * and moves the task's cursor, in one transaction. `missingOnly` takes messages that never went to the endpoint;
   * `failedOnly` those whose last attempt failed.
   */
  replaySlice(
    taskId: string,
    appId: string,
    endpointId: string,
    filter: ReplayFilter,
    mode: 'failed' | 'missing' | 'any',
    now: number,
  ): Promise<{ readonly replayed: number; readonly done: boolean }>
  finishTask(
    taskId: string,
    status: TaskStatus,
    data: Readonly<Record<string, unknown>>,
    now: number,
  ): Promise<void>
}

/** What passed in one minute of an organisation, as far as this process saw it. */
export interface Minute {
  readonly orgId: string
  /** The minute's begin. */
  readonly at: number
  readonly traffic: Traffic
}

/** What waited when it was counted. */
export interface Waiting {
  /** The begin of the minute that it is written down for. */
  readonly at: number
  /** Organisations that had unfinished deliveries, and how many. */
  readonly counts: readonly { readonly orgId: string; readonly deliveries: number }[]
}

/** A step of a series of minutes in which something passed or was counted. */
export interface TrafficStep {
  /** The step's begin. */
  readonly at: number
  readonly traffic: Traffic
  /** Unfinished deliveries, as they were counted last in this step; null where they were not. */
  readonly pending: number | null
}

export interface WorstEndpoint {
  readonly application: Application
  readonly endpoint: Endpoint
  readonly success: number
  readonly fail: number
}

/** Numbers over time. None of these reads messages, attempts or deliveries, but for `countWaiting`. */
export interface Statistics {
  /**
   * Adds to what this process has written of these minutes, and writes down what waited. Where it rejects because the
   * answer to the commit was lost, the minutes may be in all the same: those who write them again count them twice.
   */
  addMinutes(minutes: readonly Minute[], waiting: Waiting | null): Promise<void>
  /**
   * Counts what waits in the store, for all organisations, at a cost that grows with it. Null where another process
   * counts for this minute, or has.
   */
  countWaiting(at: number): Promise<Waiting | null>
  /** The organisations of applications, also of deleted ones; those that are unknown are left out. */
  organisationsOf(
    appIds: readonly string[],
  ): Promise<readonly { readonly appId: string; readonly orgId: string }[]>
  /**
   * What passed in an organisation from `since` (a multiple of `stepMs`) until before `until`, oldest first; steps in
   * which nothing did are left out.
   *
   * @param stepMs whole minutes
   */
  trafficSeries(orgId: string, since: number, until: number, stepMs: number): Promise<readonly TrafficStep[]>
  /**
   * Attempts by hour and result, of an application or one of its endpoints, from the hour that holds `since` until
   * before `until`, oldest first; hours without any are left out.
   */
  attemptSeries(
    appId: string,
    endpointId: string | null,
    since: number,
    until: number,
  ): Promise<
    readonly {
      readonly hourAt: number
      readonly success: number
      readonly fail: number
      readonly canceled: number
    }[]
  >
  /** Endpoints with failed attempts since the hour that holds `since`, those with most first. */
  worstEndpoints(orgId: string, since: number, limit: number): Promise<readonly WorstEndpoint[]>
}

interface Upkeep {
  /**
   * Drops expired payloads, idempotency keys and event ids, one slice. Null is the store's own clock: that of the
   * database, or of this machine unless it is far ahead of what is stored. @returns whether more is left
   */
  expire(now: number | null): Promise<boolean>
  /**
   * Drops messages, attempts, counts and ended background tasks that are older than the retention, and minutes that are
   * older than it or than `minutesKeptMs`, one slice. A message that has yet to reach an endpoint stays until it has
   * ended there. Null is the store's own clock, as in `expire`.
   * @returns whether more is left to do now
   */
  dropHistory(now: number | null, retentionMs: number): Promise<boolean>
  /** Removes what deleted endpoints, applications and sources left, one slice. @returns whether more is left */
  purgeDeleted(now: number): Promise<boolean>
  /** Fails with `StoreUnavailable` unless a commit succeeds. */
  probe(): Promise<void>
  /** For metrics: what waits, and since when the oldest due one does. */
  backlog(now: number): Promise<{ readonly deliveries: number; readonly oldestDueAt: number | null }>
  /** Remembers the value if the name is new. @returns the value that stands */
  setting(name: string, value: string): Promise<string>
}
