import type { Database } from './database.ts'
import { dueLanes } from './deliveries.ts'
import { dropHistory } from './history.ts'
import { idempotencyKeys } from './idempotency-key.ts'

/** Rows in one transaction, which publishing waits for. */
const sliceSize = 100

/** What was under way when an application was deleted is recorded by then, so that no attempt comes after the rest. */
const historyGraceMs = 120_000

/** So long after its deletion, whoever still sends to a source is told. */
const sourceMemoryMs = 30 * 86_400_000

export function upkeepReads(db: Database) {
  const count = db.prepare('select count(*) as count from delivery')
  const lanes = dueLanes(db)
  return {
    /** What a disabled endpoint holds back counts as waiting and not as late. */
    backlog(now: number): { readonly deliveries: number; readonly oldestDueAt: number | null } {
      let oldestDueAt = Number.POSITIVE_INFINITY
      for (const { dueAt } of lanes()) oldestDueAt = Math.min(oldestDueAt, dueAt)
      return {
        deliveries: count.get()?.count as number,
        oldestDueAt: oldestDueAt <= now ? oldestDueAt : null,
      }
    },
  }
}

export function upkeepWrites(db: Database) {
  return { expire: expire(db), dropHistory: dropHistory(db), purgeDeleted: purgeDeleted(db) }
}

function expire(db: Database): (now: number | null) => boolean {
  const expired = db.prepare(
    `select m.seq, m.payload_expires_at,
       exists (select 1 from delivery d where d.app_id = m.app_id and d.message_seq = m.seq)
       or exists (select 1 from fanout f where f.app_id = m.app_id and f.message_seq = m.seq) as is_needed
     from message m
     where m.payload is not null and m.payload_expires_at <= ?
       and (m.payload_expires_at, m.seq) > (?, ?)
     order by m.payload_expires_at, m.seq limit ${sliceSize}`,
  )
  const dropPayload = db.prepare('update message set payload = null, received = null where seq = ?')
  const keys = idempotencyKeys(db)
  const dropEventIds = db.prepare(
    `delete from event_id where (app_id, event_id) in (
       select app_id, event_id from event_id where expires_at <= ? limit ${sliceSize})`,
  )
  const dropSuperseded = db.prepare(
    `delete from application_token_expiry as old where exists (
       select 1 from application_token_expiry later
       where later.app_id = old.app_id and later.session_id = old.session_id
         and later.issued_before > old.issued_before and later.ends_at <= max(old.ends_at, ?))`,
  )
  // Payloads that a delivery still needs are passed once a round, however many there are.
  let cursor: readonly [expiresAt: number, seq: number] = [-1, -1]
  let isPayloadLeft = true

  return (given) => {
    const now = given ?? Date.now()
    // Some of each kind: none waits for another to come to an end.
    if (isPayloadLeft) {
      const rows = expired.all(now, ...cursor)
      for (const row of rows) if (row.is_needed === 0) dropPayload.run(row.seq as number)
      const last = rows.length === sliceSize ? rows.at(-1) : undefined
      cursor = last === undefined ? [-1, -1] : [last.payload_expires_at as number, last.seq as number]
      isPayloadLeft = last !== undefined
    }
    const isEventIdLeft = dropEventIds.run(now).changes === sliceSize
    const isKeyLeft = keys.expire(now)
    const isMoreLeft = isPayloadLeft || isEventIdLeft || isKeyLeft
    if (!isMoreLeft) isPayloadLeft = true
    if (!isMoreLeft) dropSuperseded.run(now)
    return isMoreLeft
  }
}

function purgeDeleted(db: Database): (now: number) => boolean {
  const deletedEndpoint = db.prepare('select app_id, id from endpoint where deleted_at is not null limit 1')
  const key = 'app_id, message_seq, endpoint_id, trigger'
  const dropWaiting = db.prepare(
    `delete from delivery where (${key}) in (select ${key} from delivery indexed by delivery_due
       where app_id = ? and endpoint_id = ? and leased = 0 and interruptions <= 2 limit ${sliceSize})`,
  )
  // Those in hand and suspects are few, but found only by passing what the application has pending: once an endpoint.
  const dropOthers = db.prepare('delete from delivery where app_id = ? and endpoint_id = ?')
  const dropEndpoint = db.prepare('delete from endpoint where id = ?')
  const deletedApplications = db.prepare(
    'select id, deleted_at from application where deleted_at is not null',
  )
  const dropSlice = (table: string, columns: string, condition = 'app_id = ?') =>
    db.prepare(
      `delete from ${table} where (${columns}) in (
         select ${columns} from ${table} where ${condition} limit ${sliceSize})`,
    )
  const pending = [dropSlice('delivery', key), dropSlice('fanout', 'seq')]
  const history = [
    ...pending,
    dropSlice('attempt', 'seq'),
    dropSlice('attempt_count', 'app_id, endpoint_id, hour_at, event_type'),
    dropSlice('event_id', 'app_id, event_id'),
    dropSlice('message', 'seq'),
    // Deleted ones went before, each by itself.
    dropSlice('endpoint', 'seq', 'app_id = ? and deleted_at is null'),
    dropSlice('background_task', 'seq'),
    dropSlice('application_token_expiry', 'app_id, session_id, issued_before, ends_at'),
  ]
  const dropApplication = db.prepare('delete from application where id = ?')
  const forgottenSource = db.prepare('select id from source where deleted_at <= ? limit 1')
  const dropRejections = dropSlice('rejection', 'seq', 'source_id = ?')
  const dropSource = db.prepare('delete from source where id = ?')

  return (now) => {
    const endpoint = deletedEndpoint.get() as { app_id: string; id: string } | undefined
    if (endpoint !== undefined) {
      if (dropWaiting.run(endpoint.app_id, endpoint.id).changes === sliceSize) return true
      dropOthers.run(endpoint.app_id, endpoint.id)
      dropEndpoint.run(endpoint.id)
      return true
    }
    for (const row of deletedApplications.all()) {
      const appId = row.id as string
      const isSettled = (row.deleted_at as number) + historyGraceMs <= now
      for (const statement of isSettled ? history : pending) {
        if (Number(statement.run(appId).changes) > 0) return true
      }
      if (isSettled) {
        dropApplication.run(appId)
        return true
      }
    }
    const source = forgottenSource.get(now - sourceMemoryMs) as { id: string } | undefined
    if (source === undefined) return false
    if (dropRejections.run(source.id).changes === 0) dropSource.run(source.id)
    return true
  }
}
