import type { Endpoint } from '#core/endpoint.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { endpointOf, writeJson, writeStrings } from '../rows.ts'
import type { Claimed, IdempotencyClaim, LaneKey, Listed, Page } from '../storage.ts'
import { isLiving } from './applications.ts'
import type { Database, Session, Transaction } from './database.ts'
import { isUniqueViolation } from './faults.ts'
import { claimKey, releaseKey } from './idempotency-key.ts'
import { sql, textArray } from './sql.ts'
import { along, beyond } from './walk.ts'

export function endpointReads(db: Database) {
  return {
    async findEndpoint(appId: string, ref: string): Promise<Endpoint | null> {
      const row = await db.row(
        sql`select * from (
            select 0 as rank, e.* from posthorn.endpoint e where e.app_id = ${appId} and e.id = ${ref}
            union all
            select 1, e.* from posthorn.endpoint e where e.app_id = ${appId} and e.uid = ${ref}
          ) found where deleted_at is null and ${isLiving(appId)} order by rank limit 1`,
      )
      return row === undefined ? null : endpointOf(row)
    },
    async loadEndpoints(keys: readonly LaneKey[]): Promise<readonly Endpoint[]> {
      const appIds = textArray(keys.map(({ appId }) => appId))
      const endpointIds = textArray(keys.map(({ endpointId }) => endpointId))
      const rows = await db.rows(
        sql`select e.* from unnest(${appIds}::text[], ${endpointIds}::text[]) as wanted (app_id, id)
            join posthorn.endpoint e on e.id = wanted.id and e.app_id = wanted.app_id
            join posthorn.application a on a.id = e.app_id
          where e.deleted_at is null and a.deleted_at is null`,
      )
      return rows.map(endpointOf)
    },
    async listEndpoints(appId: string, asked: Page): Promise<Listed<Endpoint>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              sql`select seq from posthorn.endpoint where app_id = ${appId} and id = ${asked.after}`,
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = await db.rows(
        sql`select e.* from posthorn.endpoint e
          where e.app_id = ${appId} and e.deleted_at is null and ${isLiving(appId)}
            and ${beyond(walk, sql`e.seq`, after.seq as number)} ${along(walk, sql`e.seq`)}`,
      )
      return listed(rows.map(endpointOf), asked)
    },
    async countEndpoints(orgId: string): Promise<{ readonly active: number; readonly disabled: number }> {
      const row = await db.row(
        sql`select count(*) filter (where e.disabled_reason is null) as active,
            count(*) filter (where e.disabled_reason is not null) as disabled
          from posthorn.application a join posthorn.endpoint e on e.app_id = a.id and e.deleted_at is null
          where a.org_id = ${orgId} and a.deleted_at is null`,
      )
      return { active: row?.active as number, disabled: row?.disabled as number }
    },
  }
}

/**
 * Before the endpoint's own row, always in this order, so that no two transactions wait for each other.
 *
 * @returns whether there is such an application
 */
async function lockApplication(session: Session, appId: string): Promise<boolean> {
  const row = await session.row(
    sql`select 1 from posthorn.application where id = ${appId} and deleted_at is null for no key update`,
  )
  return row !== undefined
}

async function bumpRouting(session: Session, appId: string): Promise<void> {
  await session.change(
    sql`update posthorn.application set routing_version = routing_version + 1 where id = ${appId}`,
  )
}

async function announce(transaction: Transaction, appId: string, endpointId: string): Promise<void> {
  await bumpRouting(transaction, appId)
  transaction.notice({ kind: 'endpoint-changed', appId, endpointId })
}

export function endpointWrites(db: Database) {
  return {
    async insertEndpoint(
      endpoint: Endpoint,
      claim: IdempotencyClaim | null,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'missing' } | Claimed> {
      return await db.transact(async (transaction) => {
        if (!(await lockApplication(transaction, endpoint.appId))) return { kind: 'missing' }
        const claimed = await claimKey(transaction, claim, endpoint.createdAt)
        if (claimed !== null) return claimed
        const inserted = await transaction.change(
          sql`insert into posthorn.endpoint (app_id, id, uid, url, description, disabled_reason, event_types, channels,
              metadata, throttle_rate, retry_schedule_ms, success_rule, sealed_secrets, sealed_headers, created_at,
              updated_at, failing_since, version)
            values (${endpoint.appId}, ${endpoint.id}, ${endpoint.uid}, ${endpoint.url}, ${endpoint.description},
              ${endpoint.disabledReason}, ${writeStrings(endpoint.eventTypes)}, ${writeStrings(endpoint.channels)},
              ${JSON.stringify(endpoint.metadata)}, ${endpoint.throttleRate}, ${writeJson(endpoint.retryScheduleMs)},
              ${writeJson(endpoint.successRule)}, ${endpoint.sealedSecrets}, ${endpoint.sealedHeaders},
              ${endpoint.createdAt}, ${endpoint.updatedAt}, ${endpoint.failingSince}, ${endpoint.version})
            on conflict do nothing`,
        )
        if (inserted === 1) {
          await bumpRouting(transaction, endpoint.appId)
          return { kind: 'stored' }
        }
        await releaseKey(transaction, claim)
        return { kind: 'conflict' }
      })
    },
    async replaceEndpoint(
      endpoint: Endpoint,
      { resetHealth, claim }: { readonly resetHealth: boolean; readonly claim: IdempotencyClaim | null },
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' } | Claimed> {
      const { appId, id, uid, version } = endpoint
      const replace = sql`update posthorn.endpoint
        set uid = ${uid}, url = ${endpoint.url}, description = ${endpoint.description},
          disabled_reason = ${endpoint.disabledReason}, event_types = ${writeStrings(endpoint.eventTypes)},
          channels = ${writeStrings(endpoint.channels)}, metadata = ${JSON.stringify(endpoint.metadata)},
          throttle_rate = ${endpoint.throttleRate}, retry_schedule_ms = ${writeJson(endpoint.retryScheduleMs)},
          success_rule = ${writeJson(endpoint.successRule)}, sealed_secrets = ${endpoint.sealedSecrets},
          sealed_headers = ${endpoint.sealedHeaders}, updated_at = ${endpoint.updatedAt}, version = ${version},
          failing_since = ${resetHealth ? sql`null` : sql`failing_since`}, changed_at = clock_timestamp()
        where app_id = ${appId} and id = ${id} and version = ${version - 1} and deleted_at is null`
      try {
        return await db.transact(async (transaction) => {
          if (!(await lockApplication(transaction, appId))) return { kind: 'stale' }
          const claimed = await claimKey(transaction, claim, endpoint.updatedAt)
          if (claimed !== null) return claimed
          if ((await transaction.change(replace)) === 1) {
            await announce(transaction, appId, id)
            return { kind: 'stored' }
          }
          await releaseKey(transaction, claim)
          return { kind: 'stale' }
        })
      } catch (error) {
        // The claim went with the transaction.
        if (isUniqueViolation(error)) return { kind: 'conflict' }
        throw error
      }
    },
    async deleteEndpoint(appId: string, endpointId: string, now: number): Promise<boolean> {
      return await db.transact(async (transaction) => {
        if (!(await lockApplication(transaction, appId))) return false
        const removed = await transaction.change(
          sql`update posthorn.endpoint set deleted_at = ${now}, uid = null, changed_at = clock_timestamp()
            where app_id = ${appId} and id = ${endpointId} and deleted_at is null`,
        )
        if (removed === 0) return false
        await announce(transaction, appId, endpointId)
        return true
      })
    },
  }
}
