interface Standing {
  readonly name: string
  readonly archived?: boolean
}

interface Wanted extends Standing {
  readonly description: string
}

export interface ImportChange {
  readonly name: string
  readonly does: 'new' | 'changed' | 'restored' | 'archived'
  readonly description: string
}

/** What an import does to each event type that it touches, by name. */
export function importChanges(
  wanted: readonly Wanted[],
  present: readonly Standing[],
): readonly ImportChange[] {
  const known = new Map(present.map((each) => [each.name, each]))
  return wanted
    .map(({ name, description, archived }) => ({
      name,
      description,
      does: doneTo(known.get(name), archived),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function doneTo(before: Standing | undefined, archived: boolean | undefined): ImportChange['does'] {
  if (archived === true) return 'archived'
  if (before === undefined) return 'new'
  return before.archived === true ? 'restored' : 'changed'
}
