/** A JSON Schema as it was given: nobody has checked it. */
export type SchemaObject = Readonly<Record<string, unknown>>

export interface Settled {
  /** Without `$ref` and `allOf`. */
  readonly schema: SchemaObject
  /** The references that led there. */
  readonly refs: readonly string[]
}

const maxRefs = 32

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The schema with its references inside of the document followed, and with what it is all of put together. */
export function settle(schema: unknown, root: unknown, refs: readonly string[] = []): Settled {
  if (!isObject(schema)) return { schema: {}, refs }
  const { $ref, allOf, ...own } = schema
  const parts: SchemaObject[] = []
  let followed = refs
  const add = (part: Settled): void => {
    parts.push(part.schema)
    followed = [...new Set([...followed, ...part.refs])]
  }
  if (typeof $ref === 'string' && !refs.includes($ref) && refs.length < maxRefs)
    add(settle(pointedAt($ref, root), root, [...refs, $ref]))
  for (const part of listOf(allOf)) add(settle(part, root, followed))
  return { schema: [...parts, own].reduce(merged, {}), refs: followed }
}

/** What `#/…` of a document leads to (RFC 6901 §6); other references lead nowhere. */
function pointedAt(ref: string, root: unknown): unknown {
  if (ref === '#') return root
  if (!ref.startsWith('#/')) return undefined
  let place = root
  for (const segment of ref.slice(2).split('/')) {
    const name = unescaped(segment)
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined
    place = (place as SchemaObject)[name]
  }
  return place
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return segment
  }
}

function merged(first: SchemaObject, second: SchemaObject): SchemaObject {
  const both: Record<string, unknown> = { ...first, ...second }
  if (isObject(first.properties) && isObject(second.properties))
    both.properties = { ...first.properties, ...second.properties }
  const required = [...listOf(first.required), ...listOf(second.required)]
  if (required.length > 0) both.required = [...new Set(required)]
  return both
}

/** The types that it allows, `null` of OpenAPI 3.0 included; from its keywords where it does not say. */
export function typesOf(schema: SchemaObject): readonly string[] {
  const named = [schema.type].flat().filter((each) => typeof each === 'string')
  const types = named.length > 0 ? named : impliedTypes(schema)
  return schema.nullable === true && !types.includes('null') && types.length > 0 ? [...types, 'null'] : types
}

function impliedTypes(schema: SchemaObject): readonly string[] {
  if (isObject(schema.properties) || schema.additionalProperties !== undefined) return ['object']
  if (schema.items !== undefined || schema.prefixItems !== undefined) return ['array']
  return []
}
