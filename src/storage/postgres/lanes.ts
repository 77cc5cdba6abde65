import { preferredNode } from '#core/lane-placement.ts'
import type { LaneDue, LaneKey } from '../storage.ts'
import type { Database, Session } from './database.ts'
import { sql, textArray, numberArray } from './sql.ts'

/** What is known of others' lanes is forgotten beyond this; it is asked for again when it is needed. */
const maxKnownElsewhere = 100_000
/** How long other nodes leave deliveries in the store after a lane's owner told that it takes no more. */
const fullForMs = 5_000

/** Who owns which lane, as this node knows it: exactly for its own, at some time for others'. */
export class Lanes {
  readonly #own = new Map<string, LaneKey>()
  /** Owners of others' lanes. */
  readonly #elsewhere = new Map<string, number>()
  /** Until when others' lanes take nothing from this node. */
  readonly #full = new Map<string, number>()
  /** When it was told of own lanes that they take no more. */
  readonly #declaredFull = new Map<string, number>()
  /** Own lanes that are yet to be held against the nodes that live; null when all are placed as they should be. */
  #unplaced: Iterator<LaneKey> | null = null
  /** Grows when lanes are given away, and again when they are: what was read before may be out of date. */
  givings = 0
  /** Living nodes that may own lanes. */
  #nodes: readonly number[] = []

  owns(endpointId: string): boolean {
    return this.#own.has(endpointId)
  }

  /** Whether the lane has an owner, as far as is known. */
  isOwned(endpointId: string): boolean {
    return this.#own.has(endpointId) || this.#elsewhere.has(endpointId)
  }

  /** The other node that deliveries on the lane are handed to; null where they are the store's. */
  takerOf(endpointId: string): number | null {
    const owner = this.#elsewhere.get(endpointId)
    if (owner === undefined || !this.#nodes.includes(owner)) return null
    const fullUntil = this.#full.get(endpointId)
    if (fullUntil === undefined) return owner
    if (performance.now() < fullUntil) return null
    this.#full.delete(endpointId)
    return owner
  }

  /** Its owner has told that the lane takes no more for now. */
  setFull(endpointId: string): void {
    if (this.#full.size >= maxKnownElsewhere) this.#full.clear()
    this.#full.set(endpointId, performance.now() + fullForMs)
  }

  /** Of own lanes that take no more, those that others are yet to be told of. */
  toDeclareFull(lanes: readonly LaneKey[]): readonly string[] {
    const now = performance.now()
    if (this.#declaredFull.size >= maxKnownElsewhere) this.#declaredFull.clear()
    const untold = lanes.flatMap(({ endpointId }) => {
      const declaredAt = this.#declaredFull.get(endpointId)
      return declaredAt === undefined || now - declaredAt > fullForMs / 2 ? [endpointId] : []
    })
    for (const endpointId of untold) this.#declaredFull.set(endpointId, now)
    return untold
  }

  get nodes(): readonly number[] {
    return this.#nodes
  }

  setNodes(nodes: readonly number[]): void {
    if (nodes.length === this.#nodes.length && nodes.every((node, at) => node === this.#nodes[at])) return
    this.#nodes = nodes
    this.#unplaced = this.#own.values()
    // Lanes of a node that went are nobody's.
    this.#elsewhere.clear()
  }

  /** Null where no node may own lanes. */
  preferred(endpointId: string): number | null {
    return this.#nodes.length === 0 ? null : preferredNode(endpointId, this.#nodes)
  }

  learn(lane: LaneKey, owner: number | null, self: number): void {
    if (owner === self) {
      this.#own.set(lane.endpointId, lane)
      if (this.preferred(lane.endpointId) !== self) this.#unplaced ??= this.#own.values()
      return
    }
    this.#own.delete(lane.endpointId)
    if (owner === null) this.#elsewhere.delete(lane.endpointId)
    else {
      if (this.#elsewhere.size >= maxKnownElsewhere) this.#elsewhere.clear()
      this.#elsewhere.set(lane.endpointId, owner)
    }
  }

  /** Own lanes that another node should have. Looks at a part of them at a time: they may be very many. */
  misplaced(max: number, self: number): readonly LaneKey[] {
    const found: LaneKey[] = []
    if (this.#nodes.length === 0) return found
    for (
      let looked = 0;
      this.#unplaced !== null && found.length < max && looked < lookedAtTogether;
      looked++
    ) {
      const next = this.#unplaced.next()
      if (next.done === true) this.#unplaced = null
      else if (this.preferred(next.value.endpointId) !== self) found.push(next.value)
    }
    return found
  }

  /** The lanes that were found misplaced are looked at again: they could not leave yet. */
  lookAgain(): void {
    this.#unplaced ??= this.#own.values()
  }

  loseAll(): void {
    this.#own.clear()
    this.#elsewhere.clear()
    this.#unplaced = null
  }
}

const lookedAtTogether = 20_000

/**
 * Gives lanes without a living owner to the nodes that should have them, and tells who owns each now. A lane that
 * someone else was given meanwhile keeps its owner.
 */
export async function assignLanes(
  db: Database,
  lanes: Lanes,
  wanted: readonly LaneKey[],
): Promise<readonly LaneKey[]> {
  const asked = inOrder(wanted)
  const taken = await db.transact(async (transaction) => {
    const input = sql`unnest(${textArray(asked.map(({ appId }) => appId))}::text[],
      ${textArray(asked.map(({ endpointId }) => endpointId))}::text[],
      ${numberArray(asked.map(({ endpointId }) => lanes.preferred(endpointId)))}::int[])
      as asked (app_id, endpoint_id, owner)`
    // Whoever is given a lane must live until the commit: burial waits for that and frees the lane then.
    await transaction.rows(
      sql`select number from posthorn.node where number = any(${numberArray([...lanes.nodes]) ?? '{}'}::int[])
        order by number for key share`,
    )
    await transaction.change(
      sql`insert into posthorn.lane as lane (app_id, endpoint_id, owner)
        select app_id, endpoint_id, (select number from posthorn.node where number = asked.owner and dispatches)
        from ${input}
        on conflict (app_id, endpoint_id) do update set owner = excluded.owner where lane.owner is null`,
    )
    const owners = await ownersOf(transaction, asked)
    const elsewhere = owners.filter(({ owner }) => owner !== null && owner !== db.node)
    if (elsewhere.length > 0)
      transaction.notice({ kind: 'lanes-given', lanes: elsewhere.map(({ lane }) => pairOf(lane)) })
    return owners
  })
  for (const { lane, owner } of taken) lanes.learn(lane, owner, db.node)
  return taken.filter(({ owner }) => owner === db.node).map(({ lane }) => lane)
}

/** Sees to it that each lane has an owner: nothing is published to a lane that nobody looks after. */
export async function ensureOwners(db: Database, lanes: Lanes, wanted: readonly LaneKey[]): Promise<void> {
  const unowned = wanted.filter(({ endpointId }) => !lanes.isOwned(endpointId))
  if (unowned.length > 0 && lanes.nodes.length > 0) await assignLanes(db, lanes, unowned)
}

/** In the order of the key, so that no two transactions wait for each other. */
function inOrder(lanes: readonly LaneKey[]): readonly LaneKey[] {
  const key = ({ appId, endpointId }: LaneKey): string => `${appId} ${endpointId}`
  return lanes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

function pairOf({ appId, endpointId }: LaneKey): readonly [string, string] {
  return [appId, endpointId]
}

export async function ownersOf(session: Session, asked: readonly LaneKey[]) {
  const rows = await session.rows(
    sql`select lane.app_id, lane.endpoint_id, lane.owner
      from unnest(${textArray(asked.map(({ appId }) => appId))}::text[],
        ${textArray(asked.map(({ endpointId }) => endpointId))}::text[]) as asked (app_id, endpoint_id)
      join posthorn.lane lane on lane.app_id = asked.app_id and lane.endpoint_id = asked.endpoint_id`,
  )
  return rows.map((row) => ({
    lane: { appId: row.app_id as string, endpointId: row.endpoint_id as string },
    owner: row.owner as number | null,
  }))
}

export async function giveAway(db: Database, lanes: Lanes, wanted: readonly LaneKey[]): Promise<void> {
  const given = inOrder(wanted)
  const targets = given.map(({ endpointId }) => lanes.preferred(endpointId))
  lanes.givings++
  for (const lane of given) lanes.learn(lane, null, db.node)
  await db.transact(async (transaction) => {
    await transaction.rows(
      sql`select number from posthorn.node where number = any(${numberArray([...lanes.nodes]) ?? '{}'}::int[])
        order by number for key share`,
    )
    // Locked in one order, as everywhere.
    await transaction.rows(
      sql`select 1 from posthorn.lane where owner = ${db.node}::int
          and endpoint_id = any(${textArray(given.map(({ endpointId }) => endpointId))}::text[])
          and app_id = any(${textArray(given.map(({ appId }) => appId))}::text[])
        order by app_id, endpoint_id for update`,
    )
    await transaction.change(
      sql`update posthorn.lane lane set owner = (
          select number from posthorn.node where number = given.owner and dispatches)
        from unnest(${textArray(given.map(({ appId }) => appId))}::text[],
          ${textArray(given.map(({ endpointId }) => endpointId))}::text[],
          ${numberArray(targets)}::int[]) as given (app_id, endpoint_id, owner)
        where lane.app_id = given.app_id and lane.endpoint_id = given.endpoint_id and lane.owner = ${db.node}::int`,
    )
    transaction.notice({ kind: 'lanes-given', lanes: given.map(pairOf) })
  })
  lanes.givings++
}

/**
 * What is due first on each lane of an enabled endpoint: one step per lane along the index of what is nobody's, however
 * many deliveries each lane holds.
 *
 * @param whose `takeable` for those of this node and those without an owner
 */
export async function dueLanes(
  db: Database,
  whose: 'own' | 'takeable' | 'all',
): Promise<readonly (LaneDue & { readonly isOwned: boolean })[]> {
  const own = sql`lane.owner = ${db.node}::int`
  const chosen = { own, takeable: sql`(lane.owner is null or ${own})`, all: sql`true` }[whose]
  const rows = await db.rows(
    sql`with recursive step as (
        (select app_id, endpoint_id, due_at from posthorn.delivery
          where leased_by is null and interruptions <= 2 order by app_id, endpoint_id, due_at limit 1)
        union all
        select next.* from step cross join lateral (
          select app_id, endpoint_id, due_at from posthorn.delivery
          where leased_by is null and interruptions <= 2 and (app_id, endpoint_id) > (step.app_id, step.endpoint_id)
          order by app_id, endpoint_id, due_at limit 1) next)
      select step.app_id, step.endpoint_id, step.due_at, lane.owner is not null as is_owned
      from step join posthorn.endpoint e on e.id = step.endpoint_id join posthorn.application a on a.id = step.app_id
        left join posthorn.lane lane on lane.app_id = step.app_id and lane.endpoint_id = step.endpoint_id
      where e.disabled_reason is null and e.deleted_at is null and a.deleted_at is null and ${chosen}`,
  )
  return rows.map((row) => ({
    appId: row.app_id as string,
    endpointId: row.endpoint_id as string,
    dueAt: (row.due_at as number) - db.clockOffsetMs,
    isOwned: row.is_owned as boolean,
  }))
}
