interface ImportResult {
  readonly modified: readonly string[]
  readonly to_modify?: readonly { readonly name: string; readonly description: string }[] | null
}

export interface ImportChange {
  readonly name: string
  readonly does: 'new' | 'changed' | 'archived'
  readonly description: string
}

/** What an import does to each event type. Those that it touches and that the document lacks are archived. */
export function importChanges(
  { modified, to_modify: described }: ImportResult,
  present: readonly { readonly name: string }[],
): readonly ImportChange[] {
  const known = new Set(present.map(({ name }) => name))
  const wanted = new Map((described ?? []).map((each) => [each.name, each.description]))
  const names = [...new Set([...modified, ...wanted.keys()])].sort()
  return names.map((name) => {
    const description = wanted.get(name)
    if (description === undefined && described != null) return { name, does: 'archived', description: '' }
    return { name, does: known.has(name) ? 'changed' : 'new', description: description ?? '' }
  })
}
