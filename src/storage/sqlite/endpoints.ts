import type { Endpoint } from '#core/endpoint.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { endpointOf, writeJson, writeStrings } from '../rows.ts'

/** Endpoints of applications that exist. */
const living =
  'e.deleted_at is null and exists (select 1 from application a where a.id = e.app_id and a.deleted_at is null)'

export function endpointReads(db: Database) {
  const byId = db.prepare(`select e.* from endpoint e where e.app_id = ? and e.id = ? and ${living}`)
  const byUid = db.prepare(`select e.* from endpoint e where e.app_id = ? and e.uid = ? and ${living}`)
  const seqOf = db.prepare('select seq from endpoint where app_id = ? and id = ?')
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from endpoint e where app_id = ? and ${living} and seq ${comparison} ?
       order by seq ${direction} limit ?`,
    )
  const pages = { asc: page('asc', '>'), desc: page('desc', '<') }
  const count = db.prepare(
    `select count(*) filter (where e.disabled_reason is null) as active,
       count(*) filter (where e.disabled_reason is not null) as disabled
     from application a join endpoint e on e.app_id = a.id and e.deleted_at is null
     where a.org_id = ? and a.deleted_at is null`,
  )
  return {
    findEndpoint(appId: string, ref: string): Endpoint | null {
      const row = byId.get(appId, ref) ?? byUid.get(appId, ref)
      return row === undefined ? null : endpointOf(row)
    },
    loadEndpoints(
      keys: readonly { readonly appId: string; readonly endpointId: string }[],
    ): readonly Endpoint[] {
      return keys.flatMap(({ appId, endpointId }) => {
        const row = byId.get(appId, endpointId)
        return row === undefined ? [] : [endpointOf(row)]
      })
    },
    listEndpoints(appId: string, asked: Page): Listed<Endpoint> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : seqOf.get(appId, asked.after)
      if (after === undefined) return { kind: 'bad-iterator' }
      return listed(pages[walk.direction].all(appId, after.seq as number, walk.limit).map(endpointOf), asked)
    },
    countEndpoints(orgId: string): { readonly active: number; readonly disabled: number } {
      const row = count.get(orgId)
      return { active: row?.active as number, disabled: row?.disabled as number }
    },
  }
}

export function endpointWrites(db: Database) {
  const keys = idempotencyKeys(db)
  const appExists = db.prepare('select 1 from application where id = ? and deleted_at is null')
  const insert = db.prepare(
    `insert into endpoint (app_id, id, uid, url, description, disabled_reason, event_types, channels, metadata,
       throttle_rate, retry_schedule_ms, success_rule, sealed_secrets, sealed_headers, created_at, updated_at,
       failing_since, version)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  const isUidTaken = db.prepare('select 1 from endpoint where app_id = ? and uid = ? and id <> ?')
  const replace = db.prepare(
    `update endpoint set uid = ?, url = ?, description = ?, disabled_reason = ?, event_types = ?, channels = ?,
       metadata = ?, throttle_rate = ?, retry_schedule_ms = ?, success_rule = ?, sealed_secrets = ?,
       sealed_headers = ?, updated_at = ?, version = ?, failing_since = iif(?, null, failing_since)
     where app_id = ? and id = ? and version = ? and deleted_at is null`,
  )
  const remove = db.prepare(
    'update endpoint set deleted_at = ?, uid = null where app_id = ? and id = ? and deleted_at is null',
  )
  const bumpRouting = db.prepare('update application set routing_version = routing_version + 1 where id = ?')

  function announce(appId: string, endpointId: string): void {
    bumpRouting.run(appId)
    db.notice({ kind: 'endpoint-changed', appId, endpointId })
  }

  return {
    insertEndpoint(
      endpoint: Endpoint,
      claim: IdempotencyClaim | null,
    ): { kind: 'stored' } | { kind: 'conflict' } | { kind: 'missing' } | Claimed {
      if (appExists.get(endpoint.appId) === undefined) return { kind: 'missing' }
      const claimed = keys.claim(claim, endpoint.createdAt)
      if (claimed !== null) return claimed
      const { changes } = insert.run(
        endpoint.appId,
        endpoint.id,
        endpoint.uid,
        endpoint.url,
        endpoint.description,
        endpoint.disabledReason,
        writeStrings(endpoint.eventTypes),
        writeStrings(endpoint.channels),
        JSON.stringify(endpoint.metadata),
        endpoint.throttleRate,
        writeJson(endpoint.retryScheduleMs),
        writeJson(endpoint.successRule),
        endpoint.sealedSecrets,
        endpoint.sealedHeaders,
        endpoint.createdAt,
        endpoint.updatedAt,
        endpoint.failingSince,
        endpoint.version,
      )
      if (changes === 1) {
        bumpRouting.run(endpoint.appId)
        return { kind: 'stored' }
      }
      keys.release(claim)
      return { kind: 'conflict' }
    },
    replaceEndpoint(
      endpoint: Endpoint,
      { resetHealth, claim }: { readonly resetHealth: boolean; readonly claim: IdempotencyClaim | null },
    ): { kind: 'stored' } | { kind: 'conflict' } | { kind: 'stale' } | Claimed {
      const { appId, id, uid, version } = endpoint
      const claimed = keys.claim(claim, endpoint.updatedAt)
      if (claimed !== null) return claimed
      if (uid !== null && isUidTaken.get(appId, uid, id) !== undefined) {
        keys.release(claim)
        return { kind: 'conflict' }
      }
      const { changes } = replace.run(
        uid,
        endpoint.url,
        endpoint.description,
        endpoint.disabledReason,
        writeStrings(endpoint.eventTypes),
        writeStrings(endpoint.channels),
        JSON.stringify(endpoint.metadata),
        endpoint.throttleRate,
        writeJson(endpoint.retryScheduleMs),
        writeJson(endpoint.successRule),
        endpoint.sealedSecrets,
        endpoint.sealedHeaders,
        endpoint.updatedAt,
        version,
        Number(resetHealth),
        appId,
        id,
        version - 1,
      )
      if (changes === 1) {
        announce(appId, id)
        return { kind: 'stored' }
      }
      keys.release(claim)
      return { kind: 'stale' }
    },
    deleteEndpoint(appId: string, endpointId: string, now: number): boolean {
      if (remove.run(now, appId, endpointId).changes === 0) return false
      announce(appId, endpointId)
      return true
    },
  }
}
