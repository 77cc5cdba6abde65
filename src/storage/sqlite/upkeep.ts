import type { Database } from './database.ts'

const sliceSize = 500

export function upkeepReads(db: Database) {
  const count = db.prepare('select count(*) as count from delivery')
  const oldestDue = db.prepare(
    'select min(due_at) as due_at from delivery where leased = 0 and interruptions <= 2',
  )
  return {
    backlog(now: number): { readonly deliveries: number; readonly oldestDueAt: number | null } {
      const dueAt = oldestDue.get()?.due_at as number | null
      return {
        deliveries: count.get()?.count as number,
        oldestDueAt: dueAt !== null && dueAt <= now ? dueAt : null,
      }
    },
  }
}

export function upkeepWrites(db: Database) {
  const dropPayloads = db.prepare(
    `update message set payload = null where seq in (
       select m.seq from message m where m.payload_expires_at <= ? and m.payload is not null
         and not exists (select 1 from delivery d where d.app_id = m.app_id and d.message_seq = m.seq)
       limit ${sliceSize})`,
  )
  const dropKeys = db.prepare(
    `delete from idempotency_key where key in (
       select key from idempotency_key where expires_at <= ? limit ${sliceSize})`,
  )
  const dropEventIds = db.prepare(
    `delete from event_id where (app_id, event_id) in (
       select app_id, event_id from event_id where expires_at <= ? limit ${sliceSize})`,
  )
  const deletedEndpoint = db.prepare('select app_id, id from endpoint where deleted_at is not null limit 1')
  const endpointDeliveries = db.prepare(
    `delete from delivery where (app_id, message_seq, endpoint_id, trigger) in (
       select app_id, message_seq, endpoint_id, trigger from delivery where app_id = ? and endpoint_id = ?
       limit ${sliceSize})`,
  )
  const dropEndpoint = db.prepare('delete from endpoint where id = ?')
  const deletedApplication = db.prepare('select id from application where deleted_at is not null limit 1')
  /** What an application owns, each with the key that a slice of it is deleted by. */
  const owned = (
    [
      ['delivery', 'app_id, message_seq, endpoint_id, trigger'],
      ['fanout', 'message_seq'],
      ['attempt', 'seq'],
      ['attempt_count', 'app_id, endpoint_id, hour_at, event_type'],
      ['event_id', 'app_id, event_id'],
      ['message', 'seq'],
      ['endpoint', 'seq'],
      ['background_task', 'seq'],
      ['application_token_expiry', 'app_id, session_id'],
    ] as const
  ).map(([table, key]) =>
    db.prepare(
      `delete from ${table} where (${key}) in (select ${key} from ${table} where app_id = ? limit ${sliceSize})`,
    ),
  )
  const dropApplication = db.prepare('delete from application where id = ?')
  const shrink = db.prepare('pragma incremental_vacuum(200)')

  return {
    expire(now: number): boolean {
      const dropped = [dropPayloads, dropKeys, dropEventIds].map((statement) =>
        Number(statement.run(now).changes),
      )
      shrink.all()
      return dropped.some((count) => count === sliceSize)
    },
    purgeDeleted(_now: number): boolean {
      const endpoint = deletedEndpoint.get()
      if (endpoint !== undefined) {
        const { changes } = endpointDeliveries.run(endpoint.app_id as string, endpoint.id as string)
        if (changes < sliceSize) dropEndpoint.run(endpoint.id as string)
        return true
      }
      const application = deletedApplication.get()
      if (application === undefined) return false
      for (const statement of owned)
        if (statement.run(application.id as string).changes === sliceSize) return true
      dropApplication.run(application.id as string)
      return true
    },
  }
}
