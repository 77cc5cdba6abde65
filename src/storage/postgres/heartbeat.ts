import type { LaneKey, Notice } from '../storage.ts'
import type { Database, Pool } from './database.ts'
import { assignLanes, dueLanes, type Lanes, ownersOf } from './lanes.ts'
import { buryDead, joinNode, leaveNode, members, renewLease } from './nodes.ts'
import { notifying } from './notices.ts'
import { sql } from './sql.ts'

const beatMs = 1_000
/** Parts of the lease: it is renewed after the one, and counts as ended the other before its end by this node's clocks. */
const renewShare = 1 / 3
const marginShare = 1 / 15
/** Changes of endpoints are looked for so far back: further than a transaction may take. */
const changesWithinMs = 45_000
/** Clocks that differ by less are taken to agree; and by less than half the way to the database and back, which hides it. */
const clockToleranceMs = 5
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
  readonly #name: string
  readonly #leaseMs: number
  #dispatches: boolean
  #node = 0
  #memberCount = 1
  #clockOffsetMs = 0
  /** By the monotonic clock and by the one on the wall, which alone passes while a machine sleeps. */
  #leaseEnds = { monotonic: 0, wall: 0 }
  #renewAt = 0
  #lookAt = 0
  #changesSince: string | null = null
  #timer: NodeJS.Timeout | null = null
  #beating: Promise<void> | null = null
  #rejoining: Promise<void> | null = null
  #isStopped = false

  constructor(
    pool: Pool,
    db: () => Database,
    lanes: Lanes,
    options: { readonly name: string; readonly dispatches: boolean; readonly leaseMs: number },
    on: HeartbeatEvents,
  ) {
    this.#pool = pool
    this.#db = db
    this.#lanes = lanes
    this.#name = options.name
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
  }

  async #join(): Promise<void> {
    const asked = { monotonic: performance.now(), wall: Date.now() }
    const { number, databaseNow } = await joinNode(this.#pool, this.#name, this.#dispatches, this.#leaseMs)
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
    const lastsMs = this.#leaseMs * (1 - marginShare)
    this.#leaseEnds = { monotonic: asked.monotonic + lastsMs, wall: asked.wall + lastsMs }
    this.#renewAt = asked.monotonic + this.#leaseMs * renewShare
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat()
        .catch((error: unknown) => this.#on.failed(error))
        .finally(() => this.#schedule())
    }, beatMs)
  }

  async #beat(): Promise<void> {
    if (performance.now() >= this.#renewAt) await this.#renew()
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
    if (node !== this.#node) return
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
    if (all.some(({ isExpired, number }) => isExpired && number !== this.#node)) {
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
    for (const { lane, owner } of await ownersOf(this.#db(), given)) this.#learn(lane, owner)
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
    const due = await dueLanes(db, 'takeable')
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

  /** What was changed since the last look, whether or not a notice told of it. */
  async #lookForChanges(db: Database): Promise<void> {
    const since = this.#changesSince
    const rows = await db.rows(
      sql`select (clock_timestamp() - ${changesWithinMs}::int * interval '1 ms')::text as next, e.app_id, e.id, e.version
        from (select 1) one left join posthorn.endpoint e
          on ${since}::timestamptz is not null and e.changed_at > ${since}::timestamptz`,
    )
    this.#changesSince = (rows[0]?.next as string | undefined) ?? null
    for (const row of rows) {
      if (row.id === null || !this.#lanes.owns(row.id as string)) continue
      this.#on.notice({
        kind: 'endpoint-changed',
        appId: row.app_id as string,
        endpointId: row.id as string,
        version: row.version as number,
      })
    }
  }

  /** Owns nothing from now on. */
  async retire(): Promise<void> {
    this.#dispatches = false
    await renewLease(this.#pool, this.#node, false, this.#leaseMs)
    await this.#meet()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#beating
    await this.#pool
      .transact(null, (session) => leaveNode(session, this.#node))
      .catch((error: unknown) => {
        // The lease runs out by itself.
        this.#on.failed(error)
      })
  }
}
