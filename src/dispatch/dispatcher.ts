import { type Delivery, maxInterruptionsTogether } from '#core/delivery.ts'
import type { StoreUnavailable } from '#core/errors.ts'
import type { Sendable } from '#core/message.ts'
import type { Vault } from '#core/sealing.ts'
import type { HttpRequest, HttpResult } from '#http/client.ts'
import type {
  FanoutSlice,
  LaneDue,
  LaneKey,
  Notice,
  Outcome,
  PublishGroup,
  PublishGroupResult,
  Storage,
} from '#storage/storage.ts'
import { Activity } from './activity.ts'
import { AttemptRunner, type Run, type RunnerSettings } from './attempt-runner.ts'
import { Budget } from './budget.ts'
import { Canceler } from './canceler.ts'
import { Completer } from './completer.ts'
import type { DispatchEvents } from './events.ts'
import { Handover } from './handover.ts'
import { Intake } from './intake.ts'
import { Lane, type TurnKind, type Underway } from './lane.ts'
import { LaneMemory } from './lane-memory.ts'
import { learn } from './learning.ts'
import type { Taker } from './publisher.ts'
import { Pump } from './pump.ts'
import { TargetLoader } from './target-loader.ts'
import { WakeUps } from './wake-ups.ts'

interface DispatcherSettings extends RunnerSettings {
  /** Attempts under way at once in this process. */
  readonly maxInFlight: number
  readonly maxLaneDeliveries: number
  readonly maxMemoryBytes: number
  /** An endpoint that only failed for so long is disabled; 0 for never. */
  readonly disableAfterMs: number
}

export interface DispatcherParts {
  readonly storage: Storage
  readonly client: { post(request: HttpRequest): Promise<HttpResult> }
  readonly vault: Vault
  readonly events: DispatchEvents
  readonly settings: DispatcherSettings
}

/** How often lanes with something under way are looked at for age; runs only while there are any. */
const sweepMs = 250
/** A lane that had nothing to do for this long is forgotten. */
const forgetAfterMs = 60_000
const reconcileMs = 10_000
/** Between two looks for what was leased unheard: a commit that the first one saw has long been heard of. */
const recheckMs = 2_000

/**
 * Owns the lanes of this node: takes committed deliveries in hand, lets lanes take turns within the budget, and
 * writes down what came of each attempt before its place is free again.
 */
export class Dispatcher implements Taker, AsyncDisposable {
  readonly #parts: DispatcherParts
  readonly #lanes = new Map<string, Lane>()
  readonly #budget: Budget
  readonly #turns: Pump
  readonly #memory: LaneMemory
  readonly #wakeUps: WakeUps<Lane>
  readonly #completer: Completer
  readonly #runner: AttemptRunner
  readonly #loader: TargetLoader
  readonly #intake: Intake
  readonly #canceler: Canceler
  readonly #handover: Handover
  readonly #activity = new Activity<Lane>()
  readonly #refusals = new Set<Promise<void>>()
  #fannedOut: Sendable | null = null
  #failure: StoreUnavailable | null = null
  #stopping = false
  #sweep: NodeJS.Timeout | null = null
  #reconcile: NodeJS.Timeout | null = null
  #recheck: NodeJS.Timeout | null = null
  #onQuiet: (() => void) | null = null

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    const { storage, settings, events } = parts
    this.#handover = new Handover(storage.cluster, {
      laneOf: (endpointId) => this.#lanes.get(endpointId),
      handBack: (lane) => this.#handBack(lane),
      gone: (lane) => this.#forget(lane),
      failed: (error) => events.storeFailed(error),
    })
    this.#budget = new Budget(settings.maxInFlight)
    this.#turns = new Pump(this.#budget, (lane, kind) => this.#turn(lane, kind), {
      mayBegin: () => this.#handover.mayBegin,
      isShared: () => storage.cluster?.hasOthers ?? false,
    })
    this.#memory = new LaneMemory(
      settings.maxLaneDeliveries,
      settings.maxMemoryBytes,
      storage.cluster !== null,
    )
    this.#runner = new AttemptRunner(parts.client, storage, settings)
    this.#wakeUps = new WakeUps((lane, at) => {
      if (lane.wakeAt !== at) return
      lane.wakeAt = null
      this.#consider(lane)
      this.#turns.run()
    })
    this.#completer = new Completer(storage, {
      availability: (error) => this.#setFailure(error),
      batch: (size) => events.outcomeBatch(size),
    })
    this.#loader = new TargetLoader(storage, parts.vault, {
      loaded: (lane) => this.#afterLoad(lane),
      failed: (lane, error) => events.laneFailed(lane.endpointId, error),
    })
    this.#intake = new Intake(storage, this.#memory, {
      laneOf: (appId, endpointId) => this.#laneOf(appId, endpointId),
      lanes: () => this.#lanes.values(),
      arrived: (deliveries, lanes) => this.#takeClaimed(deliveries, lanes),
      failed: (error) => events.storeFailed(error),
      isAlone: (lane) => this.#activity.isAlone(lane, Date.now()),
    })
    this.#canceler = new Canceler(storage, this.#memory, this.#completer, this.#intake, (delivery, error) =>
      events.attemptFailed(delivery, error),
    )
    storage.onNotice((notice) => this.#react(notice))
  }

  /** Takes over what earlier processes left, then keeps looking for what a lost notice would leave behind. */
  async start(): Promise<void> {
    await this.recover()
    await this.#lookForDue()
    await this.#intake.claimSuspect()
    this.#reconcile = setInterval(() => void this.#reconcileOnce(), reconcileMs)
    this.#reconcile.unref()
    this.#handover.start()
  }

  /** Takes over what dead processes had in hand. */
  async recover(): Promise<void> {
    const { recovered, heldBack } = await this.#intake.recover()
    if (recovered > 0) this.#parts.events.recovered(recovered, heldBack)
  }

  /** Why sending pauses, or null. */
  get failure(): StoreUnavailable | null {
    return this.#failure
  }

  get inFlight(): number {
    return this.#budget.used
  }

  get laneCount(): number {
    return this.#lanes.size
  }

  get deliveriesInMemory(): number {
    return this.#memory.deliveries
  }

  fullLanes(): readonly string[] | 'all' {
    return this.#stopping ? 'all' : this.#memory.fullLanes()
  }

  publishFailed(): void {
    this.#intake.doubt()
  }

  take(group: PublishGroup, result: PublishGroupResult): void {
    if (result.kind !== 'published') return
    for (const [index, stored] of result.results.entries()) {
      const item = group.items[index]
      if (stored.kind !== 'stored' || item === undefined) continue
      const { appId, seq } = stored
      const { id, eventType, contentType, payload, received, createdAt, deliverAt } = item.message
      const message = { appId, seq, id, eventType, contentType, payload, received, createdAt }
      this.#takeNew(message, deliverAt ?? createdAt, stored)
    }
    this.#turns.run()
  }

  takeSlices(slices: readonly FanoutSlice[]): void {
    for (const { message, dueAt, ...slice } of slices) {
      // One object for all slices of the message.
      if (this.#fannedOut?.seq !== message.seq) this.#fannedOut = message
      this.#takeNew(this.#fannedOut, dueAt, slice)
    }
    this.#turns.run()
  }

  #takeNew(message: Sendable, dueAt: number, { handed, kept }: Pick<FanoutSlice, 'handed' | 'kept'>): void {
    const { appId, seq: messageSeq } = message
    const refused: Delivery[] = []
    for (const endpointId of handed) {
      const key = { appId, messageSeq, endpointId, trigger: 'scheduled' } as const
      const delivery: Delivery = { ...key, message, attemptCount: 0, dueAt, interruptions: 0 }
      if (this.#intake.hasGivenBack(delivery)) continue
      const lane = this.#takerOf(delivery)
      if (lane === null) refused.push(delivery)
      else {
        this.#memory.add(lane, delivery)
        this.#consider(lane)
      }
    }
    for (const endpointId of kept) this.#expect({ appId, endpointId, dueAt })
    this.#refuse(refused)
  }

  /** What another node published: it does not know which lanes are full until it is told. */
  #takeHanded(deliveries: readonly Delivery[]): void {
    const refused: Delivery[] = []
    const lanes = new Set<Lane>()
    const full = new Map<string, LaneKey>()
    for (const delivery of deliveries) {
      if (this.#intake.hasGivenBack(delivery)) continue
      const { appId, endpointId } = delivery
      const lane = this.#takerOf(delivery)
      if (lane !== null && !this.#memory.isFullFor(lane)) {
        this.#memory.add(lane, delivery)
        this.#memory.refresh(lane, Date.now())
        lanes.add(lane)
        continue
      }
      refused.push(delivery)
      if (this.#handover.owns(endpointId)) full.set(endpointId, { appId, endpointId })
    }
    for (const lane of lanes) this.#consider(lane)
    if (full.size > 0) this.#parts.storage.cluster?.declareFull([...full.values()])
    this.#refuse(refused)
  }

  /** Its lane, if that takes it: it may have gone to another node on the way, which `giveBack` tells. */
  #takerOf({ appId, endpointId }: Delivery): Lane | null {
    // While it stops: handed by a call that began before.
    if (this.#stopping || !this.#handover.owns(endpointId)) return null
    const lane = this.#laneOf(appId, endpointId)
    return this.#memory.hasRoom(lane) ? lane : null
  }

  #refuse(refused: readonly Delivery[]): void {
    if (refused.length === 0) return
    const refusal = this.#intake.giveBack(refused).then(() => {
      this.#refusals.delete(refusal)
      for (const delivery of refused) this.#expect(delivery)
      this.#turns.run()
    })
    this.#refusals.add(refusal)
  }

  #laneOf(appId: string, endpointId: string): Lane {
    let lane = this.#lanes.get(endpointId)
    if (lane === undefined) {
      lane = new Lane(appId, endpointId, Date.now())
      this.#lanes.set(endpointId, lane)
    }
    return lane
  }

  /** The store has something for the lane. */
  #expect({ appId, endpointId, dueAt }: LaneDue): void {
    if (!this.#handover.owns(endpointId)) return
    const lane = this.#laneOf(appId, endpointId)
    lane.backlog.grows(dueAt, Date.now())
    lane.storeDueAt = lane.storeDueAt === null ? dueAt : Math.min(lane.storeDueAt, dueAt)
    this.#consider(lane)
  }

  /** Finds out what the lane can do next: load, claim, take a turn, or wait for an instant. */
  #consider(lane: Lane): void {
    if (lane.isLost) return
    if (lane.isLeaving) {
      this.#handover.leave(lane)
      return
    }
    if (this.#stopping) return
    const now = Date.now()
    if (lane.isSuspended) {
      this.#handBack(lane)
      return
    }
    this.#memory.refresh(lane, now)
    const isDue = lane.storeDueAt !== null && lane.storeDueAt <= now
    if (lane.target === null) {
      if (lane.queue.length > 0 || isDue) this.#loader.load(lane)
      else if (lane.storeDueAt !== null) this.#wake(lane, lane.storeDueAt)
      return
    }
    if (isDue) this.#intake.claim(lane)
    else if (lane.storeDueAt !== null) this.#wake(lane, lane.storeDueAt)
    if (lane.queuedAs === lane.turnKind) return
    const readiness = lane.readiness(now)
    if (readiness === 'ready') {
      lane.queuedAs = lane.turnKind
      this.#turns.add(lane)
    } else if (readiness !== null) this.#wake(lane, readiness.at)
  }

  #wake(lane: Lane, at: number): void {
    if (lane.wakeAt !== null && lane.wakeAt <= at && lane.wakeAt > Date.now()) return
    lane.wakeAt = at
    this.#wakeUps.set(lane, at)
  }

  #turn(lane: Lane, kind: TurnKind): void {
    if (lane.queuedAs !== kind) return
    lane.queuedAs = null
    const now = Date.now()
    this.#reassess(lane, now)
    if (lane.turnKind === kind && lane.readiness(now) === 'ready') this.#begin(lane, now)
    this.#consider(lane)
  }

  /** Moves what the lane has under way to the share that its endpoint deserves now. */
  #reassess(lane: Lane, now: number): void {
    const standing = lane.standingNow(now)
    if (standing === lane.standing) return
    this.#budget.move(lane.slots, lane.standing, standing)
    lane.standing = standing
  }

  #begin(lane: Lane, now: number): void {
    const { target } = lane
    const delivery = this.#memory.next(lane)
    if (delivery === undefined || target === null) return
    lane.spendToken(now)
    this.#activity.note(lane, now)
    const underway: Underway = { delivery, startedAt: now, isCanceled: false }
    lane.underway.add(underway)
    this.#budget.take(lane.standing)
    this.#sweepSoon()
    void this.#attempt(lane, underway, this.#runner.run(target, delivery))
  }

  async #attempt(lane: Lane, underway: Underway, running: Promise<Run>): Promise<void> {
    const { delivery } = underway
    let next: Outcome['next'] = null
    try {
      const run = await running
      lane.underway.delete(underway)
      if (lane.isLost) return
      lane.unrecorded.add(delivery)
      const outcome = this.#outcomeOf(lane, underway, run)
      this.#consider(lane)
      this.#turns.run()
      await (lane.standing === 'proven'
        ? this.#completer.record(outcome)
        : this.#completer.recordPatiently(outcome))
      if (lane.isLost) return
      this.#report(delivery, outcome, run)
      next = outcome.next
      if (lane.overtaken.has(delivery) && next !== null) await this.#canceler.cancelAgain(lane, delivery)
    } catch (error) {
      // The store still has it as leased: the reconciliation hands it back and it is sent again.
      lane.underway.delete(underway)
      this.#intake.doubt()
      this.#parts.events.attemptFailed(delivery, error)
    } finally {
      lane.unrecorded.delete(delivery)
      lane.overtaken.delete(delivery)
      this.#budget.give(lane.standing)
    }
    this.#ended(lane, delivery, next)
  }

  #ended(lane: Lane, delivery: Delivery, next: Outcome['next']): void {
    if (delivery.interruptions > maxInterruptionsTogether) this.#intake.suspectEnded()
    if (next !== null) this.#expect({ appId: lane.appId, endpointId: lane.endpointId, dueAt: next.dueAt })
    else this.#consider(lane)
    this.#intake.feed()
    if (lane.isIdle) lane.idleSince = Date.now()
    this.#turns.run()
    if (this.#budget.used === 0) this.#onQuiet?.()
  }

  /** What to write down, and what the answer teaches about the endpoint. */
  #outcomeOf(lane: Lane, { delivery, startedAt, isCanceled }: Underway, run: Run): Outcome {
    const { judged, attempt, endedAt } = run
    const health = learn(lane, startedAt, run, this.#parts.settings.disableAfterMs)
    const { verdict } = judged
    const next =
      verdict.kind === 'retry' && !isCanceled
        ? { dueAt: verdict.dueAt, attemptCount: delivery.attemptCount + (verdict.countsAsAttempt ? 1 : 0) }
        : null
    this.#reassess(lane, endedAt)
    return { key: delivery, eventType: delivery.message.eventType, attempt, next, health }
  }

  #report(delivery: Delivery, outcome: Outcome, { judged, attempt, endedAt }: Run): void {
    const { events } = this.#parts
    const ended = judged.status === 'success' ? 'delivered' : outcome.next === null ? 'exhausted' : 'retry'
    events.attemptEnded(delivery.appId, ended, attempt.durationMs)
    if (delivery.trigger === 'scheduled') {
      const { createdAt } = delivery.message
      const isFirst = delivery.attemptCount === 0
      const latencyMs = endedAt - (isFirst ? Math.max(createdAt, delivery.dueAt) : createdAt)
      if (isFirst) events.arrived(latencyMs)
      if (ended === 'delivered') events.delivered(delivery.appId, latencyMs)
    }
    if (outcome.health?.disable != null) events.endpointDisabled(delivery.endpointId, outcome.health.disable)
  }

  #handBack(lane: Lane): void {
    lane.storeDueAt = null
    const deliveries = this.#memory.takeOut(lane, () => true)
    this.#memory.refresh(lane, Date.now())
    if (deliveries.length === 0) return
    lane.isHandingBack = true
    this.#giveBack(deliveries, () => {
      lane.isHandingBack = false
      if (lane.isLeaving) this.#consider(lane)
    })
  }

  #giveBack(deliveries: readonly Delivery[], then = () => {}): void {
    const holdsSuspect = deliveries.some(({ interruptions }) => interruptions > maxInterruptionsTogether)
    void this.#intake.giveBack(deliveries).then(() => {
      if (holdsSuspect) this.#intake.suspectEnded()
      then()
    })
  }

  #takeClaimed(deliveries: readonly Delivery[], lanes: readonly Lane[]): void {
    const foreign: Delivery[] = []
    for (const delivery of deliveries) {
      if (this.#handover.owns(delivery.endpointId))
        this.#memory.add(this.#laneOf(delivery.appId, delivery.endpointId), delivery)
      else foreign.push(delivery)
    }
    // The lane went to another node while they were claimed.
    if (foreign.length > 0) this.#giveBack(foreign)
    for (const lane of lanes) this.#consider(lane)
    this.#turns.run()
  }

  #afterLoad(lane: Lane): void {
    if (lane.target !== null) lane.failingSince = lane.target.endpoint.failingSince
    this.#consider(lane)
    this.#turns.run()
  }

  #react(notice: Notice): void {
    switch (notice.kind) {
      case 'deliveries-due':
        this.#expect(notice)
        break
      case 'endpoint-changed':
        this.#reload(notice)
        break
      case 'deliveries-handed':
        this.#takeHanded(notice.deliveries)
        break
      case 'deliveries-canceled':
        this.#cancel(notice)
        // A claim that committed together with the cancellation is heard of after it.
        setImmediate(() => this.#cancel(notice))
        break
      case 'application-deleted':
        for (const lane of this.#lanes.values()) if (lane.appId === notice.appId) this.#reload(lane)
        break
      case 'notices-missed':
        for (const lane of this.#lanes.values()) this.#reload(lane)
        this.#lookForForgotten()
        break
      case 'lanes-lost':
        this.#loseAll()
        break
    }
    this.#turns.run()
  }

  /** Nothing more is sent to what the endpoint was; and if it was disabled, what waits for it goes on. */
  #reload({
    appId,
    endpointId,
    version,
  }: {
    readonly appId: string
    readonly endpointId: string
    readonly version?: number
  }): void {
    if (!this.#handover.owns(endpointId)) return
    const lane = this.#laneOf(appId, endpointId)
    if (version !== undefined && lane.target?.endpoint.version === version) return
    lane.changes++
    lane.target = null
    lane.isSuspended = false
    this.#expect({ appId, endpointId, dueAt: 0 })
  }

  #cancel(notice: Notice & { readonly kind: 'deliveries-canceled' }): void {
    const lane = this.#lanes.get(notice.endpointId)
    if (lane === undefined) return
    this.#canceler.cancel(lane, notice)
    this.#consider(lane)
  }

  #forget(lane: Lane): void {
    if (this.#lanes.get(lane.endpointId) === lane) this.#lanes.delete(lane.endpointId)
    this.#memory.forget(lane)
  }

  /** What this node had in hand is other nodes' by now. */
  #loseAll(): void {
    this.#completer.forget()
    for (const lane of this.#lanes.values()) {
      lane.isLost = true
      this.#memory.takeOut(lane, () => true)
      this.#memory.forget(lane)
    }
    this.#lanes.clear()
    this.#handover.loseAll()
    this.#intake.loseAll()
  }

  #setFailure(error: StoreUnavailable | null): void {
    this.#failure = error
    this.#turns.isPaused = error !== null
    this.#parts.events.storeFailed(error)
    if (error !== null) return
    for (const lane of this.#lanes.values()) this.#consider(lane)
    this.#turns.run()
  }

  #sweepSoon(): void {
    this.#sweep ??= setTimeout(() => this.#sweepOnce(), sweepMs)
  }

  #sweepOnce(): void {
    this.#sweep = null
    const now = Date.now()
    for (const lane of this.#lanes.values()) {
      if (lane.underway.size === 0) continue
      this.#reassess(lane, now)
      this.#consider(lane)
    }
    this.#turns.run()
    if (this.#budget.used > 0) this.#sweepSoon()
  }

  async #lookForDue(): Promise<void> {
    for (const due of await this.#parts.storage.dueLanes()) this.#expect(due)
    this.#turns.run()
  }

  /** Soon: what was leased to this node while it could not hear of it waits for nothing else. */
  #lookForForgotten(): void {
    this.#intake.doubt()
    if (this.#stopping || this.#recheck !== null) return
    const look = (): Promise<void> =>
      this.#intake.giveBackForgotten().catch((error: unknown) => this.#parts.events.storeFailed(error))
    void look()
    this.#recheck = setTimeout(() => {
      this.#recheck = null
      void look()
    }, recheckMs)
  }

  async #reconcileOnce(): Promise<void> {
    try {
      await this.#intake.giveBackForgotten()
      await this.#intake.claimSuspect()
      await this.#lookForDue()
    } catch (error) {
      this.#parts.events.storeFailed(error)
    }
    const now = Date.now()
    for (const lane of this.#lanes.values()) {
      if (lane.isIdle && !lane.isLoading && now - lane.idleSince > forgetAfterMs)
        this.#lanes.delete(lane.endpointId)
    }
  }

  /**
   * Takes nothing more in hand and begins nothing more: each lane goes to another node as soon as nothing of it is under
   * way. Resolves when what was waiting is handed back.
   */
  async retire(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    if (this.#reconcile !== null) clearInterval(this.#reconcile)
    if (this.#recheck !== null) clearTimeout(this.#recheck)
    this.#wakeUps.clear()
    this.#turns.stop()
    await this.#intake.stop()
    const waiting: Delivery[] = []
    for (const lane of this.#lanes.values()) waiting.push(...this.#memory.takeOut(lane, () => true))
    await this.#intake.giveBack(waiting)
    await this.#handover.retire()
  }

  /** Retires, and lets what is under way end within the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    await this.retire()
    if (this.#budget.used > 0 && deadlineMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadlineMs)
        this.#onQuiet = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    if (this.#sweep !== null) clearTimeout(this.#sweep)
    await this.#handover.end()
    await Promise.all(this.#refusals)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0)
  }
}
