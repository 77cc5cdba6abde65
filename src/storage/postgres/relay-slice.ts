import { reach } from '#lib/crash-point.ts'
import { immediateOf, takersOf } from '../routing.ts'
import type { LaneKey, Outbox, PublishGroup, PublishGroupResult } from '../storage.ts'
import type { Row, Transaction } from './database.ts'
import { Fenced } from './faults.ts'
import { insertedOf, insertMessages } from './insert-messages.ts'
import { ensureOwners } from './lanes.ts'
import { locks } from './locks.ts'
import {
  type Call,
  dueElsewhere,
  lockedPublishing,
  type Prepared,
  prepared,
  resultsOf,
} from './publish-messages.ts'
import type { Publishing } from './routes.ts'
import type { Word } from './notices.ts'
import { numberArray, type Sql, sql, textArray } from './sql.ts'

/** Events in one transaction, as long as their payloads stay below so many bytes together. */
export const maxEvents = 256
const maxBytes = 8 * 1024 * 1024

/** How far it came. */
export interface Slice {
  readonly published: Awaited<ReturnType<Outbox['relay']>>['published']
  readonly notices: readonly Word[]
  /** The last event of the slice; 0 where there is none, or another node is at it. */
  readonly last: number
  readonly more: boolean
}

/** Makes messages of those of the waiting events that the condition names, as many as a transaction should hold. */
export async function relaySlice(transaction: Transaction, call: Call, which: Sql): Promise<Slice> {
  const lock = await transaction.row(
    sql`select pg_try_advisory_xact_lock(${locks.outbox}::bigint) as is_mine`,
  )
  if (lock?.is_mine !== true) return { published: [], notices: [], last: 0, more: false }
  const rows = await transaction.rows(
    sql`select * from (
        select waiting.*, sum(octet_length(payload)) over (order by seq) - octet_length(payload) as bytes_before
        from (select * from posthorn.outbox where ${which} and failed_at is null order by seq limit ${maxEvents}) waiting
      ) summed where bytes_before < ${maxBytes} order by seq`,
  )
  const groups = rows.map((row) => groupOf(row, call.db.clockOffsetMs))
  const { results, notices } = await store(transaction, call, groups)
  await transaction.change(
    sql`delete from posthorn.outbox where seq = any(${numberArray(rows.map(({ seq }) => seq as number)) ?? '{}'}::bigint[])`,
  )
  reach('before-commit')
  return {
    published: groups.map((group, at) => ({ group, result: results[at] as PublishGroupResult })),
    notices,
    last: (rows.at(-1)?.seq as number | undefined) ?? 0,
    more: rows.length === maxEvents || bytesOf(groups) >= maxBytes,
  }
}

function bytesOf(groups: readonly PublishGroup[]): number {
  let bytes = 0
  for (const { items } of groups)
    for (const { message } of items) bytes += Buffer.byteLength(message.payload ?? '')
  return bytes
}

/** As a request would have brought it. Instants of the database's clock become those of this node's. */
function groupOf(row: Row, clockOffsetMs: number): PublishGroup {
  const message = {
    id: row.id as string,
    eventType: row.event_type as string,
    eventId: row.event_id as string | null,
    channels: row.channels as string[] | null,
    tags: row.tags as string[] | null,
    contentType: 'application/json',
    payload: row.payload as string,
    received: null,
    createdAt: (row.created_at as number) - clockOffsetMs,
    deliverAt: row.deliver_at as number | null,
    payloadExpiresAt: (row.payload_expires_at as number) - clockOffsetMs,
  }
  return {
    orgId: row.org_id as string,
    appRef: row.app_id as string,
    createApplication: null,
    items: [{ message }],
    atomic: false,
    onlyEndpointId: null,
    claim: null,
  }
}

/** What becomes of each event. Applications whose endpoints have changed are read again under a lock. */
async function store(transaction: Transaction, call: Call, groups: readonly PublishGroup[]) {
  const { db, routes } = call
  await freeEventIds(transaction, groups, call.now)
  const results = new Array<PublishGroupResult>(groups.length)
  const notices: Word[] = []
  let waiting: readonly number[] = leaveDuplicates(groups, results)
  for (const find of [
    (group: PublishGroup) => routes.find(db, group.orgId, group.appRef),
    (group: PublishGroup) => lockedPublishing(transaction, call, group),
  ]) {
    const found = await foundFor(waiting, groups, find)
    await ownersFor(call, groups, found)
    const together: Prepared[] = []
    for (const [at, publishing] of found) {
      if (publishing === null) results[at] = { kind: 'no-application' }
      else together.push(await prepared(call, at, groups[at] as PublishGroup, publishing, transaction))
    }
    waiting = await insert(transaction, call, together, results, notices)
    if (waiting.length === 0) break
  }
  return { results, notices }
}

/** An event id that a slice holds twice belongs to the first event. @returns the others */
function leaveDuplicates(groups: readonly PublishGroup[], results: PublishGroupResult[]): readonly number[] {
  const seen = new Set<string>()
  const others: number[] = []
  for (const [at, { appRef, items }] of groups.entries()) {
    const eventId = items[0]?.message.eventId ?? null
    const name = `${appRef} ${eventId}`
    if (eventId !== null && seen.has(name)) {
      results[at] = { kind: 'published', results: [{ kind: 'event-id-taken' }] }
      continue
    }
    if (eventId !== null) seen.add(name)
    others.push(at)
  }
  return others
}

async function foundFor(
  waiting: readonly number[],
  groups: readonly PublishGroup[],
  find: (group: PublishGroup) => Promise<Publishing | null>,
): Promise<ReadonlyMap<number, Publishing | null>> {
  const byApplication = new Map<string, Publishing | null>()
  const found = new Map<number, Publishing | null>()
  for (const at of waiting) {
    const group = groups[at] as PublishGroup
    let publishing = byApplication.get(group.appRef)
    if (publishing === undefined) {
      publishing = await find(group)
      byApplication.set(group.appRef, publishing)
    }
    found.set(at, publishing)
  }
  return found
}

/** Lanes that nobody owns get their owners together. */
async function ownersFor(
  { db, lanes }: Call,
  groups: readonly PublishGroup[],
  found: ReadonlyMap<number, Publishing | null>,
): Promise<void> {
  const wanted = new Map<string, LaneKey>()
  for (const [at, publishing] of found) {
    const message = groups[at]?.items[0]?.message
    if (publishing === null || message === undefined) continue
    const { appId } = publishing
    for (const { id } of immediateOf(takersOf(publishing.routes, message), Number.POSITIVE_INFINITY))
      wanted.set(id, { appId, endpointId: id })
  }
  await ensureOwners(db, lanes, [...wanted.values()])
}

/** @returns those whose application is gone, or has other endpoints by now */
async function insert(
  transaction: Transaction,
  call: Call,
  together: readonly Prepared[],
  results: PublishGroupResult[],
  notices: Word[],
): Promise<readonly number[]> {
  if (together.length === 0) return []
  const items = together.flatMap((each) => each.items)
  const rows = await transaction.rows(insertMessages(call.db.node, items, call.now))
  if (rows.length === 0) throw new Fenced()
  const inserted = insertedOf(rows, items.length)
  const outdated: number[] = []
  for (const [index, each] of together.entries()) {
    const own = inserted.slice(index, index + 1)
    if (own[0]?.kind === 'outdated') {
      call.routes.forget(each.group.orgId, each.group.appRef)
      outdated.push(each.at)
    } else results[each.at] = { kind: 'published', results: resultsOf(each, own, call.db.node) }
  }
  notices.push(...dueElsewhere(call, together, inserted))
  return outdated
}

/** Event ids whose time is over may be taken again. */
async function freeEventIds(
  transaction: Transaction,
  groups: readonly PublishGroup[],
  now: number,
): Promise<void> {
  const named = groups.flatMap(({ appRef, items }) =>
    items.flatMap(({ message: { eventId } }) => (eventId === null ? [] : [{ appRef, eventId }])),
  )
  if (named.length === 0) return
  await transaction.change(
    sql`delete from posthorn.event_id held
      using unnest(${textArray(named.map(({ appRef }) => appRef))}::text[],
        ${textArray(named.map(({ eventId }) => eventId))}::text[]) as given (app_id, event_id)
      where held.app_id = given.app_id and held.event_id = given.event_id and held.expires_at <= ${now}`,
  )
}
