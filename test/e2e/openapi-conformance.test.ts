import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openapiDocument } from '#api/openapi.ts'
import { describe, expect, test } from 'vitest'

/** Holds the document's shapes against those of the Svix API, where a copy of its document lies beside the project. */

const reference = join(import.meta.dirname, '../../../shared/reference/svix-openapi.json')

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly nullable?: boolean
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const ours = openapiDocument() as unknown as Document

/** Ours alone, under the same conventions; `dashboard-access` and attempts by endpoint are older names of the open server. */
const ownOperations = new Set([
  'post /api/v1/app/{app_id}/msg/batch',
  'post /api/v1/auth/dashboard-access/{app_id}',
  'get /api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/attempt',
  'get /api/v1/app/{app_id}/tail',
  'get /api/v1/app/{app_id}/live',
  'get /api/v1/endpoint',
  'get /api/v1/search',
  'get /api/v1/stats/series',
  'get /api/v1/stats/endpoint/worst',
  'get /api/v1/app/{app_id}/stats/series',
  'head /api/v1/health',
])

/** Asks for no token and reads nothing: it has one answer. */
const health = '/api/v1/health'

function resolve(document: Document, schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref !== undefined) {
    return resolve(document, document.components.schemas[schema.$ref.replace('#/components/schemas/', '')])
  }
  const alternatives = schema?.anyOf?.filter(({ type }) => type !== 'null')
  return alternatives?.length === 1 ? resolve(document, alternatives[0]) : schema
}

function enumOf(schema: Schema | undefined): readonly unknown[] | undefined {
  if (schema?.enum !== undefined) return schema.enum
  const values = schema?.anyOf?.map(({ const: value }) => value)
  return values?.every((value) => value !== undefined) === true ? values : undefined
}

function typesOf({ type = [] }: Schema): string {
  const types = typeof type === 'string' ? [type] : type
  return types.filter((each) => each !== 'null').join(' or ')
}

function isNullable(schema: Schema | undefined): boolean {
  const types = [schema, ...(schema?.anyOf ?? [])].flatMap((each) => each?.type ?? [])
  return types.includes('null') || schema?.nullable === true
}

function jsonOf(
  content: Operation['requestBody'] | Operation['responses'][string] | undefined,
): Schema | undefined {
  return content?.content?.['application/json']?.schema
}

/** Every way in which our shape lacks what theirs has, by the path to the field. */
function differences(
  theirs: Document,
  their: Schema | undefined,
  our: Schema | undefined,
  at: string,
  depth = 0,
): string[] {
  const a = resolve(theirs, their)
  const b = resolve(ours, our)
  if (a === undefined || depth > 6) return []
  if (b === undefined) return [`${at} is missing`]
  const found: string[] = []
  if (a.type !== undefined && b.type !== undefined && typesOf(a) !== typesOf(b))
    found.push(`${at} is ${typesOf(b)} instead of ${typesOf(a)}`)
  if (isNullable(their) !== isNullable(our))
    found.push(
      `${at} is ${isNullable(our) ? '' : 'never '}null, and ${isNullable(their) ? '' : 'never '}so there`,
    )
  const theirEnum = enumOf(a)
  if (theirEnum !== undefined) {
    const ourEnum = enumOf(b)
    if (JSON.stringify(theirEnum.map(String).toSorted()) !== JSON.stringify(ourEnum?.map(String).toSorted()))
      found.push(`${at} has other values`)
  }
  for (const [name, property] of Object.entries(a.properties ?? {})) {
    if (b.properties?.[name] === undefined) found.push(`${at}.${name} is missing`)
    else found.push(...differences(theirs, property, b.properties[name], `${at}.${name}`, depth + 1))
  }
  const theirRequired = (a.required ?? []).toSorted()
  const ourRequired = (b.required ?? []).filter((name) => a.properties?.[name] !== undefined).toSorted()
  if (a.properties !== undefined && JSON.stringify(theirRequired) !== JSON.stringify(ourRequired)) {
    found.push(`${at} requires ${ourRequired.join(', ')} instead of ${theirRequired.join(', ')}`)
  }
  if (a.items !== undefined) found.push(...differences(theirs, a.items, b.items, `${at}[]`, depth + 1))
  return found
}

describe.skipIf(!existsSync(reference))('the OpenAPI document, against that of the Svix API', () => {
  const theirs = JSON.parse(existsSync(reference) ? readFileSync(reference, 'utf8') : '{}') as Document
  const operations = Object.entries(ours.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      path,
      method,
      operation,
    })),
  )

  test('names no operation that is not there, but for our own', () => {
    const unknown = operations.filter(({ path, method }) => theirs.paths[path]?.[method] === undefined)
    expect(new Set(unknown.map(({ name }) => name))).toEqual(ownOperations)
  })

  test.each(operations.filter(({ name }) => !ownOperations.has(name)))(
    '$name has its parameters, body and answers',
    ({ path, method, operation }) => {
      const their = theirs.paths[path]?.[method]
      const found: string[] = []
      for (const { name, in: place } of their?.parameters ?? []) {
        if (!operation.parameters?.some((each) => each.name === name && each.in === place))
          found.push(`${place} ${name} is missing`)
      }
      found.push(...differences(theirs, jsonOf(their?.requestBody), jsonOf(operation.requestBody), 'body'))
      for (const [status, response] of Object.entries(their?.responses ?? {})) {
        if (path === health && status !== '204') continue
        const our = operation.responses[status]
        if (our === undefined) found.push(`status ${status} is missing`)
        else found.push(...differences(theirs, jsonOf(response), jsonOf(our), status))
      }
      expect(found).toEqual([])
    },
  )
})
