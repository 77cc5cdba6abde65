import type { Delivery } from '#core/delivery.ts'
import type { Lane } from './lane.ts'

/** What a delivery costs beside its payload. */
const overheadBytes = 300

/** Of all bytes: the rest is for proven lanes, and for the first delivery of any. */
const shareOfOthers = 3 / 4
/** Of a lane that is not proven: what it cannot send soon is as safe in the store. */
const maxUntilProven = 64

/** Bounds what lanes hold in memory, and knows which of them take no more. */
export class LaneMemory {
  readonly #maxPerLane: number
  readonly #maxBytes: number
  readonly #isShared: boolean
  readonly #full = new Set<string>()
  #fullList: readonly string[] | null = null
  #bytes = 0
  deliveries = 0

  /** @param isShared other nodes leave deliveries in the store, all the time and few at a time */
  constructor(maxPerLane: number, maxBytes: number, isShared = false) {
    this.#maxPerLane = maxPerLane
    this.#isShared = isShared
    this.#maxBytes = maxBytes
  }

  get isFull(): boolean {
    return this.#bytes >= this.#maxBytes
  }

  /** Lanes whose next deliveries stay in the store. */
  fullLanes(): readonly string[] | 'all' {
    if (this.isFull) return 'all'
    this.#fullList ??= [...this.#full]
    return this.#fullList
  }

  /** Whether the lane's next deliveries stay in the store. */
  isFullFor(lane: Lane): boolean {
    return this.isFull || this.#full.has(lane.endpointId)
  }

  /** Whether the lane may be given one more. */
  hasRoom(lane: Lane): boolean {
    const isPreferred = lane.standing === 'proven' || lane.queue.length === 0
    return this.#bytes < (isPreferred ? this.#maxBytes : this.#maxBytes * shareOfOthers)
  }

  /** How many more the lane may claim: none until half of what it may hold has gone. */
  room(lane: Lane): number {
    const max = this.#maxFor(lane)
    if (!this.hasRoom(lane) || lane.queue.length > max / 2) return 0
    return max - lane.queue.length
  }

  #maxFor(lane: Lane): number {
    return lane.standing === 'proven' ? this.#maxPerLane : Math.min(maxUntilProven, this.#maxPerLane)
  }

  add(lane: Lane, delivery: Delivery): void {
    lane.queue.push(delivery)
    this.#bytes += bytesOf(delivery)
    this.deliveries++
  }

  next(lane: Lane): Delivery | undefined {
    const delivery = lane.queue.shift()
    if (delivery === undefined) return undefined
    this.#bytes -= bytesOf(delivery)
    this.deliveries--
    return delivery
  }

  takeOut(lane: Lane, isChosen: (delivery: Delivery) => boolean): Delivery[] {
    const taken = lane.queue.takeOut(isChosen)
    for (const delivery of taken) this.#bytes -= bytesOf(delivery)
    this.deliveries -= taken.length
    return taken
  }

  /** A lane is full while its queue is, and while older deliveries of it wait in the store: they come first. */
  refresh(lane: Lane, now: number): void {
    const isFull =
      lane.isLeaving ||
      (!lane.isSuspended && (lane.queue.length >= this.#maxFor(lane) || this.#hasOlderInStore(lane, now)))
    if (isFull === this.#full.has(lane.endpointId)) return
    if (isFull) this.#full.add(lane.endpointId)
    else this.#full.delete(lane.endpointId)
    this.#fullList = null
  }

  #hasOlderInStore({ backlog, storeDueAt }: Lane, now: number): boolean {
    return this.#isShared ? backlog.exists : storeDueAt !== null && storeDueAt <= now
  }

  /** The lane is not this node's any more. */
  forget(lane: Lane): void {
    if (this.#full.delete(lane.endpointId)) this.#fullList = null
  }
}

/** A message that goes to many endpoints is counted for each: an upper bound is what a bound needs. */
function bytesOf({ message }: Delivery): number {
  return overheadBytes + (message.payload?.length ?? 0)
}
