export const liveKinds = ['message', 'attempt'] as const
export type LiveKind = (typeof liveKinds)[number]

/** What the address of the page carries behind its `?`. It comes from anywhere. */
export interface LiveSearch {
  readonly types?: readonly string[] | undefined
  readonly kind?: LiveKind | undefined
}

export function liveSearch(given: Readonly<Record<string, unknown>>): LiveSearch {
  const types = Array.isArray(given.types) ? given.types.filter((each) => typeof each === 'string') : []
  return {
    types: types.length === 0 ? undefined : types,
    kind: liveKinds.find((each) => each === given.kind),
  }
}
