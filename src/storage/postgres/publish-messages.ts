import { emptyBucket, takeToken } from '#core/rate-limit.ts'
import { immediateOf, takersOf } from '../routing.ts'
import type { Claimed, PublishGroup, PublishGroupResult, PublishItem, PublishResult } from '../storage.ts'
import { insertApplicationRow } from './applications.ts'
import type { Database, Session, Transaction } from './database.ts'
import { Fenced, isUniqueViolation, StoreUnreachable } from './faults.ts'
import { claimedBy, claimKey, releaseKey } from './idempotency-key.ts'
import { isTellable } from './handed-deliveries.ts'
import { insertedOf, insertMessages, type Inserted, type NewMessage } from './insert-messages.ts'
import { ensureOwners, type Lanes } from './lanes.ts'
import { findTarget, type Publishing, type RoutesCache } from './routes.ts'
import type { Word } from './notices.ts'
import { numberArray, sql, textArray } from './sql.ts'

/** An application whose endpoints change faster than they can be read is waited for under its lock. */
const maxTries = 5

export interface Call {
  readonly db: Database
  readonly lanes: Lanes
  readonly routes: RoutesCache
  readonly fullLanes: ReadonlySet<string> | 'all'
  readonly now: number
  /** Deliveries made in the call so far. */
  made: number
}

/** A group on its way: its messages as they are to be stored. */
export interface Prepared {
  readonly at: number
  readonly group: PublishGroup
  readonly publishing: Publishing
  readonly items: readonly NewMessage[]
  readonly isPartial: readonly boolean[]
}

export function publishMessages(db: Database, lanes: Lanes, routes: RoutesCache) {
  return async (
    groups: readonly PublishGroup[],
    fullLanes: readonly string[] | 'all',
    now: number,
  ): Promise<readonly PublishGroupResult[]> => {
    const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
    const call: Call = { db, lanes, routes, fullLanes: full, now, made: 0 }
    const results = new Array<PublishGroupResult>(groups.length)
    let waiting = [...groups.keys()]
    for (let tries = 1; waiting.length > 0; tries++) {
      const together: Prepared[] = []
      const later: number[] = []
      const names = new Set<string>()
      for (const at of waiting) {
        const group = groups[at] as PublishGroup
        const publishing = await routes.find(db, group.orgId, group.appRef)
        if (publishing === null && group.createApplication === null) results[at] = { kind: 'no-application' }
        else if (publishing === null || tries > maxTries || mustGoAlone(group, publishing))
          results[at] = await publishAlone(call, group)
        // What another group of this round may take is looked at when that one is stored.
        else if (!areNew(names, namesOf(group, publishing.appId))) later.push(at)
        else together.push(await prepared(call, at, group, publishing))
      }
      for (const at of await storeTogether(call, together, results)) later.push(at)
      waiting = later.sort((a, b) => a - b)
    }
    return results
  }
}

/** What needs more than one look at the store. */
function mustGoAlone(group: PublishGroup, publishing: Publishing): boolean {
  if (publishing.throttleRate !== null) return true
  if (group.items.length === 1) return false
  const eventIds = group.items.flatMap(({ message: { eventId } }) => eventId ?? [])
  return eventIds.length > 0 && (group.atomic || new Set(eventIds).size < eventIds.length)
}

/** Idempotency key and event ids. */
function namesOf({ claim, items }: PublishGroup, appId: string): readonly string[] {
  const names = items.flatMap(({ message: { eventId } }) => (eventId === null ? [] : [`${appId} ${eventId}`]))
  return claim === null ? names : [`key ${claim.key}`, ...names]
}

function areNew(known: Set<string>, names: readonly string[]): boolean {
  if (names.some((name) => known.has(name))) return false
  for (const name of names) known.add(name)
  return true
}

export async function prepared(
  call: Call,
  at: number,
  group: PublishGroup,
  publishing: Publishing,
  session: Session = call.db,
): Promise<Prepared> {
  const items: NewMessage[] = []
  const isPartial: boolean[] = []
  for (const item of group.items) {
    const takers = await takersFor(session, group, item, publishing)
    const immediate = immediateOf(takers, call.made)
    call.made += immediate.length
    await ensureOwners(
      call.db,
      call.lanes,
      immediate.map(({ id }) => ({ appId: publishing.appId, endpointId: id })),
    )
    items.push(newMessage(call, group, item, publishing, takers, immediate))
    isPartial.push(immediate.length < takers.length)
  }
  return { at, group, publishing, items, isPartial }
}

async function takersFor(
  session: Session,
  group: PublishGroup,
  { message }: PublishItem,
  publishing: Publishing,
) {
  if (group.onlyEndpointId === null) return takersOf(publishing.routes, message)
  const target = await findTarget(session, publishing.appId, group.onlyEndpointId)
  return target === null ? [] : [target]
}

type Takers = Awaited<ReturnType<typeof takersFor>>

function newMessage(
  { db, lanes, fullLanes, now }: Call,
  group: PublishGroup,
  { message, eventIdExpiresAt = message.payloadExpiresAt }: PublishItem,
  { appId, routes }: Publishing,
  takers: Takers,
  immediate: Takers,
): NewMessage {
  const isLater = message.deliverAt !== null && message.deliverAt > now
  const canBeTold = !isLater && isTellable(message, immediate.length)
  const takerOf = (id: string): number | null => {
    if (isLater) return null
    if (!lanes.owns(id)) return canBeTold ? lanes.takerOf(id) : null
    return fullLanes === 'all' || fullLanes.has(id) ? null : db.node
  }
  return {
    appId,
    routingVersion: routes.version,
    message,
    eventIdExpiresAt,
    onlyEndpointId: group.onlyEndpointId,
    claim: group.claim,
    dueAt: (isLater ? (message.deliverAt ?? now) : message.createdAt) + db.clockOffsetMs,
    deliveries: immediate.map(({ id }) => ({ endpointId: id, taker: takerOf(id) })),
    fanout:
      immediate.length < takers.length
        ? { afterEndpointSeq: immediate.at(-1)?.seq ?? 0, lastEndpointSeq: takers.at(-1)?.seq ?? 0 }
        : null,
  }
}

/** Stores what it can in one statement. @returns the groups that are to be tried again */
async function storeTogether(
  call: Call,
  together: readonly Prepared[],
  results: PublishGroupResult[],
): Promise<readonly number[]> {
  if (together.length === 0) return []
  const items = together.flatMap((each) => each.items)
  let inserted: readonly Inserted[]
  try {
    inserted = insertedOf(await call.db.write(insertMessages(call.db.node, items, call.now)), items.length)
  } catch (error) {
    if (error instanceof StoreUnreachable) inserted = await readBack(call.db, items, error)
    else if (!isUniqueViolation(error)) throw error
    else {
      // Someone took a key or an event id at this moment: each group by itself finds out.
      for (const { at, group } of together) results[at] = await publishAlone(call, group)
      return []
    }
  }
  const known = await claimsOf(call.db, together, inserted)
  const again: number[] = []
  let next = 0
  for (const each of together) {
    const own = inserted.slice(next, next + each.items.length)
    next += each.items.length
    const { at, group } = each
    if (own.some(({ kind }) => kind === 'outdated')) {
      call.routes.forget(group.orgId, group.appRef)
      again.push(at)
    } else if (own.some(({ kind }) => kind === 'key-known')) {
      const claimed = group.claim === null ? undefined : known.get(group.claim.key)
      // Gone again: it expired, or what it stood for was refused.
      if (claimed === undefined) again.push(at)
      else results[at] = claimed
    } else results[at] = { kind: 'published', results: resultsOf(each, own, call.db.node) }
  }
  call.db.tell(dueElsewhere(call, together, inserted))
  return again
}

/**
 * What became of a statement whose connection broke: all of it was committed or nothing. Throws the error where it was
 * nothing, or where that cannot be told.
 */
async function readBack(
  db: Database,
  items: readonly NewMessage[],
  error: StoreUnreachable,
): Promise<readonly Inserted[]> {
  await db.settled(error)
  const rows = await db.rows(
    sql`select m.id, m.seq from unnest(${textArray(items.map(({ appId }) => appId))}::text[],
        ${textArray(items.map(({ message: { id } }) => id))}::text[]) as given (app_id, id)
      join posthorn.message m on m.app_id = given.app_id and m.id = given.id`,
  )
  if (rows.length === 0) throw error
  const seqs = new Map(rows.map((row) => [row.id as string, row.seq as number]))
  // The others met an obstacle: they find it again.
  return items.map(({ message: { id } }) => {
    const seq = seqs.get(id)
    return seq === undefined ? { kind: 'outdated' } : { kind: 'stored', seq }
  })
}

/** The same of a transaction. What it has leased is missing in memory: it is the store's again. */
async function readBackAlone(
  call: Call,
  group: PublishGroup,
  error: StoreUnreachable,
): Promise<PublishGroupResult> {
  const { db, routes } = call
  await db.settled(error)
  const publishing = await routes.load(db, group.orgId, group.appRef)
  if (publishing === null) throw error
  const { appId } = publishing
  const ids = group.items.map(({ message: { id } }) => id)
  const rows = await db.rows(
    sql`select id, seq from posthorn.message where app_id = ${appId} and id = any(${textArray(ids)}::text[])`,
  )
  if (rows.length === 0) throw error
  const seqs = new Map(rows.map((row) => [row.id as string, row.seq as number]))
  const kept = Map.groupBy(await releaseAll(db, appId, [...seqs.values()]), ({ seq }) => seq)
  const results = ids.map((id): PublishResult => {
    const seq = seqs.get(id)
    if (seq === undefined) return { kind: 'event-id-taken' }
    const endpointIds = (kept.get(seq) ?? []).map(({ endpointId }) => endpointId)
    return { kind: 'stored', appId, seq, handed: [], kept: endpointIds, isPartial: true }
  })
  return { kind: 'published', results }
}

async function releaseAll(db: Database, appId: string, seqs: readonly number[]) {
  return await db.transact(async (transaction) => {
    const rows = await transaction.rows(
      sql`update posthorn.delivery set leased_by = null
        where app_id = ${appId} and message_seq = any(${numberArray(seqs)}::bigint[]) and leased_by = ${db.node}::int
        returning message_seq, endpoint_id`,
    )
    return rows.map((row) => ({ seq: row.message_seq as number, endpointId: row.endpoint_id as string }))
  })
}

async function claimsOf(
  session: Session,
  together: readonly Prepared[],
  inserted: readonly Inserted[],
): Promise<ReadonlyMap<string, Claimed>> {
  const found = new Map<string, Claimed>()
  if (!inserted.some(({ kind }) => kind === 'key-known')) return found
  const claims = together.flatMap(({ group: { claim } }) => claim ?? [])
  const rows = await session.rows(
    sql`select key, request_hash, subject from posthorn.idempotency_key
      where key = any(${textArray(claims.map(({ key }) => key))}::text[])`,
  )
  for (const row of rows) {
    const claim = claims.find(({ key }) => key === row.key)
    if (claim !== undefined)
      found.set(claim.key, claimedBy(claim, row.request_hash as string, row.subject as string))
  }
  return found
}

export function resultsOf(
  { publishing, items, isPartial }: Prepared,
  inserted: readonly Inserted[],
  node: number,
): readonly PublishResult[] {
  return inserted.map((each, index): PublishResult => {
    if (each.kind !== 'stored') return { kind: 'event-id-taken' }
    const deliveries = items[index]?.deliveries ?? []
    return {
      kind: 'stored',
      appId: publishing.appId,
      seq: each.seq,
      handed: deliveries.filter(({ taker }) => taker === node).map(({ endpointId }) => endpointId),
      kept: deliveries.filter(({ taker }) => taker !== node).map(({ endpointId }) => endpointId),
      isPartial: isPartial[index] ?? false,
    }
  })
}

/** What the owners of other nodes' lanes must hear of: what they were handed, the store tells them. */
export function dueElsewhere(
  { db, lanes }: Call,
  together: readonly Prepared[],
  inserted: readonly Inserted[],
): readonly Word[] {
  const notices: Word[] = []
  const items = together.flatMap((each) => each.items)
  for (const [index, { appId, deliveries, dueAt }] of items.entries()) {
    if (inserted[index]?.kind !== 'stored') continue
    for (const { endpointId, taker } of deliveries) {
      if (taker !== null || lanes.owns(endpointId)) continue
      notices.push({ kind: 'deliveries-due', appId, endpointId, dueAt: dueAt - db.clockOffsetMs })
    }
  }
  return notices
}

/** One group in a transaction of its own, where one statement does not tell enough. */
async function publishAlone(call: Call, group: PublishGroup): Promise<PublishGroupResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await call.db.transact((transaction) => publishInside(transaction, call, group))
    } catch (error) {
      if (error instanceof StoreUnreachable) return await readBackAlone(call, group, error)
      if (!isUniqueViolation(error) || tries >= maxTries) throw error
    }
  }
}

/** Stores a group inside a transaction that may hold more. */
async function publishInside(
  transaction: Transaction,
  call: Call,
  group: PublishGroup,
): Promise<PublishGroupResult> {
  const { db, now } = call
  const publishing = await lockedPublishing(transaction, call, group)
  if (publishing === null) return { kind: 'no-application' }
  const { appId, throttleRate } = publishing
  const claimed = await claimKey(transaction, group.claim, now)
  if (claimed !== null) return claimed
  if (throttleRate !== null) {
    const retryAfterMs = await throttle(transaction, appId, throttleRate, group.items.length, now)
    if (retryAfterMs !== null) {
      await releaseKey(transaction, group.claim)
      return { kind: 'throttled', retryAfterMs }
    }
  }
  const taken = await takenEventIds(transaction, appId, group, now)
  if (taken.includes(true) && (group.atomic || !taken.includes(false))) {
    await releaseKey(transaction, group.claim)
    return {
      kind: 'published',
      results: taken.map((isTaken) => ({ kind: isTaken ? 'event-id-taken' : 'aborted' })),
    }
  }
  const fresh = { ...group, claim: null, items: group.items.filter((_, index) => taken[index] !== true) }
  const stored = await prepared(call, 0, fresh, publishing, transaction)
  const rows = await transaction.rows(insertMessages(db.node, stored.items, now))
  if (rows.length === 0) throw new Fenced()
  const inserted = insertedOf(rows, stored.items.length)
  for (const notice of dueElsewhere(call, [stored], inserted)) transaction.notice(notice)
  const ofFresh = resultsOf(stored, inserted, db.node)
  let next = 0
  const results = taken.map((isTaken): PublishResult =>
    isTaken ? { kind: 'event-id-taken' } : (ofFresh[next++] as PublishResult),
  )
  return { kind: 'published', results }
}

/** The application under a lock that keeps its endpoints as they are, created first if need be. */
export async function lockedPublishing(
  transaction: Transaction,
  { routes }: Call,
  { orgId, appRef, createApplication }: PublishGroup,
): Promise<Publishing | null> {
  const column = appRef.startsWith('app_') ? sql`id` : sql`uid`
  const lock = sql`select 1 from posthorn.application
    where ${column} = ${appRef} and org_id = ${orgId} and deleted_at is null for no key update`
  if ((await transaction.row(lock)) === undefined) {
    if (createApplication === null) return null
    await insertApplicationRow(transaction, createApplication)
    if ((await transaction.row(lock)) === undefined) return null
  }
  // Not kept: what is read here may yet be rolled back.
  const publishing = await routes.load(transaction, orgId, appRef)
  routes.forget(orgId, appRef)
  return publishing
}

/** Takes tokens from the application's one bucket. @returns how long to wait, or null where there were enough */
async function throttle(
  transaction: Transaction,
  appId: string,
  perSecond: number,
  count: number,
  now: number,
): Promise<number | null> {
  const row = await transaction.row(
    sql`select tokens, refilled_at from posthorn.application_throttle where app_id = ${appId} for update`,
  )
  let bucket =
    row === undefined
      ? { ...emptyBucket(now), tokens: perSecond }
      : { tokens: row.tokens as number, at: row.refilled_at as number }
  for (let taken = 0; taken < Math.min(count, perSecond); taken++) {
    const result = takeToken(bucket, perSecond, now)
    if (!result.taken) return Math.max(1, result.readyAt - now)
    bucket = result.bucket
  }
  await transaction.change(
    sql`insert into posthorn.application_throttle (app_id, tokens, refilled_at)
      values (${appId}, ${bucket.tokens}, ${bucket.at})
      on conflict (app_id) do update set tokens = excluded.tokens, refilled_at = excluded.refilled_at`,
  )
  return null
}

/** Of each item, whether its event id is taken already, in the store or by an item before it. */
async function takenEventIds(
  transaction: Transaction,
  appId: string,
  { items }: PublishGroup,
  now: number,
): Promise<readonly boolean[]> {
  const asked = items.flatMap(({ message: { eventId } }) => eventId ?? [])
  if (asked.length === 0) return items.map(() => false)
  const list = sql`any(${textArray(asked)}::text[])`
  await transaction.change(
    sql`delete from posthorn.event_id where app_id = ${appId} and event_id = ${list} and expires_at <= ${now}`,
  )
  const rows = await transaction.rows(
    sql`select event_id from posthorn.event_id where app_id = ${appId} and event_id = ${list}`,
  )
  const seen = new Set(rows.map((row) => row.event_id as string))
  return items.map(({ message: { eventId } }) => {
    if (eventId === null) return false
    const isTaken = seen.has(eventId)
    seen.add(eventId)
    return isTaken
  })
}
