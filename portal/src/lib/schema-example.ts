import { isObject, listOf, type SchemaObject, settle, typesOf } from './json-schema.ts'

const maxDepth = 16
const maxItems = 5
/** Fields in all: a schema may name the same large part many times. */
const maxNodes = 2_000

interface Making {
  readonly root: unknown
  nodes: number
}

/** A cycle of references has led back to where it began. */
const endless = Symbol('endless')
type Made = unknown

/**
 * A value as the schema describes it: its own example where it has one, else one made from types, formats and bounds.
 * `pattern` and conditions are not obeyed.
 */
export function schemaExample(schema: unknown): unknown {
  const made = make(schema, { root: schema, nodes: 0 }, [], 0)
  return made === endless ? null : made
}

function make(given: unknown, making: Making, refs: readonly string[], depth: number): Made {
  making.nodes += 1
  if (depth > maxDepth || making.nodes > maxNodes) return endless
  if (isObject(given) && typeof given.$ref === 'string' && refs.includes(given.$ref)) return endless
  const { schema, refs: followed } = settle(given, making.root, refs)
  const own = ownExample(schema)
  if (own !== undefined) return own
  for (const choices of [schema.oneOf, schema.anyOf]) {
    const { oneOf: _, anyOf: __, ...rest } = schema
    for (const choice of listOf(choices)) {
      const made = make({ allOf: [rest, choice] }, making, followed, depth + 1)
      if (made !== endless && made !== null) return made
    }
  }
  const type = typesOf(schema).find((each) => each !== 'null') ?? typesOf(schema)[0]
  const inner = (part: unknown): Made => make(part, making, followed, depth + 1)
  if (type === 'object') return objectOf(schema, inner)
  if (type === 'array') return arrayOf(schema, inner)
  if (type === 'string') return stringOf(schema)
  if (type === 'integer' || type === 'number') return numberOf(schema, type)
  if (type === 'boolean') return true
  return null
}

function ownExample(schema: SchemaObject): unknown {
  if (schema.const !== undefined) return schema.const
  const [first] = listOf(schema.examples)
  if (first !== undefined) return first
  if (schema.example !== undefined) return schema.example
  if (schema.default !== undefined) return schema.default
  return listOf(schema.enum)[0]
}

function objectOf(schema: SchemaObject, inner: (part: unknown) => Made): Made {
  const made: [string, unknown][] = []
  const required = listOf(schema.required)
  for (const [name, part] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (part === false) continue
    const value = inner(part)
    if (value !== endless) made.push([name, value])
    else if (required.includes(name)) return endless
  }
  // As own properties, whatever they are called.
  return Object.fromEntries(made)
}

function arrayOf(schema: SchemaObject, inner: (part: unknown) => Made): Made {
  const first = listOf(schema.prefixItems)
  const made = first.map(inner)
  const least = typeof schema.minItems === 'number' ? Math.min(schema.minItems, maxItems) : 0
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : maxItems
  const wanted = Math.min(Math.max(least, 1), most)
  while (isObject(schema.items) && made.length < wanted) made.push(inner(schema.items))
  const fine = made.filter((value) => value !== endless)
  return fine.length < least ? endless : fine
}

const byFormat: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'jane@example.com',
  'idn-email': 'jane@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  'uri-reference': '/path',
  iri: 'https://example.com/',
  uuid: '9b2d9c3e-6f0a-4d57-8f6b-2f1d0f5f3c11',
  'json-pointer': '/data',
  byte: 'aGVsbG8=',
}

function stringOf({ format, minLength, maxLength }: SchemaObject): string {
  const known = typeof format === 'string' && Object.hasOwn(byFormat, format) ? byFormat[format] : undefined
  if (known !== undefined) return known
  const least = typeof minLength === 'number' ? Math.min(minLength, 10_000) : 0
  const most = typeof maxLength === 'number' ? maxLength : Number.POSITIVE_INFINITY
  return 'text'.repeat(Math.max(1, Math.ceil(least / 4))).slice(0, Math.max(least, Math.min(most, 4)))
}

function numberOf(schema: SchemaObject, type: 'integer' | 'number'): number {
  const step = typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : 1
  const least = bound(schema.minimum, schema.exclusiveMinimum, step)
  const most = bound(schema.maximum, schema.exclusiveMaximum, -step)
  const isFine = (value: number): boolean => value >= (least ?? value) && value <= (most ?? value)
  const usual = step === 1 ? 42 : step
  const candidates = [
    usual,
    0,
    ...(least === null ? [] : [Math.ceil(least / step) * step]),
    ...(most === null ? [] : [Math.floor(most / step) * step]),
  ]
  const found = candidates.find(isFine)
  if (found !== undefined) return found === 0 ? 0 : found
  return type === 'number' && least !== null && most !== null ? (least + most) / 2 : (least ?? most ?? 0)
}

/** The exclusive bound is a number since draft 6, and says that the other one is exclusive before. */
function bound(inclusive: unknown, exclusive: unknown, step: number): number | null {
  if (typeof exclusive === 'number') return exclusive + step
  if (typeof inclusive !== 'number') return null
  return exclusive === true ? inclusive + step : inclusive
}
