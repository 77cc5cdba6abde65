import type { Application } from '#core/application.ts'
import type { Routing } from '#core/filter.ts'
import { emptyBucket, takeToken, type TokenBucket } from '#core/rate-limit.ts'
import type { PublishGroup, PublishGroupResult, PublishItem, PublishResult } from '../storage.ts'
import { insertApplicationRow } from './applications.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { immediateOf, newRoutes, type Routes, takersOf, targetOf, type Target } from '../routing.ts'
import { writeJson, writeStrings } from '../rows.ts'
import { lastSeq } from './sequences.ts'

const maxCachedApplications = 1_000

interface Publishing {
  readonly id: string
  readonly routingVersion: number
  readonly throttleRate: number | null
}

export function publishMessages(db: Database): {
  publish(
    groups: readonly PublishGroup[],
    fullLanes: readonly string[] | 'all',
    now: number,
  ): readonly PublishGroupResult[]
  /** Drops the cached routes: a version that was read in a transaction that did not commit may come again. */
  forget(): void
} {
  const keys = idempotencyKeys(db)
  const findById = db.prepare(
    'select id, routing_version, throttle_rate from application where id = ? and org_id = ? and deleted_at is null',
  )
  const findByUid = db.prepare(
    'select id, routing_version, throttle_rate from application where uid = ? and org_id = ? and deleted_at is null',
  )
  const insertApplication = insertApplicationRow(db)
  const selectTargets = db.prepare(
    `select seq, id, event_types, channels from endpoint
     where app_id = ? and deleted_at is null and disabled_reason is null order by seq`,
  )
  const selectOne = db.prepare(
    'select seq, id, event_types, channels from endpoint where app_id = ? and id = ? and deleted_at is null',
  )
  const findEventId = db.prepare('select expires_at from event_id where app_id = ? and event_id = ?')
  const insertEventId = db.prepare(
    'insert or replace into event_id (app_id, event_id, message_seq, expires_at) values (?, ?, ?, ?)',
  )
  const insertMessage = db.prepare(
    `insert into message (seq, app_id, id, event_type, event_id, channels, tags, content_type, created_at, deliver_at,
       payload_expires_at, payload, received, only_endpoint_id)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertDelivery = db.prepare(
    `insert into delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased)
     values (?, ?, ?, 0, ?, 0, 0, ?)`,
  )
  const insertFanout = db.prepare(
    'insert into fanout (message_seq, app_id, after_endpoint_seq, last_endpoint_seq) values (?, ?, ?, ?)',
  )
  let seqBefore = lastSeq(db, 'message')
  /** Deliveries made in the call under way. */
  let made = 0

  const routesByApp = new Map<string, Routes>()
  const buckets = new Map<string, TokenBucket>()

  function applicationOf(group: PublishGroup): Publishing | null {
    const statement = group.appRef.startsWith('app_') ? findById : findByUid
    const row = statement.get(group.appRef, group.orgId) as
      | { id: string; routing_version: number; throttle_rate: number | null }
      | undefined
    if (row !== undefined)
      return { id: row.id, routingVersion: row.routing_version, throttleRate: row.throttle_rate }
    if (group.createApplication === null) return null
    const created: Application = group.createApplication
    return insertApplication(created)
      ? { id: created.id, routingVersion: 1, throttleRate: created.throttleRate }
      : null
  }

  function routesOf(application: Publishing): Routes {
    const cached = routesByApp.get(application.id)
    if (cached !== undefined && cached.version === application.routingVersion) return cached
    const targets = selectTargets.all(application.id).map(targetOf)
    const routes = newRoutes(application.routingVersion, targets)
    routesByApp.delete(application.id)
    routesByApp.set(application.id, routes)
    if (routesByApp.size > maxCachedApplications) {
      for (const oldest of routesByApp.keys()) {
        routesByApp.delete(oldest)
        break
      }
    }
    return routes
  }

  function takersFor(application: Publishing, group: PublishGroup, message: Routing): readonly Target[] {
    if (group.onlyEndpointId !== null)
      return selectOne.all(application.id, group.onlyEndpointId).map(targetOf)
    return takersOf(routesOf(application), message)
  }

  function throttledUntil(application: Publishing, count: number, now: number): number | null {
    if (application.throttleRate === null) return null
    let bucket = buckets.get(application.id) ?? { ...emptyBucket(now), tokens: application.throttleRate }
    for (let taken = 0; taken < Math.min(count, application.throttleRate); taken++) {
      const result = takeToken(bucket, application.throttleRate, now)
      if (!result.taken) return result.readyAt
      bucket = result.bucket
    }
    if (buckets.size > maxCachedApplications) buckets.clear()
    buckets.set(application.id, bucket)
    return null
  }

  function isEventIdTaken(appId: string, eventId: string | null, now: number): boolean {
    if (eventId === null) return false
    const row = findEventId.get(appId, eventId) as { expires_at: number } | undefined
    return row !== undefined && row.expires_at > now
  }

  function store(
    application: Publishing,
    group: PublishGroup,
    item: PublishItem,
    fullLanes: ReadonlySet<string> | 'all',
    now: number,
  ): PublishResult {
    const { message } = item
    const seq = ++seqBefore
    insertMessage.run(
      seq,
      application.id,
      message.id,
      message.eventType,
      message.eventId,
      writeStrings(message.channels),
      writeStrings(message.tags),
      message.contentType,
      message.createdAt,
      message.deliverAt,
      message.payloadExpiresAt,
      message.payload,
      writeJson(message.received),
      group.onlyEndpointId,
    )
    if (message.eventId !== null)
      insertEventId.run(
        application.id,
        message.eventId,
        seq,
        item.eventIdExpiresAt ?? message.payloadExpiresAt,
      )
    const takers = takersFor(application, group, message)
    const immediate = immediateOf(takers, made)
    made += immediate.length
    const later = message.deliverAt !== null && message.deliverAt > now
    const dueAt = later ? (message.deliverAt ?? now) : message.createdAt
    const handed: string[] = []
    const kept: string[] = []
    for (const { id } of immediate) {
      const stays = later || fullLanes === 'all' || fullLanes.has(id)
      insertDelivery.run(application.id, seq, id, dueAt, stays ? 0 : 1)
      if (stays) kept.push(id)
      else handed.push(id)
    }
    const isPartial = immediate.length < takers.length
    if (isPartial) {
      insertFanout.run(seq, application.id, immediate.at(-1)?.seq ?? 0, takers.at(-1)?.seq ?? 0)
    }
    return { kind: 'stored', appId: application.id, seq, handed, kept, isPartial }
  }

  function publishGroup(
    group: PublishGroup,
    fullLanes: ReadonlySet<string> | 'all',
    now: number,
  ): PublishGroupResult {
    const application = applicationOf(group)
    if (application === null) return { kind: 'no-application' }
    const claimed = keys.claim(group.claim, now)
    if (claimed !== null) return claimed
    const readyAt = throttledUntil(application, group.items.length, now)
    if (readyAt !== null) {
      keys.release(group.claim)
      return { kind: 'throttled', retryAfterMs: Math.max(1, readyAt - now) }
    }
    const results: PublishResult[] = group.atomic ? refusedAtomically(application.id, group.items, now) : []
    if (results.length === 0) {
      for (const item of group.items) {
        results.push(
          isEventIdTaken(application.id, item.message.eventId, now)
            ? { kind: 'event-id-taken' }
            : store(application, group, item, fullLanes, now),
        )
      }
    }
    if (!results.some((result) => result.kind === 'stored')) keys.release(group.claim)
    return { kind: 'published', results }
  }

  /** Results of a group that must not be stored, or none where it may be. */
  function refusedAtomically(appId: string, items: readonly PublishItem[], now: number): PublishResult[] {
    const seen = new Set<string>()
    const taken = items.map(({ message: { eventId } }) => {
      const repeated = eventId !== null && seen.has(eventId)
      if (eventId !== null) seen.add(eventId)
      return repeated || isEventIdTaken(appId, eventId, now)
    })
    if (!taken.includes(true)) return []
    return taken.map((isTaken) => ({ kind: isTaken ? 'event-id-taken' : 'aborted' }))
  }

  return {
    publish(groups, fullLanes, now) {
      const full = fullLanes === 'all' ? fullLanes : new Set(fullLanes)
      made = 0
      return groups.map((group) => publishGroup(group, full, now))
    },
    forget() {
      routesByApp.clear()
    },
  }
}
