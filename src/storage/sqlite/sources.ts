import type { Application } from '#core/application.ts'
import type { Rejection, Source } from '#core/source.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import { deleteApplicationRow, insertApplicationRow } from './applications.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { rejectionOf, sourceOf, withoutNul } from '../rows.ts'

export function sourceReads(db: Database) {
  const byId = db.prepare('select * from source where id = ? and org_id = ? and deleted_at is null')
  const byUid = db.prepare('select * from source where uid = ? and org_id = ? and deleted_at is null')
  const byToken = db.prepare('select * from source where token_hash = ?')
  const seqOf = db.prepare('select seq from source where id = ? and org_id = ?')
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from source where org_id = ? and deleted_at is null and seq ${comparison} ?
       order by seq ${direction} limit ?`,
    )
  const pages = { asc: page('asc', '>'), desc: page('desc', '<') }
  const rejectionSeqOf = db.prepare('select seq from rejection where source_id = ? and id = ?')
  const rejectionPage = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from rejection where source_id = ? and seq ${comparison} ?
       order by seq ${direction} limit ?`,
    )
  const rejectionPages = { asc: rejectionPage('asc', '>'), desc: rejectionPage('desc', '<') }
  return {
    findSource(orgId: string, ref: string): Source | null {
      const row = (ref.startsWith('src_') ? byId : byUid).get(ref, orgId)
      return row === undefined ? null : sourceOf(row)
    },
    findSourceByToken(tokenHash: string): (Source & { readonly isDeleted: boolean }) | null {
      const row = byToken.get(tokenHash)
      return row === undefined ? null : { ...sourceOf(row), isDeleted: row.deleted_at !== null }
    },
    listSources(orgId: string, asked: Page): Listed<Source> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : seqOf.get(asked.after, orgId)
      if (after === undefined) return { kind: 'bad-iterator' }
      return listed(pages[walk.direction].all(orgId, after.seq as number, walk.limit).map(sourceOf), asked)
    },
    listRejections(sourceId: string, asked: Page): Listed<Rejection> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : rejectionSeqOf.get(sourceId, asked.after)
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = rejectionPages[walk.direction].all(sourceId, after.seq as number, walk.limit)
      return listed(rows.map(rejectionOf), asked)
    },
  }
}

export function sourceWrites(db: Database) {
  const keys = idempotencyKeys(db)
  const insertApplication = insertApplicationRow(db)
  const deleteApplication = deleteApplicationRow(db)
  const isTaken = db.prepare(
    'select 1 from source where (token_hash = ? or (org_id = ? and uid = ?)) and id <> ? limit 1',
  )
  const insert = db.prepare(
    `insert into source (org_id, id, uid, name, type, app_id, metadata, sealed_config, sealed_token, token_hash,
       created_at, updated_at, version)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const replace = db.prepare(
    `update source set uid = ?, name = ?, type = ?, metadata = ?, sealed_config = ?, sealed_token = ?, token_hash = ?,
       updated_at = ?, version = ?
     where org_id = ? and id = ? and version = ? and deleted_at is null`,
  )
  const renameApplication = db.prepare(
    `update application set name = ?1, updated_at = ?2, version = version + 1
     where org_id = ?3 and id = ?4 and name <> ?1 and deleted_at is null`,
  )
  const remove = db.prepare(
    `update source set deleted_at = ?, uid = null where org_id = ? and id = ? and deleted_at is null
     returning app_id`,
  )
  const insertRejection = db.prepare(
    `insert into rejection (source_id, id, status, reason, detail, headers, body, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const dropOlder = db.prepare(
    `delete from rejection where source_id = ?1 and seq <= (
       select seq from rejection where source_id = ?1 order by seq desc limit 1 offset ?2)`,
  )
  return {
    insertSource(
      source: Source,
      application: Application,
      claim: IdempotencyClaim | null,
    ): { kind: 'stored' } | { kind: 'conflict' } | Claimed {
      const { orgId, id, uid, tokenHash } = source
      const claimed = keys.claim(claim, source.createdAt)
      if (claimed !== null) return claimed
      if (isTaken.get(tokenHash, orgId, uid, id) !== undefined || !insertApplication(application)) {
        keys.release(claim)
        return { kind: 'conflict' }
      }
      insert.run(
        orgId,
        id,
        uid,
        source.name,
        source.type,
        source.appId,
        JSON.stringify(source.metadata),
        source.sealedConfig,
        source.sealedToken,
        tokenHash,
        source.createdAt,
        source.updatedAt,
        source.version,
      )
      return { kind: 'stored' }
    },
    replaceSource(source: Source): { kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' } {
      const { orgId, id, uid, name, tokenHash, updatedAt, version } = source
      if (isTaken.get(tokenHash, orgId, uid, id) !== undefined) return { kind: 'conflict' }
      const { changes } = replace.run(
        uid,
        name,
        source.type,
        JSON.stringify(source.metadata),
        source.sealedConfig,
        source.sealedToken,
        tokenHash,
        updatedAt,
        version,
        orgId,
        id,
        version - 1,
      )
      if (changes === 0) return { kind: 'stale' }
      renameApplication.run(name, updatedAt, orgId, source.appId)
      return { kind: 'stored' }
    },
    deleteSource(orgId: string, sourceId: string, now: number): boolean {
      const row = remove.get(now, orgId, sourceId)
      if (row === undefined) return false
      deleteApplication(orgId, row.app_id as string, now)
      return true
    },
    insertRejections(rejections: readonly Rejection[], keep: number): void {
      for (const { sourceId, id, status, reason, detail, headers, body, createdAt } of rejections) {
        insertRejection.run(
          sourceId,
          id,
          status,
          reason,
          withoutNul(detail),
          JSON.stringify(headers),
          withoutNul(body),
          createdAt,
        )
      }
      for (const sourceId of new Set(rejections.map((rejection) => rejection.sourceId)))
        dropOlder.run(sourceId, keep)
    },
  }
}
