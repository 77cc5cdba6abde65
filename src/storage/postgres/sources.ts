import type { Application } from '#core/application.ts'
import type { Rejection, Source } from '#core/source.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { rejectionOf, sourceOf, withoutNul } from '../rows.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import { deleteApplicationRow, insertApplicationRow } from './applications.ts'
import type { Database } from './database.ts'
import { isUniqueViolation } from './faults.ts'
import { claimKey, releaseKey } from './idempotency-key.ts'
import { numberArray, raw, type Sql, sql, textArray } from './sql.ts'
import { along, beyond } from './walk.ts'

export function sourceReads(db: Database) {
  return {
    async findSource(orgId: string, ref: string): Promise<Source | null> {
      const name = raw(ref.startsWith('src_') ? 'id' : 'uid')
      const row = await db.row(
        sql`select * from posthorn.source where ${name} = ${ref} and org_id = ${orgId} and deleted_at is null`,
      )
      return row === undefined ? null : sourceOf(row)
    },
    async findSourceByToken(tokenHash: string): Promise<(Source & { readonly isDeleted: boolean }) | null> {
      const row = await db.row(sql`select * from posthorn.source where token_hash = ${tokenHash}`)
      return row === undefined ? null : { ...sourceOf(row), isDeleted: row.deleted_at !== null }
    },
    async listSources(orgId: string, asked: Page): Promise<Listed<Source>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(sql`select seq from posthorn.source where id = ${asked.after} and org_id = ${orgId}`)
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = await db.rows(
        sql`select * from posthorn.source where org_id = ${orgId} and deleted_at is null
            and ${beyond(walk, sql`seq`, after.seq as number)} ${along(walk, sql`seq`)}`,
      )
      return listed(rows.map(sourceOf), asked)
    },
    async listRejections(sourceId: string, asked: Page): Promise<Listed<Rejection>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              sql`select seq from posthorn.rejection where source_id = ${sourceId} and id = ${asked.after}`,
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = await db.rows(
        sql`select * from posthorn.rejection
          where source_id = ${sourceId} and ${beyond(walk, sql`seq`, after.seq as number)} ${along(walk, sql`seq`)}`,
      )
      return listed(rows.map(rejectionOf), asked)
    },
  }
}

/** Those that change a source change its row before its application's, so that no two wait for each other. */
export function sourceWrites(db: Database) {
  return {
    async insertSource(
      source: Source,
      application: Application,
      claim: IdempotencyClaim | null,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | Claimed> {
      const insert = sql`insert into posthorn.source (org_id, id, uid, name, type, app_id, metadata, sealed_config,
          sealed_token, token_hash, created_at, updated_at, version)
        values (${source.orgId}, ${source.id}, ${source.uid}, ${source.name}, ${source.type}, ${source.appId},
          ${JSON.stringify(source.metadata)}, ${source.sealedConfig}, ${source.sealedToken}, ${source.tokenHash},
          ${source.createdAt}, ${source.updatedAt}, ${source.version})`
      try {
        return await db.transact(async (transaction) => {
          const claimed = await claimKey(transaction, claim, source.createdAt)
          if (claimed !== null) return claimed
          if (await insertApplicationRow(transaction, application)) {
            await transaction.change(insert)
            return { kind: 'stored' }
          }
          await releaseKey(transaction, claim)
          return { kind: 'conflict' }
        })
      } catch (error) {
        // The application and the claim went with the transaction.
        if (isUniqueViolation(error)) return { kind: 'conflict' }
        throw error
      }
    },
    async replaceSource(
      source: Source,
    ): Promise<{ kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' }> {
      const { orgId, id, uid, name, updatedAt, version } = source
      const replace = sql`update posthorn.source
        set uid = ${uid}, name = ${name}, type = ${source.type}, metadata = ${JSON.stringify(source.metadata)},
          sealed_config = ${source.sealedConfig}, sealed_token = ${source.sealedToken},
          token_hash = ${source.tokenHash}, updated_at = ${updatedAt}, version = ${version}
        where org_id = ${orgId} and id = ${id} and version = ${version - 1} and deleted_at is null`
      // Publishers do not know an application's name: the version of its routes stays.
      const rename = sql`update posthorn.application
        set name = ${name}, updated_at = ${updatedAt}, version = version + 1
        where org_id = ${orgId} and id = ${source.appId} and name <> ${name} and deleted_at is null`
      try {
        return await db.transact(async (transaction) => {
          if ((await transaction.change(replace)) === 0) return { kind: 'stale' }
          await transaction.change(rename)
          return { kind: 'stored' }
        })
      } catch (error) {
        if (isUniqueViolation(error)) return { kind: 'conflict' }
        throw error
      }
    },
    async deleteSource(orgId: string, sourceId: string, now: number): Promise<boolean> {
      return await db.transact(async (transaction) => {
        const row = await transaction.row(
          sql`update posthorn.source set deleted_at = ${now}, uid = null
            where org_id = ${orgId} and id = ${sourceId} and deleted_at is null returning app_id`,
        )
        if (row === undefined) return false
        await deleteApplicationRow(transaction, orgId, row.app_id as string, now)
        return true
      })
    },
    async insertRejections(rejections: readonly Rejection[], keep: number): Promise<void> {
      if (rejections.length === 0) return
      const sourceIds = textArray([...new Set(rejections.map(({ sourceId }) => sourceId))])
      await db.transact(async (transaction) => {
        // One transaction at a time for a source: each counts what the one before has left.
        await transaction.rows(
          sql`select 1 from posthorn.source where id = any(${sourceIds}::text[]) order by id for no key update`,
        )
        await transaction.change(
          sql`insert into posthorn.rejection (source_id, id, status, reason, detail, headers, body, created_at)
            select source_id, id, status, reason, detail, headers, body, created_at
            from unnest(${givenArrays(rejections)}) with ordinality as given (source_id, id, status, reason, detail,
              headers, body, created_at, place)
            order by place`,
        )
        await transaction.change(
          sql`with oldest as materialized (
              select wanted.source_id, (select seq from posthorn.rejection kept
                where kept.source_id = wanted.source_id order by seq desc limit 1 offset ${keep}::bigint) as seq
              from unnest(${sourceIds}::text[]) as wanted (source_id))
            delete from posthorn.rejection r using oldest
            where r.source_id = oldest.source_id and r.seq <= oldest.seq`,
        )
      })
    },
  }
}

function givenArrays(rejections: readonly Rejection[]): Sql {
  const texts = (values: readonly string[]): Sql => sql`${textArray(values)}::text[]`
  const numbers = (values: readonly number[]): Sql => sql`${numberArray(values)}::bigint[]`
  return sql`${texts(rejections.map(({ sourceId }) => sourceId))}, ${texts(rejections.map(({ id }) => id))},
    ${numbers(rejections.map(({ status }) => status))}, ${texts(rejections.map(({ reason }) => reason))},
    ${texts(rejections.map(({ detail }) => withoutNul(detail)))},
    ${texts(rejections.map(({ headers }) => JSON.stringify(headers)))},
    ${texts(rejections.map(({ body }) => withoutNul(body)))},
    ${numbers(rejections.map(({ createdAt }) => createdAt))}`
}
