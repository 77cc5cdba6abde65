import type { z } from 'zod'
import { invalid } from '#core/errors.ts'
import type { Listed, Page } from '#storage/storage.ts'
import { iterator, limit, order } from './schemas/common.ts'

/** Query parameters of a list that can be walked in both orders. */
export const listQuery = { limit, iterator, order: order.optional() }
export const plainListQuery = { limit, iterator }

export type ListQuery = z.infer<z.ZodObject<typeof listQuery>>

/** A page from its query: an iterator that begins with `-` walks back to the list's beginning. */
export function pageOf(
  query: Partial<ListQuery> & { readonly limit: number },
  fallback: Page['order'],
): Page {
  const isBackwards = query.iterator?.startsWith('-') === true
  const after =
    query.iterator === undefined || query.iterator === '' ? null : query.iterator.slice(isBackwards ? 1 : 0)
  return { limit: query.limit, after, backwards: isBackwards, order: query.order ?? fallback }
}

export interface ListResponse<T> {
  readonly data: readonly T[]
  readonly iterator: string | null
  readonly prevIterator: string | null
  readonly done: boolean
}

/** The list as it is answered. Throws `Rejected` for an iterator that the list does not know. */
export function listResponse<Entry, Shown>(
  listed: Listed<Entry>,
  page: Page,
  keyOf: (entry: Entry) => string,
  show: (entry: Entry) => Shown,
  iteratorAt: readonly string[] = ['query', 'iterator'],
): ListResponse<Shown> {
  if (listed.kind === 'bad-iterator') throw invalid(iteratorAt, 'is not of this list')
  const { entries, reached } = listed
  const first = entries[0]
  const last = entries.at(-1)
  const next = last === undefined ? page.after : keyOf(last)
  const previous = first === undefined ? null : keyOf(first)
  const [following, before] = page.backwards
    ? [next, reached ?? previous]
    : [reached ?? next, previous ?? reached]
  return {
    data: entries.map(show),
    iterator: following,
    prevIterator: before == null ? null : `-${before}`,
    // Walking back says nothing of what follows: the page that was left does.
    done: page.backwards ? false : listed.done,
  }
}
