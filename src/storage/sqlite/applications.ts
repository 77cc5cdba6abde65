import type { Application } from '#core/application.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { applicationOf } from '../rows.ts'

export function applicationReads(db: Database) {
  const byId = db.prepare('select * from application where id = ? and org_id = ? and deleted_at is null')
  const byUid = db.prepare('select * from application where uid = ? and org_id = ? and deleted_at is null')
  const seqOf = db.prepare('select seq from application where id = ? and org_id = ?')
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from application a
       where org_id = ?1 and deleted_at is null and seq ${comparison} ?2
         and (?3 = 0 or exists (select 1 from endpoint e where e.app_id = a.id and e.deleted_at is null))
         and (?4 = 0 or not exists (select 1 from endpoint e
           where e.app_id = a.id and e.deleted_at is null and e.disabled_reason is not null))
       order by seq ${direction} limit ?5`,
    )
  const pages = { asc: page('asc', '>'), desc: page('desc', '<') }
  // An expiry may lie ahead: tokens live on until then.
  const expiry = db.prepare(
    `select 1 from application_token_expiry
     where app_id = ? and session_id in ('', ?) and issued_before > ? and ends_at <= ? limit 1`,
  )
  const countActive = db.prepare(
    `select count(*) as count from application a where org_id = ?1 and deleted_at is null
       and exists (select 1 from endpoint e where e.app_id = a.id and e.deleted_at is null
         and (?2 = 0 or e.disabled_reason is null))`,
  )
  return {
    findApplication(orgId: string, ref: string): Application | null {
      const row = byId.get(ref, orgId) ?? byUid.get(ref, orgId)
      return row === undefined ? null : applicationOf(row)
    },
    listApplications(
      orgId: string,
      asked: Page,
      filter: { readonly excludeWithoutEndpoints: boolean; readonly excludeWithDisabledEndpoints: boolean },
    ): Listed<Application> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : seqOf.get(asked.after, orgId)
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = pages[walk.direction].all(
        orgId,
        after.seq as number,
        Number(filter.excludeWithoutEndpoints),
        Number(filter.excludeWithDisabledEndpoints),
        walk.limit,
      )
      return listed(rows.map(applicationOf), asked)
    },
    isApplicationTokenValid(appId: string, issuedAt: number, sessionId: string | null, now: number): boolean {
      return expiry.get(appId, sessionId ?? '', issuedAt, now) === undefined
    },
    countActiveApplications(orgId: string, excludeDisabled: boolean): number {
      return countActive.get(orgId, Number(excludeDisabled))?.count as number
    },
  }
}

/** @returns whether it was stored: not where its uid is taken */
export function insertApplicationRow(db: Database): (application: Application) => boolean {
  const insert = db.prepare(
    `insert into application (org_id, id, uid, name, throttle_rate, metadata, created_at, updated_at, version)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  return ({ orgId, id, uid, name, throttleRate, metadata, createdAt, updatedAt, version }) =>
    insert.run(orgId, id, uid, name, throttleRate, JSON.stringify(metadata), createdAt, updatedAt, version)
      .changes === 1
}

/** @returns whether there was such an application */
export function deleteApplicationRow(db: Database): (orgId: string, appId: string, now: number) => boolean {
  const remove = db.prepare(
    'update application set deleted_at = ?, uid = null where org_id = ? and id = ? and deleted_at is null',
  )
  return (orgId, appId, now) => {
    if (remove.run(now, orgId, appId).changes === 0) return false
    db.notice({ kind: 'application-deleted', appId })
    return true
  }
}

export function applicationWrites(db: Database) {
  const keys = idempotencyKeys(db)
  const insert = insertApplicationRow(db)
  const isUidTaken = db.prepare('select 1 from application where org_id = ? and uid = ? and id <> ?')
  const replace = db.prepare(
    `update application set uid = ?, name = ?, throttle_rate = ?, metadata = ?, updated_at = ?, version = ?
     where org_id = ? and id = ? and version = ? and deleted_at is null`,
  )
  const expire = db.prepare(
    `insert into application_token_expiry (app_id, session_id, issued_before, ends_at) values (?, ?, ?, ?)
     on conflict do nothing`,
  )
  return {
    insertApplication(
      application: Application,
      claim: IdempotencyClaim | null,
    ): { kind: 'stored' } | { kind: 'conflict' } | Claimed {
      const claimed = keys.claim(claim, application.createdAt)
      if (claimed !== null) return claimed
      if (insert(application)) return { kind: 'stored' }
      keys.release(claim)
      return { kind: 'conflict' }
    },
    replaceApplication(
      application: Application,
    ): { kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' } {
      const { orgId, id, uid, name, throttleRate, metadata, updatedAt, version } = application
      if (uid !== null && isUidTaken.get(orgId, uid, id) !== undefined) return { kind: 'conflict' }
      const { changes } = replace.run(
        uid,
        name,
        throttleRate,
        JSON.stringify(metadata),
        updatedAt,
        version,
        orgId,
        id,
        version - 1,
      )
      return { kind: changes === 1 ? 'stored' : 'stale' }
    },
    deleteApplication: deleteApplicationRow(db),
    expireApplicationTokens(
      appId: string,
      issuedBefore: number,
      sessionIds: readonly string[] | null,
      endsAt: number,
    ): void {
      for (const sessionId of sessionIds ?? ['']) expire.run(appId, sessionId, issuedBefore, endsAt)
    },
  }
}
