import type { Delivery, DeliveryKey } from '#core/delivery.ts'
import type { Cluster, Engine, Storage } from '#storage/storage.ts'
import type { Lane } from './lane.ts'
import type { LaneMemory } from './lane-memory.ts'

const maxLanesTogether = 25
/** A claim shares its transaction with others: it must not hold them up. */
const maxPerClaim = 50
/** Where others share the store, a statement costs a trip, and none holds up another: so many for each lane. */
const maxPerLaneOfShared = 200
/** Of a lane with a backlog, beside others that are active. */
const maxOfBacklog = 16
/** Of one on a node that sends nothing else. */
const maxOfBacklogAlone = 32
/** A lane that struggles is given little at a time: the rest is as safe in the store. */
const maxForTroubled = 16
const maxPerGiveBack = 400
const retryMs = 1_000
const lookAnywayMs = 600_000
const maxGivenBackKnown = 100_000

export interface IntakeEvents {
  readonly laneOf: (appId: string, endpointId: string) => Lane
  readonly lanes: () => Iterable<Lane>
  /** Claimed deliveries, and the lanes that were asked for, whether or not anything came. */
  readonly arrived: (deliveries: readonly Delivery[], lanes: readonly Lane[]) => void
  readonly failed: (error: unknown) => void
  /** Whether no other lane has begun an attempt lately. */
  readonly isAlone: (lane: Lane) => boolean
}

export interface Recovered {
  readonly recovered: number
  readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
}

/** Takes over from the store: retries that are due, what did not fit in memory, what a dead process had in hand. */
export class Intake {
  readonly #storage: Engine
  readonly #memory: LaneMemory
  readonly #on: IntakeEvents
  readonly #wanted = new Set<Lane>()
  readonly #hungry = new Set<Lane>()
  #running: Promise<void> | null = null
  #isStopped = false
  #isSuspectInHand = false
  #missing: ReadonlySet<string> = new Set()
  readonly #givenBack = new Set<string>()
  /** Whether a call failed whose transaction may have committed, and nothing was found missing since. */
  #isInDoubt = false
  #lookedAt = 0

  readonly #cluster: Cluster | null

  constructor(storage: Engine & Pick<Storage, 'cluster'>, memory: LaneMemory, on: IntakeEvents) {
    this.#storage = storage
    this.#memory = memory
    this.#on = on
    this.#cluster = storage.cluster
  }

  async recover(): Promise<Recovered> {
    let recovered = 0
    const heldBack: Recovered['heldBack'][number][] = []
    for (let more = true; more;) {
      const startedAt = performance.now()
      const slice = await this.#storage.recoverInterrupted(Date.now())
      if (slice.more && this.#cluster !== null) await restAfter(startedAt)
      recovered += slice.recovered
      heldBack.push(...slice.heldBack)
      more = slice.more
    }
    return { recovered, heldBack }
  }

  /** Asks for what is due on the lane, together with the other lanes that want something now. */
  claim(lane: Lane): void {
    if (lane.isClaiming || this.#isStopped) return
    this.#hungry.delete(lane)
    if (this.#memory.room(lane) === 0) {
      // A lane that has something to send asks again when it is sent.
      if (lane.queue.length === 0) this.#hungry.add(lane)
      return
    }
    lane.isClaiming = true
    this.#wanted.add(lane)
    this.#running ??= this.#run()
  }

  /** Claims nothing more. Resolves once a claim under way has arrived. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wanted.clear()
    await this.#running
  }

  /** Nothing that was in hand or asked for is this node's any more. */
  loseAll(): void {
    this.#wanted.clear()
    this.#hungry.clear()
    this.#isSuspectInHand = false
  }

  /** Memory has been freed: lanes that have nothing, since there was none, ask again. */
  feed(): void {
    for (const lane of this.#hungry) {
      if (this.#memory.isFull) return
      this.claim(lane)
    }
  }

  async #run(): Promise<void> {
    while (this.#wanted.size > 0) {
      const lanes: Lane[] = []
      for (const lane of this.#wanted) {
        if (lanes.length === maxLanesTogether) break
        lanes.push(lane)
        this.#wanted.delete(lane)
      }
      await this.#claimFor(lanes)
      const pauseMs = 2 * (this.#cluster?.paceMs ?? 0)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    this.#running = null
  }

  async #claimFor(lanes: readonly Lane[]): Promise<void> {
    const share = Math.ceil(maxPerClaim / lanes.length)
    const requests = lanes.map((lane) => ({
      appId: lane.appId,
      endpointId: lane.endpointId,
      max: Math.min(
        this.#memory.room(lane),
        lane.standing === 'troubled'
          ? maxForTroubled
          : this.#cluster === null
            ? share
            : this.#mostOfShared(lane),
      ),
    }))
    for (const lane of lanes) lane.storeDueAt = null
    try {
      const now = Date.now()
      const { deliveries, nextDueAts } = await this.#storage.claimDeliveries(requests, now)
      for (const [index, lane] of lanes.entries()) {
        const nextDueAt = nextDueAts[index] ?? null
        lane.isClaiming = false
        lane.backlog.isLeft(nextDueAt, now)
        lane.storeDueAt = earlier(lane.storeDueAt, nextDueAt)
      }
      this.#on.arrived(deliveries, lanes)
    } catch (error) {
      this.#isInDoubt = true
      this.#on.failed(error)
      for (const lane of lanes) {
        lane.isClaiming = false
        lane.storeDueAt = earlier(lane.storeDueAt, Date.now() + retryMs)
      }
      this.#on.arrived([], lanes)
    }
  }

  /** A backlog goes out behind what is fresh; where this node sends nothing else, others may, by the same database. */
  #mostOfShared(lane: Lane): number {
    if (!lane.backlog.exists) return maxPerLaneOfShared
    const most = this.#on.isAlone(lane) ? maxOfBacklogAlone : maxOfBacklog
    return Math.min(maxPerLaneOfShared, most * lane.backlog.pace)
  }

  /** One delivery that was in hand at several deaths in a row, while no other such one is. */
  async claimSuspect(): Promise<void> {
    if (this.#isSuspectInHand || this.#isStopped) return
    this.#isSuspectInHand = true
    const delivery = await this.#storage.claimSuspect(Date.now()).catch((error: unknown) => {
      this.#isSuspectInHand = false
      this.#isInDoubt = true
      throw error
    })
    if (delivery === null) this.#isSuspectInHand = false
    else this.#on.arrived([delivery], [this.#on.laneOf(delivery.appId, delivery.endpointId)])
  }

  suspectEnded(): void {
    this.#isSuspectInHand = false
    this.claimSuspect().catch((error: unknown) => this.#on.failed(error))
  }

  /** Hands back unsent. A failure leaves them leased: `giveBackForgotten` finds them. */
  async giveBack(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return
    try {
      for (let start = 0; start < deliveries.length; start += maxPerGiveBack) {
        await this.#storage.giveBack(deliveries.slice(start, start + maxPerGiveBack).map(keyOf))
      }
    } catch (error) {
      this.#isInDoubt = true
      this.#on.failed(error)
    }
  }

  /** Whether it was taken for forgotten: whoever still comes with it comes too late. */
  hasGivenBack(delivery: Delivery): boolean {
    return this.#givenBack.size > 0 && this.#givenBack.has(nameOf(delivery))
  }

  /** What the store has as leased and what is in hand here may differ. */
  doubt(): void {
    this.#isInDoubt = true
  }

  /**
   * Hands back what the store has as leased to this node and its memory lacks, if it was so at two looks in a row: a
   * single look may see a commit whose answer is still on its way here. Looks only after a failure, and seldom without
   * one: it passes all that is pending.
   */
  async giveBackForgotten(): Promise<void> {
    const now = Date.now()
    if (!this.#isInDoubt && now - this.#lookedAt < lookAnywayMs) return
    this.#lookedAt = now
    this.#isInDoubt = false
    const leased = await this.#storage.leasedKeys().catch((error: unknown) => {
      this.#isInDoubt = true
      throw error
    })
    const held = new Set<string>()
    for (const lane of this.#on.lanes()) for (const delivery of lane.inHand()) held.add(nameOf(delivery))
    const missing = leased.filter((key) => !held.has(nameOf(key)))
    const forgotten = missing.filter((key) => this.#missing.has(nameOf(key)))
    if (this.#givenBack.size > maxGivenBackKnown) this.#givenBack.clear()
    for (const key of forgotten) this.#givenBack.add(nameOf(key))
    this.#missing = new Set(missing.map(nameOf))
    this.#isInDoubt ||= missing.length > 0
    if (forgotten.length > 0) await this.#storage.giveBack(forgotten)
  }
}

/** For as long as it took, so that the store has half of the time for others. */
async function restAfter(startedAt: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, performance.now() - startedAt))
}

function keyOf({ appId, messageSeq, endpointId, trigger }: DeliveryKey): DeliveryKey {
  return { appId, messageSeq, endpointId, trigger }
}

function nameOf({ messageSeq, endpointId, trigger }: DeliveryKey): string {
  return `${messageSeq} ${endpointId} ${trigger}`
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
