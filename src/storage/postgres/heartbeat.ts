import type { Delivery } from '#core/delivery.ts'
import type { LaneKey, Notice } from '../storage.ts'
import type { Database, Pool } from './database.ts'
import { assignLanes, dueLanes, type Lanes, ownersOf } from './lanes.ts'
import { buryDead, joinNode, leaveNode, members, renewLease } from './nodes.ts'
import { notifying } from './notices.ts'
import { sql } from './sql.ts'

const beatMs = 1_000
/** In beats: as long as others may need to notice that the database is back. */
const graceBeats = 3
const maxCanceled = 10_000
/** Parts of the lease: it is renewed after the one, and counts as ended the other before its end by this node's clocks. */
const renewShare = 1 / 3
const marginShare = 1 / 15
/** Changes of endpoints are looked for so far back: further than a transaction may take. */
const changesWithinMs = 45_000
/**
 * Clocks that differ by less are taken to agree: so much later, at most, is sent what one node publishes and another
 * sends. Nor does a difference count that half the way to the database and back would hide.
 */
const clockToleranceMs = 25
const maxAssignedTogether = 1_000
/** Of all time, looking may take this share: it costs a little for each lane with something in the store. */
const lookShare = 0.05

export interface HeartbeatEvents {
  readonly notice: (notice: Notice) => void
  readonly failed: (error: unknown) => void
}

/**
 * Keeps this node alive among the others, on a connection of its own: renews its lease, declares others dead, gives
 * lanes that are nobody's to who should own them, and looks once a second for what a lost notice would leave behind.
 */
export class Heartbeat implements AsyncDisposable {
  readonly #pool: Pool
  readonly #db: () => Database
  readonly #lanes: Lanes
  readonly #on: HeartbeatEvents
  readonly #names: { readonly name: string; readonly channel: string }
  readonly #leaseMs: number
  #dispatches: boolean
  #node = 0
  #memberCount = 1
  #clockOffsetMs = 0
  /** By the monotonic clock and by the one on the wall, which alone passes while a machine sleeps. */
  #leaseEnds = { monotonic: 0, wall: 0 }
  /** Until then this node declares nobody dead. */
  #mayBuryAt = 0
  #lookAt = 0
  #changesSince: string | null = null
  /** Cancellations that were heard of, by endpoint. */
  readonly #canceled = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #renewal: NodeJS.Timeout | null = null
  #beating: Promise<void> | null = null
  #renewing: Promise<void> | null = null
  #rejoining: Promise<void> | null = null
  #isStopped = false

  constructor(
    pool: Pool,
    db: () => Database,
    lanes: Lanes,
    options: {
      readonly name: string
      readonly channel: string
      readonly dispatches: boolean
      readonly leaseMs: number
    },
    on: HeartbeatEvents,
  ) {
    this.#pool = pool
    this.#db = db
    this.#lanes = lanes
    this.#names = { name: options.name, channel: options.channel }
    this.#leaseMs = options.leaseMs
    this.#dispatches = options.dispatches
    this.#on = on
  }

  get node(): number {
    return this.#node
  }

  get clockOffsetMs(): number {
    return this.#clockOffsetMs
  }

  /** Nodes that live, this one among them. */
  get memberCount(): number {
    return this.#memberCount
  }

  get holdsLease(): boolean {
    return performance.now() < this.#leaseEnds.monotonic && Date.now() < this.#leaseEnds.wall
  }

  async start(): Promise<void> {
    await this.#join()
    await this.#meet()
    await this.#pool.rows(notifying(this.#node, [{ kind: 'nodes-changed' }]))
    this.#schedule()
    this.#scheduleRenewal(this.#leaseMs * renewShare)
  }

  async #join(): Promise<void> {
    const asked = { monotonic: performance.now(), wall: Date.now() }
    const { number, databaseNow } = await joinNode(this.#pool, this.#names, this.#dispatches, this.#leaseMs)
    this.#node = number
    this.#setClock(asked.wall, databaseNow)
    this.#extend(asked)
  }

  #setClock(askedAt: number, databaseNow: number): void {
    const heardAt = Date.now()
    const offset = databaseNow - Math.round((askedAt + heardAt) / 2)
    const tolerance = Math.max(clockToleranceMs, (heardAt - askedAt) / 2)
    if (Math.abs(offset - this.#clockOffsetMs) > tolerance) this.#clockOffsetMs = offset
  }

  #extend(asked: { readonly monotonic: number; readonly wall: number }): void {
    // Whoever could not renew for so long, since the database was away, was not alone: the others need their time, too.
    if (!this.holdsLease) this.#mayBuryAt = performance.now() + graceBeats * beatMs
    const lastsMs = this.#leaseMs * (1 - marginShare)
    this.#leaseEnds = { monotonic: asked.monotonic + lastsMs, wall: asked.wall + lastsMs }
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat()
        .catch((error: unknown) => this.#on.failed(error))
        .finally(() => this.#schedule())
    }, beatMs)
  }

  /** By itself: however long a look takes, the lease does not run out meanwhile. */
  #scheduleRenewal(afterMs: number): void {
    if (this.#isStopped) return
    this.#renewal = setTimeout(() => {
      this.#renewing = this.#renew().then(
        () => this.#scheduleRenewal(this.#leaseMs * renewShare),
        (error: unknown) => {
          this.#on.failed(error)
          this.#scheduleRenewal(beatMs)
        },
      )
    }, afterMs)
  }

  async #beat(): Promise<void> {
    await this.#meet()
    if (performance.now() >= this.#lookAt) await this.#look()
  }

  async #renew(): Promise<void> {
    const asked = { monotonic: performance.now(), wall: Date.now() }
    const databaseNow = await renewLease(this.#pool, this.#node, this.#dispatches, this.#leaseMs)
    if (databaseNow === null) {
      await this.rejoin(this.#node)
      return
    }
    this.#setClock(asked.wall, databaseNow)
    this.#extend(asked)
  }

  /** Under a new number, after the given one was declared dead: it owns nothing and has nothing in hand. */
  async rejoin(node: number): Promise<void> {
    if (node !== this.#node || this.#isStopped) return
    this.#rejoining ??= this.#rejoin().finally(() => (this.#rejoining = null))
    await this.#rejoining
  }

  async #rejoin(): Promise<void> {
    this.#leaseEnds = { monotonic: 0, wall: 0 }
    this.#lanes.loseAll()
    this.#on.notice({ kind: 'lanes-lost' })
    await this.#join()
    await this.#meet()
  }

  /** Learns who else lives, and buries who does not. */
  async #meet(): Promise<void> {
    let all = await members(this.#pool)
    const isAnyDead = all.some(({ isExpired, number }) => isExpired && number !== this.#node)
    if (isAnyDead && this.holdsLease && performance.now() >= this.#mayBuryAt) {
      await this.#pool.transact(null, (session) => buryDead(session, this.#node))
      all = await members(this.#pool)
    }
    this.#memberCount = Math.max(1, all.filter(({ isExpired }) => !isExpired).length)
    const owners = all.filter(({ dispatches, isExpired }) => dispatches && !isExpired)
    this.#lanes.setNodes(owners.map(({ number }) => number))
  }

  /** Lanes were given to nodes: this one may be among them. */
  async takeGiven(lanes: readonly (readonly [appId: string, endpointId: string])[]): Promise<void> {
    const given = lanes.map(([appId, endpointId]) => ({ appId, endpointId }))
    for (const { lane, owner } of await this.#undisturbed(() => ownersOf(this.#db(), given))) {
      this.#learn(lane, owner)
    }
  }

  /** What was read while this node gave none of its lanes away: one of them might be among what was read. */
  async #undisturbed<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      const { givings } = this.#lanes
      const result = await read()
      if (givings === this.#lanes.givings) return result
    }
  }

  #learn(lane: LaneKey, owner: number | null): void {
    const isNew = owner === this.#node && !this.#lanes.owns(lane.endpointId)
    this.#lanes.learn(lane, owner, this.#node)
    if (isNew) this.#on.notice({ kind: 'deliveries-due', ...lane, dueAt: 0 })
  }

  /** Nodes came or went: lanes that are nobody's and have something due are taken at once. */
  async meetAgain(): Promise<void> {
    await this.#meet()
    await this.#look()
  }

  async #look(): Promise<void> {
    const began = performance.now()
    const db = this.#db()
    await this.#lookForChanges(db)
    const due = await this.#undisturbed(() => dueLanes(db, 'takeable'))
    for (const { isOwned, ...lane } of due) {
      if (!isOwned) continue
      this.#lanes.learn({ appId: lane.appId, endpointId: lane.endpointId }, this.#node, this.#node)
      this.#on.notice({ kind: 'deliveries-due', ...lane })
    }
    const now = Date.now()
    const stray = due.filter(({ isOwned, dueAt }) => !isOwned && dueAt <= now).slice(0, maxAssignedTogether)
    if (stray.length > 0 && this.#lanes.nodes.length > 0) {
      const own = new Set((await assignLanes(db, this.#lanes, stray)).map(({ endpointId }) => endpointId))
      for (const { isOwned: _, ...lane } of stray) {
        if (own.has(lane.endpointId)) this.#on.notice({ kind: 'deliveries-due', ...lane })
      }
    }
    const took = performance.now() - began
    this.#lookAt = began + Math.max(0, took / lookShare - beatMs)
  }

  /** A cancellation was told of: it need not be found once more. */
  heardOfCancellation(endpointId: string, createdBefore: number): void {
    if (this.#canceled.size >= maxCanceled) this.#canceled.clear()
    this.#canceled.set(endpointId, createdBefore)
  }

  /** Deliveries may arrive here after a cancellation that they fell under. */
  repeatCancellations(arrived: readonly Delivery[]): void {
    if (this.#canceled.size === 0) return
    const met = new Set<string>()
    for (const { appId, endpointId, message } of arrived) {
      const createdBefore = this.#canceled.get(endpointId)
      if (createdBefore === undefined || message.createdAt >= createdBefore || met.has(endpointId)) continue
      met.add(endpointId)
      this.#on.notice({ kind: 'deliveries-canceled', appId, endpointId, createdBefore })
    }
  }

  /** What was changed lately, whether or not a notice told of it. */
  async #lookForChanges(db: Database): Promise<void> {
    const since = this.#changesSince
    const rows = await db.rows(
      sql`select (clock_timestamp() - ${changesWithinMs}::int * interval '1 ms')::text as next, e.app_id, e.id, e.version,
          e.deleted_at is not null as is_deleted,
          case when e.changed_at > clock_timestamp() - interval '5 s' then e.canceled_before end as canceled_before
        from (select 1) one left join posthorn.endpoint e
          on ${since}::timestamptz is not null and e.changed_at > ${since}::timestamptz`,
    )
    this.#changesSince = (rows[0]?.next as string | undefined) ?? null
    for (const row of rows) {
      if (row.id === null || !this.#lanes.owns(row.id as string)) continue
      const of = { appId: row.app_id as string, endpointId: row.id as string }
      this.#on.notice({ kind: 'endpoint-changed', ...of, version: row.version as number })
      const createdBefore = row.canceled_before as number | null
      if (createdBefore === null || this.#canceled.get(of.endpointId) === createdBefore) continue
      this.heardOfCancellation(of.endpointId, createdBefore)
      this.#on.notice({ kind: 'deliveries-canceled', ...of, createdBefore })
    }
  }

  /** Owns nothing from now on. */
  async retire(): Promise<void> {
    this.#dispatches = false
    await renewLease(this.#pool, this.#node, false, this.#leaseMs)
    await this.#meet()
    this.#lanes.lookAgain()
    await this.#pool.rows(notifying(this.#node, [{ kind: 'nodes-changed' }]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#renewal !== null) clearTimeout(this.#renewal)
    await this.#beating
    await this.#renewing
    await this.#pool
      .transact(null, (session) => leaveNode(session, this.#node))
      .catch((error: unknown) => {
        // The lease runs out by itself.
        this.#on.failed(error)
      })
  }
}
