import { listed, startOf, walkOf } from '../paging.ts'
import { endpointOf } from '../rows.ts'
import type { EndpointFilter, Listed, OwnedEndpoint, Page } from '../storage.ts'
import { foldAscii } from '../text-match.ts'
import type { Database } from './database.ts'

/** That the text is in one of the columns, whatever its case. */
export function holds(text: string, columns: readonly string[]): string {
  return `(${columns.map((column) => `instr(lower(${column}), ${text}) > 0`).join(' or ')})`
}

const states = {
  all: '',
  enabled: 'and e.disabled_reason is null',
  disabled: 'and e.disabled_reason is not null',
  failing: 'and e.disabled_reason is null and e.failing_since is not null',
} as const

/** Columns of an endpoint `e` and of its application `a`, as `ownedEndpointOf` reads them. */
export const ownedColumns = 'e.*, a.name as app_name, a.uid as app_uid'

export function ownedEndpointOf(row: Record<string, unknown>): OwnedEndpoint {
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
): (orgId: string, page: Page, filter: EndpointFilter) => Listed<OwnedEndpoint> {
  const seqOf = db.prepare(
    'select e.seq from endpoint e join application a on a.id = e.app_id where e.id = ? and a.org_id = ?',
  )
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>', more: string) =>
    db.prepare(
      `select ${ownedColumns} from (
         select e.seq from application a cross join endpoint e on e.app_id = a.id and e.deleted_at is null
         where a.org_id = :orgId and a.deleted_at is null and e.seq ${comparison} :seq ${more}
         order by e.seq ${direction} limit :limit) found
       cross join endpoint e on e.seq = found.seq cross join application a on a.id = e.app_id
       order by e.seq ${direction}`,
    )
  const search = `and ${holds(':search', ['e.url', 'e.description', "coalesce(e.uid, '')"])}`
  const pages = new Map(
    Object.entries(states).flatMap(([state, condition]) =>
      [true, false].flatMap((isSearch) => {
        const more = isSearch ? `${condition} ${search}` : condition
        return [
          [`asc ${state} ${isSearch}`, page('asc', '>', more)] as const,
          [`desc ${state} ${isSearch}`, page('desc', '<', more)] as const,
        ]
      }),
    ),
  )
  return (orgId, asked, { state, search: text }) => {
    const walk = walkOf(asked)
    const after = asked.after === null ? { seq: startOf(walk) } : seqOf.get(asked.after, orgId)
    if (after === undefined) return { kind: 'bad-iterator' }
    const rows = pages.get(`${walk.direction} ${state ?? 'all'} ${text !== null}`)?.all({
      orgId,
      seq: after.seq as number,
      limit: walk.limit,
      ...(text === null ? {} : { search: foldAscii(text) }),
    })
    return listed((rows ?? []).map(ownedEndpointOf), asked)
  }
}
