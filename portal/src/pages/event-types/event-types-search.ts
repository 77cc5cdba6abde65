/** What the address of the event type pages carries behind its `?`. All of it may be absent, or come from anywhere. */

export interface EventTypesSearch {
  readonly q?: string | undefined
  readonly group?: string | undefined
  readonly archived?: true | undefined
}

export function eventTypesSearch({
  q,
  group,
  archived,
}: Readonly<Record<string, unknown>>): EventTypesSearch {
  return { q: text(q), group: text(group), archived: archived === true ? true : undefined }
}

export const schemaViews = ['fields', 'example', 'schema'] as const
type SchemaView = (typeof schemaViews)[number]

export interface EventTypeSearch {
  /** The version of the schema that is shown; the latest without one. */
  readonly version?: string | undefined
  readonly view?: SchemaView | undefined
}

export function eventTypeSearch({ version, view }: Readonly<Record<string, unknown>>): EventTypeSearch {
  return { version: text(version), view: schemaViews.find((each) => each === view) }
}

/** What looks like a number comes as one. */
function text(given: unknown): string | undefined {
  if (typeof given === 'number') return String(given)
  return typeof given === 'string' && given !== '' ? given : undefined
}
