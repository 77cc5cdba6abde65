import type { Delivery, DeliveryKey } from '#core/delivery.ts'
import type { Sendable } from '#core/message.ts'
import type { Claimed, IdempotencyClaim, LaneDue, LaneRequest } from '../storage.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { triggerNumber } from '../row-numbers.ts'
import { deliveryOf, triggerOf } from '../rows.ts'

const columns = `d.app_id, d.endpoint_id, d.message_seq, d.trigger, d.attempt_count, d.due_at, d.interruptions,
  m.id, m.event_type, m.content_type, m.payload, m.received, m.created_at`

export function claimDeliveries(
  db: Database,
): (
  lanes: readonly LaneRequest[],
  now: number,
) => { deliveries: readonly Delivery[]; nextDueAts: readonly (number | null)[] } {
  const due = db.prepare(
    `select ${columns} from delivery d join message m on m.seq = d.message_seq
     where d.app_id = ? and d.endpoint_id = ? and d.leased = 0 and d.interruptions <= 2 and d.due_at <= ?
     order by d.due_at, d.message_seq limit ?`,
  )
  const next = db.prepare(
    `select due_at from delivery where app_id = ? and endpoint_id = ? and leased = 0 and interruptions <= 2
     order by due_at limit 1`,
  )
  const lease = leaseOne(db)
  return (lanes, now) => {
    const deliveries: Delivery[] = []
    const nextDueAts: (number | null)[] = []
    // One object per message, however many of its deliveries are claimed.
    const messages = new Map<number, Sendable>()
    for (const { appId, endpointId, max } of lanes) {
      for (const row of due.all(appId, endpointId, now, max)) {
        const delivery = deliveryOf(row, { appId, endpointId }, messages)
        lease(delivery)
        deliveries.push(delivery)
      }
      const rest = next.get(appId, endpointId)
      nextDueAts.push(rest === undefined ? null : (rest.due_at as number))
    }
    return { deliveries, nextDueAts }
  }
}

export function claimSuspect(db: Database): (now: number) => Delivery | null {
  const due = db.prepare(
    `select ${columns} from delivery d join message m on m.seq = d.message_seq
       join endpoint e on e.id = d.endpoint_id join application a on a.id = d.app_id
     where d.leased = 0 and d.interruptions > 2 and d.due_at <= ?
       and e.disabled_reason is null and e.deleted_at is null and a.deleted_at is null
     order by d.due_at limit 1`,
  )
  const lease = leaseOne(db)
  return (now) => {
    const row = due.get(now)
    if (row === undefined) return null
    const lane = { appId: row.app_id as string, endpointId: row.endpoint_id as string }
    const delivery = deliveryOf(row, lane, new Map())
    lease(delivery)
    return delivery
  }
}

function leaseOne(db: Database): (key: DeliveryKey) => void {
  const lease = db.prepare(
    'update delivery set leased = 1 where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ?',
  )
  return ({ appId, messageSeq, endpointId, trigger }) => {
    lease.run(appId, messageSeq, endpointId, triggerNumber[trigger])
  }
}

export function giveBack(db: Database): (keys: readonly DeliveryKey[]) => void {
  const release = db.prepare(
    'update delivery set leased = 0 where app_id = ? and message_seq = ? and endpoint_id = ? and trigger = ? and leased = 1',
  )
  return (keys) => {
    for (const { appId, messageSeq, endpointId, trigger } of keys) {
      release.run(appId, messageSeq, endpointId, triggerNumber[trigger])
    }
  }
}

/** One step per lane along the index of what is nobody's, however many deliveries each lane holds. */
export function dueLanes(db: Database): () => readonly LaneDue[] {
  const next = db.prepare(
    `select app_id, endpoint_id, due_at from delivery
     where leased = 0 and interruptions <= 2 and (app_id, endpoint_id) > (?, ?)
     order by app_id, endpoint_id, due_at limit 1`,
  )
  const isEnabled = db.prepare(
    `select 1 from endpoint e join application a on a.id = e.app_id
     where e.id = ? and e.disabled_reason is null and e.deleted_at is null and a.deleted_at is null`,
  )
  return () => {
    const lanes: LaneDue[] = []
    let appId = ''
    let endpointId = ''
    for (;;) {
      const row = next.get(appId, endpointId)
      if (row === undefined) return lanes
      appId = row.app_id as string
      endpointId = row.endpoint_id as string
      if (isEnabled.get(endpointId) !== undefined)
        lanes.push({ appId, endpointId, dueAt: row.due_at as number })
    }
  }
}

export function findRetrySchedule(
  db: Database,
): (appId: string, eventType: string) => readonly number[] | null {
  const select = db.prepare(
    `select t.retry_schedule_ms from application a join event_type t on t.org_id = a.org_id and t.name = ?
     where a.id = ?`,
  )
  return (appId, eventType) => {
    const text = select.get(eventType, appId)?.retry_schedule_ms
    return typeof text === 'string' ? (JSON.parse(text) as number[]) : null
  }
}

export function leasedKeys(db: Database): () => readonly DeliveryKey[] {
  const select = db.prepare('select app_id, message_seq, endpoint_id, trigger from delivery where leased = 1')
  return () =>
    select.all().map((row) => ({
      appId: row.app_id as string,
      messageSeq: row.message_seq as number,
      endpointId: row.endpoint_id as string,
      trigger: triggerOf(row),
    }))
}

export function insertManualDelivery(
  db: Database,
): (
  key: DeliveryKey,
  now: number,
  claim: IdempotencyClaim | null,
) => { kind: 'stored' } | { kind: 'no-content' } | Claimed {
  const keys = idempotencyKeys(db)
  const content = db.prepare('select payload is not null as held from message where app_id = ? and seq = ?')
  const insert = db.prepare(
    `insert into delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased)
     values (?, ?, ?, ?, ?, 0, 0, 0) on conflict do nothing`,
  )
  return (key, now, claim) => {
    const row = content.get(key.appId, key.messageSeq)
    if (row?.held !== 1) return { kind: 'no-content' }
    const claimed = keys.claim(claim, now)
    if (claimed !== null) return claimed
    insert.run(key.appId, key.messageSeq, key.endpointId, triggerNumber[key.trigger], now)
    db.notice({ kind: 'deliveries-due', appId: key.appId, endpointId: key.endpointId, dueAt: now })
    return { kind: 'stored' }
  }
}
