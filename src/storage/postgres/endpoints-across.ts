import { listed, startOf, walkOf } from '../paging.ts'
import { endpointOf, type Row } from '../rows.ts'
import type { EndpointFilter, Listed, OwnedEndpoint, Page } from '../storage.ts'
import { foldAscii } from '../text-match.ts'
import type { Database } from './database.ts'
import { all, raw, type Sql, sql } from './sql.ts'
import { along, beyond } from './walk.ts'

/** That the text is in one of the columns, whatever its case. */
export function holds(text: string, columns: readonly string[]): Sql {
  const conditions = columns.map(
    (column) => sql`strpos(lower(${raw(column)} collate "C"), ${foldAscii(text)}) > 0`,
  )
  return sql`(${conditions.reduce((left, right) => sql`${left} or ${right}`)})`
}

const states = {
  enabled: sql`e.disabled_reason is null`,
  disabled: sql`e.disabled_reason is not null`,
  failing: sql`e.disabled_reason is null and e.failing_since is not null`,
} as const

/** Columns of an endpoint `e` and of its application `a`, as `ownedEndpointOf` reads them. */
export const ownedColumns = sql`e.*, a.name as app_name, a.uid as app_uid`

export function ownedEndpointOf(row: Row): OwnedEndpoint {
  return {
    ...endpointOf(row),
    appName: row.app_name as string,
    appUid: row.app_uid as string | null,
  }
}

/**
 * An endpoint knows its application alone: those of an organisation are gathered along its applications, and only the
 * page's own are read whole.
 */
export function listEndpointsAcross(
  db: Database,
): (orgId: string, page: Page, filter: EndpointFilter) => Promise<Listed<OwnedEndpoint>> {
  return async (orgId, asked, { state, search }) => {
    const walk = walkOf(asked)
    const after =
      asked.after === null
        ? { seq: startOf(walk) }
        : await db.row(
            sql`select e.seq from posthorn.endpoint e join posthorn.application a on a.id = e.app_id
              where e.id = ${asked.after} and a.org_id = ${orgId}`,
          )
    if (after === undefined) return { kind: 'bad-iterator' }
    const conditions = [
      sql`a.org_id = ${orgId} and a.deleted_at is null and e.deleted_at is null`,
      beyond(walk, sql`e.seq`, after.seq as number),
    ]
    if (state !== null) conditions.push(states[state])
    if (search !== null) conditions.push(holds(search, ['e.url', 'e.description', "coalesce(e.uid, '')"]))
    const rows = await db.rows(
      sql`select ${ownedColumns} from (
          select e.seq from posthorn.application a join posthorn.endpoint e on e.app_id = a.id
          where ${all(conditions)} ${along(walk, sql`e.seq`)}) found
        join posthorn.endpoint e on e.seq = found.seq join posthorn.application a on a.id = e.app_id
        order by e.seq ${raw(walk.direction)}`,
    )
    return listed(rows.map(ownedEndpointOf), asked)
  }
}
