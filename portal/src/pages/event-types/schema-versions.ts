type Schemas = Readonly<Record<string, unknown>> | null | undefined

/** The versions that there are, the latest first: 10 counts for more than 9. */
export function versionsOf(schemas: Schemas): readonly string[] {
  return Object.keys(schemas ?? {}).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
}

/** One more than the latest; a name to choose freely where that is no number. */
export function nextVersion(schemas: Schemas): string {
  const [latest] = versionsOf(schemas)
  if (latest === undefined) return '1'
  const found = /^(.*?)(\d+)$/.exec(latest)
  return found === null ? '' : `${found[1] ?? ''}${Number(found[2]) + 1}`
}

/** With one more or another schema. */
export function withVersion(
  schemas: Schemas,
  version: string,
  schema: unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ...Object.entries(schemas ?? {}).filter(([each]) => each !== version),
    [version, schema],
  ])
}

/** Without one; null where none is left. */
export function withoutVersion(schemas: Schemas, version: string): Readonly<Record<string, unknown>> | null {
  const left = Object.entries(schemas ?? {}).filter(([each]) => each !== version)
  return left.length === 0 ? null : Object.fromEntries(left)
}

export type SchemaText =
  | { readonly kind: 'schema'; readonly schema: unknown }
  | { readonly kind: 'noJson'; readonly detail: string }
  | { readonly kind: 'noSchema' }

/** A JSON Schema is an object, or true or false (JSON Schema 2020-12 Core §4.3). */
export function readSchema(text: string): SchemaText {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch (error) {
    return { kind: 'noJson', detail: error instanceof Error ? error.message : '' }
  }
  const isSchema =
    typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema))
  return isSchema ? { kind: 'schema', schema } : { kind: 'noSchema' }
}

export function writeSchema(schema: unknown): string {
  return JSON.stringify(schema, null, 2)
}
