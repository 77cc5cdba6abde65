/** Metadata as rows of a form. */
export interface MetadataEntry {
  readonly name: string
  readonly text: string
}

export function entriesOf(metadata: Readonly<Record<string, string>>): MetadataEntry[] {
  return Object.entries(metadata).map(([name, text]) => ({ name, text }))
}

/** Rows without a name are left out. */
export function metadataOf(entries: readonly MetadataEntry[]): Record<string, string> {
  return Object.fromEntries(entries.filter(({ name }) => name !== '').map(({ name, text }) => [name, text]))
}

/** Whether the row’s name stands in a row before it, too. */
export function isRepeated(entries: readonly MetadataEntry[], index: number): boolean {
  const name = entries[index]?.name ?? ''
  return name !== '' && entries.findIndex((each) => each.name === name) !== index
}
