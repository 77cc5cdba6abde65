import type { Range, Walk } from '../paging.ts'
import { all, raw, type Sql, sql } from './sql.ts'

/** What lies behind `after` in the walk's direction. */
export function beyond(walk: Walk, key: Sql, after: number | string): Sql {
  return sql`${key} ${raw(walk.direction === 'asc' ? '>' : '<')} ${after}`
}

export function inside({ least, most }: Range, key: Sql): Sql {
  return sql`${key} between ${least} and ${most}`
}

export function turn(walk: Walk, key: Sql): Sql {
  return sql`order by ${key} ${raw(walk.direction)}`
}

/** The end of a statement that walks along the key. */
export function along(walk: Walk, key: Sql): Sql {
  return sql`${turn(walk, key)} limit ${walk.limit}`
}

/**
 * Conditions on what is walked, as a part of `from`. `offset 0` hides from the planner how few rows they will take: it
 * would rather sort a whole history than walk it to the end of the page.
 */
export function taking(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql``
  return sql`cross join lateral (select where ${all(conditions)} offset 0) taken`
}
