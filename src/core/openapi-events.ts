import {
  copied,
  inlinedSchema,
  isObject,
  type JsonObject,
  type Reading,
  RefProblem,
  resolved,
  spend,
} from './openapi-schema.ts'

/** An event type as an OpenAPI document describes it. Null where the document says nothing. */
export interface DescribedEvent {
  readonly name: string
  readonly description: string | null
  readonly deprecated: boolean
  readonly groupName: string | null
  /** JSON Schema of what is sent, on its own: it refers to nothing outside itself. */
  readonly schema: JsonObject | null
}

export interface DocumentProblem {
  /** Where in the document. */
  readonly loc: readonly string[]
  readonly msg: string
}

const maxDescribedEvents = 1_000
/** Of all schemas together, with what they refer to: a document can write a large one in few words. */
const maxSchemaNodes = 200_000
/** Of all texts together, names of properties among them: four times what a document may have. */
const maxCharacters = 16 * 1024 * 1024
const maxProblems = 20

const namePattern = /^[a-zA-Z0-9\-_.]{1,256}$/
/** What is sent is posted; a document may say it by another method all the same. */
const methods = ['post', 'put', 'patch', 'get', 'delete', 'options', 'head', 'trace', 'query']

/**
 * The events that an OpenAPI document describes: `webhooks` of 3.1, `x-webhooks` of 3.0 (OpenAPI Specification 3.1.1
 * §4.8.1). Callbacks answer one request and are no events.
 *
 * @returns what is wrong with the document, where something is
 */
export function eventsOf(
  document: unknown,
): { readonly events: readonly DescribedEvent[] } | { readonly problems: readonly DocumentProblem[] } {
  if (!isObject(document)) return refused([], 'must be an object')
  const { openapi } = document
  if (typeof openapi !== 'string' || !/^3\.[012]\./.test(`${openapi}.`)) {
    return refused(['openapi'], 'must be a version of OpenAPI 3, such as 3.1.0')
  }
  const section = document.webhooks === undefined ? 'x-webhooks' : 'webhooks'
  const webhooks = document[section] ?? {}
  if (!isObject(webhooks)) return refused([section], 'must be an object')
  const entries = Object.entries(webhooks)
  if (entries.length > maxDescribedEvents) {
    return refused(
      [section],
      `has ${entries.length} events: at most ${maxDescribedEvents} are taken at a time`,
    )
  }
  const budget = { nodes: maxSchemaNodes, characters: maxCharacters }
  const isOld = openapi.startsWith('3.0')
  const problems: DocumentProblem[] = []
  const events: DescribedEvent[] = []
  for (const [name, item] of entries) {
    try {
      events.push(eventOf(name, item, { document, isOld, budget }))
    } catch (error) {
      if (!(error instanceof RefProblem)) throw error
      problems.push({ loc: [section, name, ...error.loc], msg: error.message })
      if (problems.length === maxProblems) break
    }
  }
  return problems.length > 0 ? { problems } : { events }
}

function refused(loc: readonly string[], msg: string): { readonly problems: readonly DocumentProblem[] } {
  return { problems: [{ loc, msg }] }
}

function eventOf(name: string, given: unknown, reading: Reading): DescribedEvent {
  if (!namePattern.test(name)) {
    throw new RefProblem([], 'is no name of an event type: 1 to 256 characters out of a-z A-Z 0-9 - _ .')
  }
  const { document } = reading
  const item = resolved(given, document)
  const method = isObject(item) ? methods.find((each) => isObject(item[each])) : undefined
  if (!isObject(item) || method === undefined) throw new RefProblem([], 'has no operation')
  const operation = item[method] as JsonObject
  const tags: readonly unknown[] = Array.isArray(operation.tags) ? operation.tags : []
  const body = resolved(operation.requestBody, document)
  const description = firstText(operation.description, operation.summary, item.description, item.summary)
  spend(reading.budget, description)
  return {
    name,
    description,
    deprecated: operation.deprecated === true,
    groupName: groupOf(tags[0]),
    schema: isObject(body) ? schemaOf(body, reading) : null,
  }
}

function firstText(...given: readonly unknown[]): string | null {
  const text = given.find((each) => typeof each === 'string' && each.trim() !== '') as string | undefined
  // No store holds U+0000 in a text.
  return text === undefined ? null : text.replaceAll('\0', '\ufffd')
}

/** The first tag, in the letters that a group may have. */
function groupOf(tag: unknown): string | null {
  if (typeof tag !== 'string') return null
  const name = tag
    .trim()
    .replaceAll(/[^a-zA-Z0-9\-_.]+/g, '-')
    .slice(0, 256)
  return /^-*$/.test(name) ? null : name
}

/** Of the body as JSON, with the examples that stand beside the schema. */
function schemaOf(body: JsonObject, reading: Reading): JsonObject | null {
  const content = isObject(body.content) ? body.content : {}
  const types = Object.keys(content)
  const type =
    types.find((each) => /^application\/json\b/i.test(each)) ?? types.find((each) => /\+json\b/i.test(each))
  const media = type === undefined ? undefined : content[type]
  if (!isObject(media) || media.schema === undefined) return null
  const schema = inlinedSchema(media.schema, reading)
  const examples = examplesOf(media, reading)
  return examples.length > 0 && schema.examples === undefined ? { ...schema, examples } : schema
}

function examplesOf(media: JsonObject, { document, budget }: Reading): readonly unknown[] {
  const named = isObject(media.examples) ? Object.values(media.examples) : []
  const values = named.flatMap((each) => {
    const example = resolved(each, document)
    return isObject(example) && 'value' in example ? [example.value] : []
  })
  const all = media.example === undefined ? values : [media.example, ...values]
  return all.map((each) => copied(each, budget))
}
