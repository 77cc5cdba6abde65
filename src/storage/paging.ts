import type { Listed, Page } from './storage.ts'

/** How a page is walked: the direction in the order's key. */
export interface Walk {
  readonly direction: 'asc' | 'desc'
  /** One more than asked for tells whether anything follows. */
  readonly limit: number
}

export function walkOf(page: Page): Walk {
  const isAscending = (page.order === 'ascending') !== page.backwards
  return {
    direction: isAscending ? 'asc' : 'desc',
    limit: page.limit + 1,
  }
}

/** Entries in the list's own order, without the one that only told that there is more. */
export function listed<T>(found: readonly T[], page: Page): Listed<T> {
  const entries = found.slice(0, page.limit)
  if (page.backwards) entries.reverse()
  return { kind: 'listed', entries, done: found.length <= page.limit }
}

/** Where no row can lie before, in either direction. */
export function startOf(walk: Walk): number {
  return walk.direction === 'asc' ? -1 : Number.MAX_SAFE_INTEGER
}
