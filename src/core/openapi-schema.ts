export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What makes a part of a document of no use: a reference that leads nowhere, or too much of everything. */
export class RefProblem extends Error {
  override readonly name = 'RefProblem'
  readonly loc: readonly string[]

  constructor(loc: readonly string[], message: string) {
    super(message)
    this.loc = loc
  }
}

export interface Reading {
  readonly document: JsonObject
  /** OpenAPI 3.0, whose schemas are no JSON Schema in some words. */
  readonly isOld: boolean
  readonly budget: Budget
}

/** What may still be written: a document can repeat what it holds by references. */
export interface Budget {
  nodes: number
  characters: number
}

/** Throws `RefProblem` where nothing is left. */
export function spend(budget: Budget, value: unknown): void {
  budget.nodes--
  if (typeof value === 'string') budget.characters -= value.length
  if (budget.nodes < 0 || budget.characters < 0) {
    throw new RefProblem([], 'becomes too large with all that it refers to')
  }
}

/** Data as it is. */
export function copied(value: unknown, budget: Budget): unknown {
  spend(budget, value)
  if (Array.isArray(value)) return value.map((each) => copied(each, budget))
  return isObject(value) ? mapped(value, budget, (member) => copied(member, budget)) : value
}

const maxRefs = 100

function referred(ref: string, document: JsonObject): unknown {
  if (ref !== '#' && !ref.startsWith('#/')) {
    throw new RefProblem([], `refers to ${quoted(ref)}, outside the document: nothing is fetched`)
  }
  let value: unknown = document
  for (const part of ref.split('/').slice(1)) {
    const key = decoded(part, ref).replaceAll('~1', '/').replaceAll('~0', '~')
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    if (!isThere) throw new RefProblem([], `refers to ${quoted(ref)}, which there is not`)
    value = (value as JsonObject)[key]
  }
  return value
}

function decoded(part: string, ref: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new RefProblem([], `refers to ${quoted(ref)}, which is no URI`)
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

/** What stands at a place that may refer to another. */
export function resolved(given: unknown, document: JsonObject): unknown {
  let value = given
  for (let steps = 0; isObject(value) && typeof value.$ref === 'string'; steps++) {
    if (steps === maxRefs) throw new RefProblem([], `refers to itself by ${quoted(value.$ref)}`)
    value = referred(value.$ref, document)
  }
  return value
}

/** Keywords whose members are schemas by any name, and not keywords. */
const mapsOfSchemas = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
/** Keywords that hold data: what looks like a reference there is none. */
const data = new Set(['const', 'default', 'enum', 'example', 'examples'])
/** Beside a reference they describe what it refers to; everything else narrows it. */
const annotations = new Set([
  'title',
  'description',
  'summary',
  'deprecated',
  'readOnly',
  'writeOnly',
  'default',
  'example',
  'examples',
])

/**
 * A schema with what it refers to written out in its place. What refers to itself cannot be: that stands in `$defs` and
 * is referred to there (JSON Schema 2020-12 §8.2.4). Throws `RefProblem`.
 */
export function inlinedSchema(schema: unknown, { document, isOld, budget }: Reading): JsonObject {
  const names = new Map<string, string>()
  const open: string[] = []

  function nameOf(ref: string): string {
    const known = names.get(ref)
    if (known !== undefined) return known
    const base = (ref.split('/').at(-1) ?? '').replaceAll(/[^\w.-]+/g, '_') || 'schema'
    const taken = new Set(names.values())
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`
    names.set(ref, name)
    return name
  }

  function reference(ref: string, others: JsonObject, path: readonly string[]): unknown {
    if (path.includes(ref)) {
      spend(budget, ref)
      const name = nameOf(ref)
      if (!open.includes(ref)) open.push(ref)
      return { $ref: `#/$defs/${name}`, ...others }
    }
    const target = walked(referred(ref, document), [...path, ref])
    const beside = Object.keys(others)
    if (beside.length === 0) return target
    if (!isObject(target) || !beside.every((each) => annotations.has(each))) {
      return isOld ? target : { allOf: [target], ...others }
    }
    return { ...target, ...others }
  }

  function walked(value: unknown, path: readonly string[]): unknown {
    spend(budget, value)
    if (Array.isArray(value)) return value.map((each) => walked(each, path))
    if (!isObject(value)) return value
    if (typeof value.$ref === 'string') {
      const { $ref, ...others } = value
      return reference($ref, members(others, path), path)
    }
    const walkedMembers = members(value, path)
    return isOld ? modern(walkedMembers) : walkedMembers
  }

  function members(value: JsonObject, path: readonly string[]): JsonObject {
    return mapped(value, budget, (member, name) => {
      if (data.has(name)) return copied(member, budget)
      if (mapsOfSchemas.has(name) && isObject(member)) {
        return mapped(member, budget, (each) => walked(each, path))
      }
      return walked(member, path)
    })
  }

  const root = walked(schema, [])
  if (!isObject(root)) return typeof root === 'boolean' ? (root ? {} : { not: {} }) : {}
  if (open.length === 0) return root
  const definitions: [string, unknown][] = []
  // The list grows while its entries are written.
  for (const ref of open) definitions.push([nameOf(ref), walked(referred(ref, document), [ref])])
  const own = isObject(root.$defs) ? root.$defs : {}
  return { ...root, $defs: { ...own, ...Object.fromEntries(definitions) } }
}

function mapped(
  object: JsonObject,
  budget: Budget,
  change: (member: unknown, name: string) => unknown,
): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => {
      budget.characters -= name.length
      return [name, change(member, name)]
    }),
  )
}

/** Words of OpenAPI 3.0 in those of JSON Schema. */
function modern(schema: JsonObject): JsonObject {
  const { nullable, example, exclusiveMinimum, exclusiveMaximum, ...rest } = schema
  const result: Record<string, unknown> = { ...rest }
  if (nullable === true && typeof rest.type === 'string') {
    result.type = [rest.type, 'null']
    if (Array.isArray(rest.enum) && !rest.enum.includes(null))
      result.enum = [...(rest.enum as unknown[]), null]
  }
  if (example !== undefined && rest.examples === undefined) result.examples = [example]
  exclusive(result, 'minimum', 'exclusiveMinimum', exclusiveMinimum)
  exclusive(result, 'maximum', 'exclusiveMaximum', exclusiveMaximum)
  return result
}

function exclusive(schema: Record<string, unknown>, bound: string, word: string, given: unknown): void {
  if (given === true && schema[bound] !== undefined) {
    schema[word] = schema[bound]
    Reflect.deleteProperty(schema, bound)
  } else if (typeof given === 'number') schema[word] = given
}
