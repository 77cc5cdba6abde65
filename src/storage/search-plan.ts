import { type IdPrefix, isId } from '#core/ids.ts'
import type { Found, SearchRequest } from './storage.ts'

export type Kind = keyof Found

export const maxTextsSearched = 50_000
export const maxApplicationsSearched = 1_000
/** In all, shared by the endpoints: the newest of each. */
const maxAttemptsSearched = 10_000
export const maxEndpointsSearched = 500

const kindByPrefix: readonly (readonly [IdPrefix, Kind])[] = [
  ['app_', 'applications'],
  ['ep_', 'endpoints'],
  ['msg_', 'messages'],
  ['atmpt_', 'attempts'],
  ['src_', 'sources'],
]

/** The kind that an id is of: nothing else has it. Null for any other text. */
export function kindOfId(text: string): Kind | null {
  return kindByPrefix.find(([prefix]) => isId(prefix, text))?.[1] ?? null
}

export function attemptsForEach(endpoints: number): number {
  return Math.floor(maxAttemptsSearched / Math.max(1, endpoints))
}

export const nothingFound: Found = {
  applications: [],
  endpoints: [],
  messages: [],
  attempts: [],
  eventTypes: [],
  sources: [],
}

/** Those of one kind that go by the text's own name first, each once. */
export function firstOf<T>(
  { limit }: SearchRequest,
  exact: T | null,
  others: readonly T[],
  keyOf: (each: T) => string,
): readonly T[] {
  if (exact === null) return others.slice(0, limit)
  return [exact, ...others.filter((each) => keyOf(each) !== keyOf(exact))].slice(0, limit)
}
