import { fence, type Row } from './database.ts'
import { noticeBytes, toldBytes, toldOf } from './handed-deliveries.ts'
import { writeJson } from '../rows.ts'
import { numberArray, raw, type Sql, sql, textArray } from './sql.ts'
import type { IdempotencyClaim, PublishItem } from '../storage.ts'

interface NewDelivery {
  readonly endpointId: string
  /** The node that it is leased to from the start; null where it is the store's. */
  readonly taker: number | null
}

/** One message with all that is stored together with it. */
export interface NewMessage {
  readonly appId: string
  /** Of the application's routes that the deliveries follow from. */
  readonly routingVersion: number
  readonly message: PublishItem['message']
  readonly eventIdExpiresAt: number
  readonly onlyEndpointId: string | null
  readonly claim: IdempotencyClaim | null
  readonly dueAt: number
  readonly deliveries: readonly NewDelivery[]
  readonly fanout: { readonly afterEndpointSeq: number; readonly lastEndpointSeq: number } | null
}

export type Inserted =
  | { readonly kind: 'stored'; readonly seq: number }
  /** The application is gone, or its endpoints are others by now. */
  | { readonly kind: 'outdated' }
  | { readonly kind: 'key-known' }
  | { readonly kind: 'event-id-known' }

/**
 * The statement that stores messages with their deliveries, keys and event ids: one trip, and no moment between two
 * statements in which a process could be stopped. It stores what it finds no obstacle for, and fails as a whole only
 * where another transaction takes a key or an event id at the same moment (a unique violation).
 *
 * Everything comes in one row per message, so that no joins are needed: its deliveries as a list in a text.
 */
export function insertMessages(node: number, items: readonly NewMessage[], now: number): Sql {
  const messages = items.map(({ message }) => message)
  const texts = (values: readonly (string | null)[]): Sql => sql`${textArray(values)}::text[]`
  const numbers = (values: readonly (number | null)[]): Sql => sql`${numberArray(values)}::bigint[]`
  const hasClaims = items.some(({ claim }) => claim !== null)
  const hasEventIds = messages.some(({ eventId }) => eventId !== null)
  const hasDeliveries = items.some(({ deliveries }) => deliveries.length > 0)
  const hasFanouts = items.some(({ fanout }) => fanout !== null)
  const handings = handingsOf(node, items)
  const isHanding = handings.takers.length > 0
  const payloads = bytesOf(messages)
  const payload = raw(
    `substring((select bytes from payloads) from payload_start::int for payload_length::int)`,
  )
  const isFree = raw(
    `not (${[hasClaims ? 'key_known' : null, hasEventIds ? 'event_id_known' : null].filter(Boolean).join(' or ') || 'false'})`,
  )
  return sql`with fence as materialized (${fence(node)}),
    payloads as materialized (select ${payloads.bytes}::bytea as bytes),
    given as materialized (
      select given.* from unnest(
          ${texts(items.map(({ appId }) => appId))}, ${numbers(items.map(({ routingVersion }) => routingVersion))},
          ${texts(messages.map(({ id }) => id))}, ${texts(messages.map(({ eventType }) => eventType))},
          ${texts(messages.map(({ eventId }) => eventId))},
          ${texts(messages.map(({ channels }) => (channels === null ? null : JSON.stringify(channels))))},
          ${texts(messages.map(({ tags }) => (tags === null ? null : JSON.stringify(tags))))},
          ${texts(messages.map(({ contentType }) => contentType))}, ${texts(messages.map(({ received }) => writeJson(received)))},
          ${numbers(messages.map(({ createdAt }) => createdAt))}, ${numbers(messages.map(({ deliverAt }) => deliverAt))},
          ${texts(items.map(({ onlyEndpointId }) => onlyEndpointId))},
          ${numbers(messages.map(({ payloadExpiresAt }) => payloadExpiresAt))},
          ${numbers(items.map(({ message, eventIdExpiresAt }) => (message.eventId === null ? null : eventIdExpiresAt)))},
          ${numbers(payloads.starts)}, ${numbers(payloads.lengths)},
          ${texts(items.map(({ claim }) => claim?.key ?? null))},
          ${texts(items.map(({ claim }) => claim?.requestHash ?? null))},
          ${texts(items.map(({ claim }) => claim?.subject ?? null))},
          ${numbers(items.map(({ claim }) => claim?.expiresAt ?? null))},
          ${numbers(items.map(({ dueAt }) => dueAt))},
          ${texts(items.map(({ deliveries }) => listOf(deliveries)))}, ${texts(handings.lists)},
          ${numbers(items.map(({ fanout }) => fanout?.afterEndpointSeq ?? null))},
          ${numbers(items.map(({ fanout }) => fanout?.lastEndpointSeq ?? null))}
        ) with ordinality as given (app_id, routing_version, id, event_type, event_id, channels, tags, content_type, received,
          created_at, deliver_at, only_endpoint_id, payload_expires_at, event_id_expires_at, payload_start, payload_length, key,
          request_hash, subject, key_expires_at, due_at, deliveries, handings, after_endpoint_seq, last_endpoint_seq, place)
        join posthorn.application a on a.id = given.app_id and a.routing_version = given.routing_version
          and a.deleted_at is null
        cross join fence
      order by given.place),
    item as materialized (
      select given.*, nextval('posthorn.message_seq') as seq
        ${hasClaims ? sql`, exists (select 1 from posthorn.idempotency_key held where held.key = given.key and held.expires_at > ${now}) as key_known` : raw('')}
        ${hasEventIds ? sql`, exists (select 1 from posthorn.event_id held where held.app_id = given.app_id and held.event_id = given.event_id and held.expires_at > ${now}) as event_id_known` : raw('')}
      from given),
    stored as (
      insert into posthorn.message (app_id, seq, id, event_type, event_id, channels, tags, content_type, received, created_at,
        deliver_at, only_endpoint_id, payload_expires_at, payload)
      select app_id, seq, id, event_type, event_id, channels, tags, content_type, received, created_at, deliver_at,
        only_endpoint_id, payload_expires_at,
        case when payload_start is not null then ${payload} end
      from item where ${isFree})
    ${hasClaims ? claimsOf(isFree) : raw('')}
    ${hasEventIds ? eventIdsOf(isFree) : raw('')}
    ${isHanding ? handingOf(node, handings.takers, payload, isFree) : raw('')}
    ${hasDeliveries ? deliveriesOf(node, isHanding, isFree) : raw('')}
    ${hasFanouts ? fanoutsOf(isFree) : raw('')}
    select item.place, item.seq, ${raw(hasClaims ? 'item.key_known' : 'false as key_known')},
      ${raw(hasEventIds ? 'item.event_id_known' : 'false as event_id_known')}
    from fence left join item on true
    ${isHanding ? raw('where (select count from told) is not null') : raw('')}`
}

const claimsOf = (isFree: Sql): Sql => sql`, claimed as (
  insert into posthorn.idempotency_key (key, request_hash, subject, expires_at)
  select distinct on (key) key, request_hash, subject, key_expires_at from item
  where key is not null and ${isFree})`

const eventIdsOf = (isFree: Sql): Sql => sql`, named as (
  insert into posthorn.event_id (app_id, event_id, message_seq, expires_at)
  select app_id, event_id, seq, event_id_expires_at from item where event_id is not null and ${isFree}
  order by app_id, event_id)`

/**
 * Tells others what they are handed: with the commit, so that either both are seen or neither. Whoever is handed
 * something must live until then; who is being buried is not waited for, and gets nothing.
 */
const handingOf = (
  node: number,
  takers: readonly number[],
  payload: Sql,
  isFree: Sql,
): Sql => sql`, living as materialized (
    select number, channel from posthorn.node where number = any(${numberArray(takers)}::int[]) and dispatches
    for key share skip locked),
  told as materialized (
    select count(pg_notify(notice.channel, notice.text)) as count from (
      select living.channel, living.number || string_agg(${toldOf(raw("split_part(one, ':', 3)"), payload)}, '') as text
      from item cross join lateral unnest(string_to_array(item.handings, ',')) as one
        join living on living.number = split_part(one, ':', 1)::int
      where ${isFree} group by living.number, living.channel, split_part(one, ':', 2)) notice)`

const deliveriesOf = (node: number, isHanding: boolean, isFree: Sql): Sql => sql`, delivered as (
  insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions,
    leased_by)
  select item.app_id, item.seq, split_part(one, ':', 2), 0, item.due_at, 0, 0,
    ${isHanding ? raw('coalesce(living.number, ') : raw('(')}case when split_part(one, ':', 1)::int = ${node}::int then ${node}::int end)
  from item cross join lateral unnest(string_to_array(item.deliveries, ' ')) as one
    ${isHanding ? raw("left join living on living.number = split_part(one, ':', 1)::int") : raw('')}
  where ${isFree})`

const fanoutsOf = (isFree: Sql): Sql => sql`, fanned as (
  insert into posthorn.fanout (message_seq, app_id, after_endpoint_seq, last_endpoint_seq)
  select seq, app_id, after_endpoint_seq, last_endpoint_seq from item
  where last_endpoint_seq is not null and ${isFree})`

/** Endpoints, each after the number of its taker; 0 for none. */
function listOf(deliveries: readonly NewDelivery[]): string | null {
  if (deliveries.length === 0) return null
  return deliveries.map(({ endpointId, taker }) => `${taker ?? 0}:${endpointId}`).join(' ')
}

/**
 * For each message, the other nodes that it is handed to: their number, the notice of theirs that it goes into, and the
 * endpoints.
 */
function handingsOf(node: number, items: readonly NewMessage[]) {
  const notices = new Map<number, { number: number; bytes: number }>()
  const lists = items.map(({ message, deliveries }) => {
    const endpoints = new Map<number, string[]>()
    for (const { endpointId, taker } of deliveries) {
      if (taker === null || taker === node) continue
      const known = endpoints.get(taker)
      if (known === undefined) endpoints.set(taker, [endpointId])
      else known.push(endpointId)
    }
    if (endpoints.size === 0) return null
    const parts: string[] = []
    for (const [taker, ids] of endpoints) {
      const bytes = toldBytes(message, ids.length)
      const notice = notices.get(taker) ?? { number: 0, bytes: 0 }
      notices.set(taker, notice)
      if (notice.bytes + bytes > noticeBytes) {
        notice.number++
        notice.bytes = 0
      }
      notice.bytes += bytes
      parts.push(`${taker}:${notice.number}:${ids.join(' ')}`)
    }
    return parts.join(',')
  })
  return { lists, takers: [...notices.keys()].sort((a, b) => a - b) }
}

/** All payloads in a row: as one value they need no escaping, on neither side. */
function bytesOf(messages: readonly PublishItem['message'][]) {
  const parts: Buffer[] = []
  const starts: (number | null)[] = []
  const lengths: (number | null)[] = []
  let at = 1
  for (const { payload } of messages) {
    if (payload === null) {
      starts.push(null)
      lengths.push(null)
      continue
    }
    const part = Buffer.from(payload)
    parts.push(part)
    starts.push(at)
    lengths.push(part.length)
    at += part.length
  }
  return { bytes: parts.length === 1 ? parts[0] : Buffer.concat(parts), starts, lengths }
}

/** What became of each message, in the order in which they were given. */
export function insertedOf(rows: readonly Row[], count: number): readonly Inserted[] {
  const results = Array.from({ length: count }, (): Inserted => ({ kind: 'outdated' }))
  for (const row of rows) {
    if (row.place === null) continue
    results[(row.place as number) - 1] =
      row.key_known === true
        ? { kind: 'key-known' }
        : row.event_id_known === true
          ? { kind: 'event-id-known' }
          : { kind: 'stored', seq: row.seq as number }
  }
  return results
}
