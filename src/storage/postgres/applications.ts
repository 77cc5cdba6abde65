import type { Application } from '#core/application.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { applicationOf } from '../rows.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database, Session, Transaction } from './database.ts'
import { isUniqueViolation } from './faults.ts'
import { claimKey, releaseKey } from './idempotency-key.ts'
import { all, type Sql, sql, textArray } from './sql.ts'
import { along, beyond } from './walk.ts'

/** Asked once for a statement: as a join it could change the order in which the rest is walked. */
export function isLiving(appId: string): Sql {
  return sql`(select deleted_at is null from posthorn.application where id = ${appId})`
}

export function applicationReads(db: Database) {
  return {
    async findApplication(orgId: string, ref: string): Promise<Application | null> {
      const row = await db.row(
        sql`select * from (
            select 0 as rank, a.* from posthorn.application a where id = ${ref} and org_id = ${orgId} and deleted_at is null
            union all
            select 1, a.* from posthorn.application a where uid = ${ref} and org_id = ${orgId} and deleted_at is null
          ) found order by rank limit 1`,
      )
      return row === undefined ? null : applicationOf(row)
    },
    async listApplications(
      orgId: string,
      asked: Page,
      filter: { readonly excludeWithoutEndpoints: boolean; readonly excludeWithDisabledEndpoints: boolean },
    ): Promise<Listed<Application>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              sql`select seq from posthorn.application where id = ${asked.after} and org_id = ${orgId}`,
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const conditions = [
        sql`a.org_id = ${orgId} and a.deleted_at is null`,
        beyond(walk, sql`a.seq`, after.seq as number),
      ]
      const endpoints = sql`select 1 from posthorn.endpoint e where e.app_id = a.id and e.deleted_at is null`
      if (filter.excludeWithoutEndpoints) conditions.push(sql`exists (${endpoints})`)
      if (filter.excludeWithDisabledEndpoints) {
        conditions.push(sql`not exists (${endpoints} and e.disabled_reason is not null)`)
      }
      const rows = await db.rows(
        sql`select a.* from posthorn.application a where ${all(conditions)} ${along(walk, sql`a.seq`)}`,
      )
      return listed(rows.map(applicationOf), asked)
    },
    async isApplicationTokenValid(
      appId: string,
      issuedAt: number,
      sessionId: string | null,
      now: number,
    ): Promise<boolean> {
      // An expiry may lie ahead: tokens live on until then.
      const expiry = await db.row(
        sql`select 1 from posthorn.application_token_expiry
          where app_id = ${appId} and session_id in ('', ${sessionId ?? ''}) and issued_before > ${issuedAt}
            and ends_at <= ${now} limit 1`,
      )
      return expiry === undefined
    },
    async countActiveApplications(orgId: string, excludeDisabled: boolean): Promise<number> {
      const enabled = excludeDisabled ? sql`and e.disabled_reason is null` : sql``
      const row = await db.row(
        sql`select count(*) as count from posthorn.application a where org_id = ${orgId} and deleted_at is null
          and exists (select 1 from posthorn.endpoint e
            where e.app_id = a.id and e.deleted_at is null ${enabled})`,
      )
      return row?.count as number
    },
  }
}

/** @returns whether it was stored: not where its uid is taken */
export async function insertApplicationRow(session: Session, application: Application): Promise<boolean> {
  const { orgId, id, uid, name, throttleRate, metadata, createdAt, updatedAt, version } = application
  const inserted = await session.change(
    sql`insert into posthorn.application
        (org_id, id, uid, name, throttle_rate, metadata, created_at, updated_at, version)
      values (${orgId}, ${id}, ${uid}, ${name}, ${throttleRate}, ${JSON.stringify(metadata)}, ${createdAt},
        ${updatedAt}, ${version}) on conflict do nothing`,
  )
  return inserted === 1
}

/** @returns whether there was such an application */
export async function deleteApplicationRow(
  transaction: Transaction,
  orgId: string,
  appId: string,
  now: number,
): Promise<boolean> {
  const removed = await transaction.change(
    sql`update posthorn.application
      set deleted_at = ${now}, uid = null, routing_version = routing_version + 1
      where org_id = ${orgId} and id = ${appId} and deleted_at is null`,
  )
  if (removed === 0) return false
  transaction.notice({ kind: 'application-deleted', appId })
  return true
}

export function applicationWrites(db: Database) {
  return {
    async insertApplication(
      application: Application,
      claim: IdempotencyClaim | null,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed> {
      return await db.transact(async (transaction) => {
        const claimed = await claimKey(transaction, claim, application.createdAt)
        if (claimed !== null) return claimed
        if (await insertApplicationRow(transaction, application)) return { kind: 'stored' }
        await releaseKey(transaction, claim)
        return { kind: 'conflict' }
      })
    },
    async replaceApplication(
      application: Application,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' }> {
      const { orgId, id, uid, name, throttleRate, metadata, updatedAt, version } = application
      // Publishers know applications by their uid and their limit, too: the version of their routes grows.
      const replace = sql`update posthorn.application
        set uid = ${uid}, name = ${name}, throttle_rate = ${throttleRate}, metadata = ${JSON.stringify(metadata)},
          updated_at = ${updatedAt}, version = ${version}, routing_version = routing_version + 1
        where org_id = ${orgId} and id = ${id} and version = ${version - 1} and deleted_at is null`
      try {
        const changed = await db.transact((transaction) => transaction.change(replace))
        return { kind: changed === 1 ? 'stored' : 'stale' }
      } catch (error) {
        if (isUniqueViolation(error)) return { kind: 'conflict' }
        throw error
      }
    },
    async deleteApplication(orgId: string, appId: string, now: number): Promise<boolean> {
      return await db.transact((transaction) => deleteApplicationRow(transaction, orgId, appId, now))
    },
    async expireApplicationTokens(
      appId: string,
      issuedBefore: number,
      sessionIds: readonly string[] | null,
      endsAt: number,
    ): Promise<void> {
      await db.transact((transaction) =>
        transaction.change(
          sql`insert into posthorn.application_token_expiry (app_id, session_id, issued_before, ends_at)
            select ${appId}::text, session_id, ${issuedBefore}::bigint, ${endsAt}::bigint
            from unnest(${textArray(sessionIds ?? [''])}::text[]) as session_id
            on conflict do nothing`,
        ),
      )
    },
  }
}
