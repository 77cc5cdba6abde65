import type { Walk } from '../paging.ts'
import { raw, type Sql, sql } from './sql.ts'

/** What lies behind `after` in the walk's direction. */
export function beyond(walk: Walk, key: Sql, after: number | string): Sql {
  return sql`${key} ${raw(walk.direction === 'asc' ? '>' : '<')} ${after}`
}

/** The end of a statement that walks along the key. */
export function along(walk: Walk, key: Sql): Sql {
  return sql`order by ${key} ${raw(walk.direction)} limit ${walk.limit}`
}
