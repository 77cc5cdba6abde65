import { type Circuit, closedCircuit, isTripped } from '#core/circuit-breaker.ts'
import { type Concurrency, startConcurrency } from '#core/concurrency.ts'
import type { Delivery } from '#core/delivery.ts'
import { emptyBucket, takeToken, type TokenBucket } from '#core/rate-limit.ts'
import { Fifo } from '#lib/fifo.ts'
import { Backlog } from './backlog.ts'
import type { Target } from './target.ts'

/**
 * How much of the node's budget a lane may use. A lane is `unproven` until its endpoint has answered well, `troubled`
 * while what it has under way is old or its last answers failed, `verbose` while its answers are longer than what is
 * read of one, `proven` otherwise.
 */
export type Standing = 'proven' | 'unproven' | 'verbose' | 'troubled'

/** Where a lane waits for its turn: what a proven one has left over from before goes out beside what is fresh. */
export type TurnKind = Standing | 'backlog'

/** What is under way longer than this makes its lane troubled: a healthy endpoint answers sooner. */
const slowAfterMs = 1_000

/** What an endpoint may have under way before it has answered well once; and before it has answered at all, or hung. */
const unprovenLimit = 4
const firstLimit = 1

/** A verbose endpoint costs a socket each time, and what its host has sent already. */
const verboseLimit = 2

/** Failures in a row that make a lane troubled. */
const failuresToTrouble = 3

/** One delivery's exchange that is under way. */
export interface Underway {
  readonly delivery: Delivery
  readonly startedAt: number
  /** Canceled while it was under way: a failure is not retried. */
  isCanceled: boolean
}

/** One endpoint's queue of deliveries, in hand of this node, with all that decides when the next one goes out. */
export class Lane {
  readonly appId: string
  readonly endpointId: string
  /** Null until it is loaded, and again after each change of the endpoint. */
  target: Target | null = null
  /** The endpoint is disabled or gone: nothing is sent, and what comes is handed back. */
  isSuspended = false
  isLoading = false
  /** Another node is to own it: nothing more is begun. */
  isLeaving = false
  /** It went to another node while something was in hand: what comes of that is no longer this node's to tell. */
  isLost = false
  /** Counts changes of the endpoint, to tell a load that came too early. */
  changes = 0
  isClaiming = false
  isHandingBack = false
  /** Stands in this list of lanes that may have a turn; an entry in another list is stale. */
  queuedAs: TurnKind | null = null
  /** When the earliest delivery that is left in the store is due; null for none that is known of. */
  storeDueAt: number | null = null
  readonly backlog = new Backlog()
  /** The instant its entry among the timers stands for. */
  wakeAt: number | null = null
  circuit: Circuit = closedCircuit
  concurrency: Concurrency = startConcurrency()
  lastHalvedAt = 0
  failingSince: number | null = null
  /** Its last answer was longer than what is read of one. */
  isAnswerCut = false
  standing: Standing = 'unproven'
  /** An attempt has ended, one way or the other. */
  hasAnswered = false
  /** It has answered well, and not failed several times in a row since. */
  isProven = false
  idleSince: number
  readonly queue = new Fifo<Delivery>()
  readonly underway = new Set<Underway>()
  /** Canceled before that instant while what came of them was on its way to the disk: a retry may be among it. */
  readonly overtaken = new Map<Delivery, number>()
  /** Attempts that have ended and are not on disk yet. */
  readonly unrecorded = new Set<Delivery>()
  #bucket: TokenBucket

  constructor(appId: string, endpointId: string, now: number) {
    this.appId = appId
    this.endpointId = endpointId
    this.idleSince = now
    this.#bucket = emptyBucket(now)
  }

  get turnKind(): TurnKind {
    return this.backlog.exists && this.standing === 'proven' ? 'backlog' : this.standing
  }

  /** What the lane uses of the node's budget. */
  get slots(): number {
    return this.underway.size + this.unrecorded.size
  }

  get isIdle(): boolean {
    return this.queue.length === 0 && this.slots === 0 && this.storeDueAt === null && !this.isClaiming
  }

  /** What this node has of the lane: waiting, under way, or about to be recorded. */
  *inHand(): Generator<Delivery> {
    yield* this.queue
    yield* this.unrecorded
    for (const { delivery } of this.underway) yield delivery
  }

  /**
   * Whether an attempt may begin now; if not for a reason that passes with time, when. Null: nothing to wait for but
   * an event (an answer, a delivery, a change).
   */
  readiness(now: number): 'ready' | { readonly at: number } | null {
    if (this.queue.length === 0 || this.target === null || this.isSuspended || this.isLeaving) return null
    if (isTripped(this.circuit)) {
      if (this.underway.size > 0) return null
      if (this.circuit.openUntil > now) return { at: this.circuit.openUntil }
    }
    if (this.underway.size >= this.#limit(now)) return null
    const { throttleRate } = this.target.endpoint
    if (throttleRate === null) return 'ready'
    const result = takeToken(this.#bucket, throttleRate, now)
    return result.taken ? 'ready' : { at: result.readyAt }
  }

  #limit(now: number): number {
    const limit = Math.floor(this.concurrency.limit)
    if (this.isAnswerCut) return Math.min(verboseLimit, limit)
    if (this.isProven) return limit
    const isKnown = this.hasAnswered || this.oldestAgeMs(now) > slowAfterMs
    return Math.min(isKnown ? unprovenLimit : firstLimit, limit)
  }

  /** Uses up what `readiness` found there. */
  spendToken(now: number): void {
    const rate = this.target?.endpoint.throttleRate ?? null
    if (rate === null) return
    const result = takeToken(this.#bucket, rate, now)
    if (result.taken) this.#bucket = result.bucket
  }

  /** How long the oldest exchange has been under way. */
  oldestAgeMs(now: number): number {
    for (const { startedAt } of this.underway) return now - startedAt
    return 0
  }

  get hasFailedTooOften(): boolean {
    return this.circuit.consecutiveFailures >= failuresToTrouble
  }

  standingNow(now: number): Standing {
    if (this.hasFailedTooOften || this.oldestAgeMs(now) > slowAfterMs) return 'troubled'
    if (this.isAnswerCut) return 'verbose'
    return this.isProven ? 'proven' : 'unproven'
  }
}
