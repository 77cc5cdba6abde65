import { leastId } from '#core/ids.ts'
import type { Listed, MessageFilter, Page } from './storage.ts'

/** So many entries of a history are looked at for one page, however few of them a filter takes. */
export const maxLookedAt = 10_000

/** How far the clocks of nodes may differ, together with the time from a message's creation until it is stored. */
const slackMs = 60_000

/**
 * So many ids beside an instant tell where in the order of their numbers it lies: the outbox stores some messages long
 * after they were created, and few of them among many mislead nobody. No more than a page looks at.
 */
export function idsBeside(lookedAt: number): number {
  return Math.min(1_000, lookedAt)
}

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

/**
 * Entries in the list's own order, without the one that only told that there is more.
 *
 * @param reached the last one that was looked at, where more follow that were not
 */
export function listed<T>(found: readonly T[], page: Page, reached: string | null = null): Listed<T> {
  const entries = found.slice(0, page.limit)
  if (page.backwards) entries.reverse()
  const isFull = found.length > page.limit
  if (isFull || reached === null) return { kind: 'listed', entries, done: !isFull }
  return { kind: 'listed', entries, done: false, reached }
}

/** Numbers of what is walked, both included. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** What lies behind a number in the walk's direction. */
export function rangeBehind(walk: Walk, seq: number): Range {
  return walk.direction === 'asc'
    ? { least: seq + 1, most: Number.MAX_SAFE_INTEGER }
    : { least: 0, most: seq - 1 }
}

/** A part of the range, where bounds are given. */
export function within(
  range: Range,
  { least, most }: { readonly [Bound in keyof Range]: number | null },
): Range {
  return { least: Math.max(range.least, least ?? 0), most: Math.min(range.most, most ?? range.most) }
}

/** The part of a range up to the number in the walk's direction. */
export function upTo(walk: Walk, range: Range, seq: number): Range {
  return walk.direction === 'asc' ? { ...range, most: seq } : { ...range, least: seq }
}

/** Whether a list passes messages that it does not show. */
export function isSelective({ channel, tag, eventTypes, before, after }: MessageFilter): boolean {
  return [channel, tag, eventTypes, before, after].some((each) => each !== null)
}

/** Ids beyond which there is nothing that the filter takes, null where it has no such bound. */
export function idBounds({ before, after }: Pick<MessageFilter, 'before' | 'after'>): {
  readonly first: string | null
  readonly end: string | null
} {
  return {
    first: after === null ? null : leastId('msg_', after - slackMs),
    end: before === null ? null : leastId('msg_', before + slackMs),
  }
}

/** Where no row can lie before, in either direction. */
export function startOf(walk: Walk): number {
  return walk.direction === 'asc' ? -1 : Number.MAX_SAFE_INTEGER
}
