export const sourceTabs = ['endpoints', 'rejected', 'settings'] as const
export type SourceTab = (typeof sourceTabs)[number]

export interface SourceSearch {
  readonly tab?: SourceTab
}

/** What of the address’s query counts. */
export function sourceSearch({ tab }: Readonly<Record<string, unknown>>): SourceSearch {
  const known = sourceTabs.find((each) => each === tab)
  return known === undefined ? {} : { tab: known }
}
