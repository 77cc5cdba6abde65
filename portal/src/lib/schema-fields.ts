import { isObject, listOf, type SchemaObject, settle, typesOf } from './json-schema.ts'

/** One field of a payload, as its schema describes it. */
export interface SchemaField {
  /** Such as `data.items[].id`; unique. */
  readonly path: string
  /** The last part of the path. */
  readonly name: string
  readonly depth: number
  /** JSON Schema's types, such as `string`; `array of string`’s second part is in `itemTypes`. Empty: anything. */
  readonly types: readonly string[]
  readonly itemTypes: readonly string[]
  readonly format: string | null
  readonly isRequired: boolean
  readonly isDeprecated: boolean
  readonly description: string
  /** The values that are allowed, as JSON; empty where many are. */
  readonly values: readonly string[]
}

const maxDepth = 8
const maxFields = 500

/** All fields from top to bottom, parents before what they hold. */
export function schemaFields(schema: unknown): readonly SchemaField[] {
  const fields = new Map<string, SchemaField>()
  walk(schema, schema, [], '', 0, fields)
  return [...fields.values()]
}

function walk(
  given: unknown,
  root: unknown,
  refs: readonly string[],
  above: string,
  depth: number,
  fields: Map<string, SchemaField>,
): void {
  if (depth > maxDepth) return
  const { schema, refs: followed } = settle(given, root, refs)
  const required = listOf(schema.required)
  for (const [name, part] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (fields.size >= maxFields) return
    const path = above === '' ? name : `${above}.${name}`
    if (part === false || fields.has(path)) continue
    // What holds itself again still says of what type it is.
    const inside = settle(part, root)
    const items = settle(inside.schema.items, root, inside.refs)
    fields.set(path, {
      path,
      name,
      depth,
      types: allTypes(inside.schema, root, inside.refs),
      itemTypes: allTypes(items.schema, root, items.refs),
      format: textOf(inside.schema.format) || textOf(items.schema.format) || null,
      isRequired: required.includes(name),
      isDeprecated: inside.schema.deprecated === true,
      description: textOf(inside.schema.description) || textOf(inside.schema.title),
      values: valuesOf(inside.schema),
    })
    const isAgain = isObject(part) && typeof part.$ref === 'string' && followed.includes(part.$ref)
    if (!isAgain) walk(part, root, followed, path, depth + 1, fields)
  }
  if (schema.items !== undefined && !isAgainIn(schema.items, followed))
    walk(schema.items, root, followed, `${above}[]`, depth, fields)
  for (const choice of [...listOf(schema.oneOf), ...listOf(schema.anyOf)])
    if (!isAgainIn(choice, followed)) walk(choice, root, followed, above, depth, fields)
}

function isAgainIn(schema: unknown, refs: readonly string[]): boolean {
  return isObject(schema) && typeof schema.$ref === 'string' && refs.includes(schema.$ref)
}

function allTypes(schema: SchemaObject, root: unknown, refs: readonly string[]): readonly string[] {
  const choices = [...listOf(schema.oneOf), ...listOf(schema.anyOf)]
  const own = typesOf(schema)
  if (own.length > 0 || choices.length === 0) return own
  return [...new Set(choices.flatMap((choice) => typesOf(settle(choice, root, refs).schema)))]
}

function valuesOf(schema: SchemaObject): readonly string[] {
  const values = schema.const === undefined ? listOf(schema.enum) : [schema.const]
  return values.map((value) => JSON.stringify(value))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
