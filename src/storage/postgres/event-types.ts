import type { EventType } from '#core/event-type.ts'
import { listed, walkOf } from '../paging.ts'
import { eventTypeOf, writeJson, writeStrings } from '../rows.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database, Session } from './database.ts'
import { claimKey, releaseKey } from './idempotency-key.ts'
import { all, sql, textArray } from './sql.ts'
import { along, beyond } from './walk.ts'

export function eventTypeReads(db: Database) {
  return {
    async findEventType(orgId: string, name: string): Promise<EventType | null> {
      const row = await db.row(
        sql`select * from posthorn.event_type where org_id = ${orgId} and name = ${name}`,
      )
      return row === undefined ? null : eventTypeOf(row)
    },
    async listEventTypes(
      orgId: string,
      asked: Page,
      {
        includeArchived,
        featureFlags,
      }: {
        readonly includeArchived: boolean
        readonly featureFlags: readonly string[] | null
      },
    ): Promise<Listed<EventType>> {
      const walk = walkOf(asked)
      const conditions = [sql`org_id = ${orgId}`]
      if (asked.after !== null) conditions.push(beyond(walk, sql`name`, asked.after))
      if (!includeArchived) conditions.push(sql`archived = 0`)
      if (featureFlags !== null) {
        const flags = sql`${textArray(featureFlags)}::text[]`
        conditions.push(sql`(feature_flags is null or feature_flags::jsonb ?| ${flags})`)
      }
      const rows = await db.rows(
        sql`select * from posthorn.event_type where ${all(conditions)} ${along(walk, sql`name`)}`,
      )
      return listed(rows.map(eventTypeOf), asked)
    },
    async findMissingEventTypes(orgId: string, names: readonly string[]): Promise<readonly string[]> {
      const rows = await db.rows(
        sql`select given.name from unnest(${textArray(names)}::text[]) with ordinality as given (name, place)
          where not exists (select 1 from posthorn.event_type e
            where e.org_id = ${orgId} and e.name = given.name and e.archived = 0)
          order by given.place`,
      )
      return rows.map((row) => row.name as string)
    },
  }
}

/** @returns whether it was stored: not where its name is taken */
export async function insertEventTypeRow(session: Session, eventType: EventType): Promise<boolean> {
  const { orgId, name, createdAt, updatedAt, version } = eventType
  const inserted = await session.change(
    sql`insert into posthorn.event_type (org_id, name, description, archived, deprecated, schemas, group_name,
        feature_flags, retry_schedule_ms, created_at, updated_at, version)
      values (${orgId}, ${name}, ${eventType.description}, ${Number(eventType.archived)},
        ${Number(eventType.deprecated)}, ${writeJson(eventType.schemas)}, ${eventType.groupName},
        ${writeStrings(eventType.featureFlags)}, ${writeJson(eventType.retryScheduleMs)}, ${createdAt}, ${updatedAt},
        ${version})
      on conflict do nothing`,
  )
  return inserted === 1
}

/** @returns whether it was the version before that stood there */
export async function replaceEventTypeRow(session: Session, eventType: EventType): Promise<boolean> {
  const { orgId, name, createdAt, updatedAt, version } = eventType
  const changed = await session.change(
    sql`update posthorn.event_type
      set description = ${eventType.description}, archived = ${Number(eventType.archived)},
        deprecated = ${Number(eventType.deprecated)}, schemas = ${writeJson(eventType.schemas)},
        group_name = ${eventType.groupName}, feature_flags = ${writeStrings(eventType.featureFlags)},
        retry_schedule_ms = ${writeJson(eventType.retryScheduleMs)}, created_at = ${createdAt},
        updated_at = ${updatedAt}, version = ${version}
      where org_id = ${orgId} and name = ${name} and version = ${version - 1}`,
  )
  return changed === 1
}

export function eventTypeWrites(db: Database) {
  return {
    async insertEventType(
      eventType: EventType,
      claim: IdempotencyClaim | null,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed> {
      return await db.transact(async (transaction) => {
        const claimed = await claimKey(transaction, claim, eventType.updatedAt)
        if (claimed !== null) return claimed
        if (await insertEventTypeRow(transaction, eventType)) return { kind: 'stored' }
        await releaseKey(transaction, claim)
        return { kind: 'conflict' }
      })
    },
    async replaceEventType(eventType: EventType): Promise<{ kind: 'stored' } | { kind: 'stale' }> {
      const isFresh = await db.transact((transaction) => replaceEventTypeRow(transaction, eventType))
      return { kind: isFresh ? 'stored' : 'stale' }
    },
    async deleteEventType(orgId: string, name: string): Promise<boolean> {
      const removed = await db.transact((transaction) =>
        transaction.change(sql`delete from posthorn.event_type where org_id = ${orgId} and name = ${name}`),
      )
      return removed === 1
    },
  }
}
