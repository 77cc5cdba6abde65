import type { EventType } from '#core/event-type.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { listed, walkOf } from '../paging.ts'
import { eventTypeOf, writeJson, writeStrings } from '../rows.ts'

export function eventTypeReads(db: Database) {
  const find = db.prepare('select * from event_type where org_id = ? and name = ?')
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from event_type
       where org_id = ?1 and (?2 is null or name ${comparison} ?2) and (?3 = 1 or archived = 0)
         and (?4 is null or feature_flags is null or exists (
           select 1 from json_each(feature_flags) own join json_each(?4) given on own.value = given.value))
       order by name ${direction} limit ?5`,
    )
  const pages = { asc: page('asc', '>'), desc: page('desc', '<') }
  const missing = db.prepare(
    `select given.value as name from json_each(?2) given
     where not exists (select 1 from event_type where org_id = ?1 and name = given.value and archived = 0)`,
  )
  return {
    findEventType(orgId: string, name: string): EventType | null {
      const row = find.get(orgId, name)
      return row === undefined ? null : eventTypeOf(row)
    },
    listEventTypes(
      orgId: string,
      asked: Page,
      filter: { readonly includeArchived: boolean; readonly featureFlags: readonly string[] | null },
    ): Listed<EventType> {
      const walk = walkOf(asked)
      const rows = pages[walk.direction].all(
        orgId,
        asked.after,
        Number(filter.includeArchived),
        writeStrings(filter.featureFlags),
        walk.limit,
      )
      return listed(rows.map(eventTypeOf), asked)
    },
    findMissingEventTypes(orgId: string, names: readonly string[]): readonly string[] {
      return missing.all(orgId, JSON.stringify(names)).map((row) => row.name as string)
    },
  }
}

export function eventTypeWrites(db: Database) {
  const keys = idempotencyKeys(db)
  const insert = db.prepare(
    `insert into event_type (org_id, name, description, archived, deprecated, schemas, group_name, feature_flags,
       retry_schedule_ms, created_at, updated_at, version)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  const replace = db.prepare(
    `update event_type set description = ?, archived = ?, deprecated = ?, schemas = ?, group_name = ?,
       feature_flags = ?, retry_schedule_ms = ?, created_at = ?, updated_at = ?, version = ?
     where org_id = ? and name = ? and version = ?`,
  )
  const remove = db.prepare('delete from event_type where org_id = ? and name = ?')
  return {
    insertEventType(
      eventType: EventType,
      claim: IdempotencyClaim | null,
    ): { kind: 'stored' } | { kind: 'conflict' } | Claimed {
      const claimed = keys.claim(claim, eventType.updatedAt)
      if (claimed !== null) return claimed
      const { changes } = insert.run(
        eventType.orgId,
        eventType.name,
        eventType.description,
        Number(eventType.archived),
        Number(eventType.deprecated),
        writeJson(eventType.schemas),
        eventType.groupName,
        writeStrings(eventType.featureFlags),
        writeJson(eventType.retryScheduleMs),
        eventType.createdAt,
        eventType.updatedAt,
        eventType.version,
      )
      if (changes === 1) return { kind: 'stored' }
      keys.release(claim)
      return { kind: 'conflict' }
    },
    replaceEventType(eventType: EventType): { kind: 'stored' } | { kind: 'stale' } {
      const { changes } = replace.run(
        eventType.description,
        Number(eventType.archived),
        Number(eventType.deprecated),
        writeJson(eventType.schemas),
        eventType.groupName,
        writeStrings(eventType.featureFlags),
        writeJson(eventType.retryScheduleMs),
        eventType.createdAt,
        eventType.updatedAt,
        eventType.version,
        eventType.orgId,
        eventType.name,
        eventType.version - 1,
      )
      return { kind: changes === 1 ? 'stored' : 'stale' }
    },
    deleteEventType(orgId: string, name: string): boolean {
      return remove.run(orgId, name).changes === 1
    },
  }
}
