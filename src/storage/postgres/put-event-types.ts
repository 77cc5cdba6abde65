import type { EventType } from '#core/event-type.ts'
import { writeJson, writeStrings } from '../rows.ts'
import type { Database, Session } from './database.ts'
import { sql } from './sql.ts'

class Stale extends Error {
  override readonly name = 'Stale'
}

export function putEventTypes(
  db: Database,
): (eventTypes: readonly EventType[]) => Promise<{ kind: 'stored' } | { kind: 'stale' }> {
  return async (eventTypes) => {
    // In one order for all, so that no two wait for each other.
    const inOrder = eventTypes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    try {
      await db.transact(async (transaction) => {
        for (const each of inOrder) if (!(await put(transaction, each))) throw new Stale()
      })
      return { kind: 'stored' }
    } catch (error) {
      // What was written before went with the transaction.
      if (error instanceof Stale) return { kind: 'stale' }
      throw error
    }
  }
}

/** @returns whether it stands: not where the version before it is another */
async function put(session: Session, eventType: EventType): Promise<boolean> {
  const { orgId, name, version } = eventType
  const written = await session.change(
    sql`insert into posthorn.event_type as known (org_id, name, description, archived, deprecated, schemas, group_name,
        feature_flags, retry_schedule_ms, created_at, updated_at, version)
      values (${orgId}, ${name}, ${eventType.description}, ${Number(eventType.archived)},
        ${Number(eventType.deprecated)}, ${writeJson(eventType.schemas)}, ${eventType.groupName},
        ${writeStrings(eventType.featureFlags)}, ${writeJson(eventType.retryScheduleMs)}, ${eventType.createdAt},
        ${eventType.updatedAt}, ${version})
      on conflict (org_id, name) do update set description = excluded.description, archived = excluded.archived,
        deprecated = excluded.deprecated, schemas = excluded.schemas, group_name = excluded.group_name,
        feature_flags = excluded.feature_flags, retry_schedule_ms = excluded.retry_schedule_ms,
        created_at = excluded.created_at, updated_at = excluded.updated_at, version = excluded.version
      where known.version = excluded.version - 1`,
  )
  return written === 1
}
