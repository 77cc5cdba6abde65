import type { Cluster, LaneKey } from '#storage/storage.ts'
import type { Lane } from './lane.ts'

/** How often it is looked whether lanes should be another node's, and how many may be on their way at once. */
const lookEveryMs = 1_000
const maxLeaving = 100
const maxTogether = 200
const retryMs = 1_000

export interface HandoverEvents {
  readonly laneOf: (endpointId: string) => Lane | undefined
  /** What waits on the lane goes back to the store. */
  readonly handBack: (lane: Lane) => void
  /** Nothing of the lane is in hand any more. */
  readonly gone: (lane: Lane) => void
  readonly failed: (error: unknown) => void
}

/**
 * Which lanes are this node's, and how they become another's: nothing more is begun on a lane that is to leave, what
 * waits is handed back, and it is given away once what was under way has ended. Every lane is this node's where it has
 * the store for itself.
 */
export class Handover {
  readonly #cluster: Cluster | null
  readonly #on: HandoverEvents
  /** Something of them is still in hand. */
  readonly #leaving = new Set<Lane>()
  /** Nothing is, and the store is yet to be told. */
  readonly #departed = new Map<string, LaneKey>()
  #looking: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #isEnding = false

  constructor(cluster: Cluster | null, on: HandoverEvents) {
    this.#cluster = cluster
    this.#on = on
  }

  start(): void {
    if (this.#cluster === null) return
    this.#looking = setInterval(() => this.#look(), lookEveryMs)
    this.#looking.unref()
  }

  owns(endpointId: string): boolean {
    return this.#cluster === null || (this.#cluster.owns(endpointId) && !this.#departed.has(endpointId))
  }

  /** Whether attempts may begin: not while it is uncertain whether this node still owns anything. */
  get mayBegin(): boolean {
    return this.#cluster?.holdsLease ?? true
  }

  #look(): void {
    this.#letGo(maxLeaving - this.#leaving.size)
  }

  #letGo(most: number): void {
    if (this.#cluster === null || most <= 0) return
    for (const key of this.#cluster.misplacedLanes(most)) {
      const lane = this.#on.laneOf(key.endpointId)
      if (lane === undefined) this.#depart(key)
      else if (!lane.isLeaving) {
        lane.isLeaving = true
        this.#leaving.add(lane)
        this.leave(lane)
      }
    }
  }

  /** Goes on with a lane that is to leave, whenever something on it has ended. */
  leave(lane: Lane): void {
    this.#on.handBack(lane)
    if (lane.slots > 0 || lane.isClaiming || lane.isHandingBack) return
    this.#leaving.delete(lane)
    // Timers and loads that come back to it find nothing to do: the lane may come back as another object.
    lane.isLost = true
    lane.wakeAt = null
    this.#on.gone(lane)
    this.#depart(lane)
  }

  #depart({ appId, endpointId }: LaneKey): void {
    this.#departed.set(endpointId, { appId, endpointId })
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  async #run(): Promise<void> {
    // Lanes that are let go in the same breath go together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#departed.size > 0) {
      const lanes = [...this.#departed.values()].slice(0, maxTogether)
      try {
        await this.#cluster?.giveAway(lanes)
        for (const { endpointId } of lanes) this.#departed.delete(endpointId)
      } catch (error) {
        // They stay this node's in the store until it works, or until its lease runs out.
        this.#on.failed(error)
        if (this.#isEnding) return
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }

  /** All lanes are other nodes' by now. */
  loseAll(): void {
    this.#leaving.clear()
    this.#departed.clear()
  }

  /** This node is to own nothing any more: what is idle goes at once, the rest as its last attempt ends. */
  async retire(): Promise<void> {
    if (this.#cluster === null) return
    await this.#cluster.retire().catch((error: unknown) => this.#on.failed(error))
    this.#letGo(Number.POSITIVE_INFINITY)
  }

  /** Resolves once all that departed is given away, or cannot be: then it is free when this node leaves. */
  async end(): Promise<void> {
    this.#isEnding = true
    if (this.#looking !== null) clearInterval(this.#looking)
    await this.#running
  }
}
