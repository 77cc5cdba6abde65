import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { type DescribedEvent, eventsOf } from './openapi-events.ts'

const posted = (schema: unknown, more: object = {}) => ({
  post: { requestBody: { content: { 'application/json': { schema } } }, ...more },
})

function read(document: object): readonly DescribedEvent[] {
  const result = eventsOf({ openapi: '3.1.0', ...document })
  if ('problems' in result) throw new Error(JSON.stringify(result.problems))
  return result.events
}

function problemsOf(document: unknown) {
  const result = eventsOf(document)
  return 'problems' in result ? result.problems : []
}

const schemaOf = (document: object) => read(document)[0]?.schema

describe('events of an OpenAPI document', () => {
  test('are its webhooks, with what the operation says of them', () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }
    const webhooks = {
      'pet.new': posted(schema, {
        description: 'A pet has come',
        summary: 'New',
        deprecated: true,
        tags: ['Pets & others', 'x'],
      }),
      'pet.gone': { summary: 'Gone', put: { requestBody: { content: { 'text/plain': {} } } } },
    }
    expect(read({ webhooks })).toEqual([
      { name: 'pet.new', description: 'A pet has come', deprecated: true, groupName: 'Pets-others', schema },
      { name: 'pet.gone', description: 'Gone', deprecated: false, groupName: null, schema: null },
    ])
  })

  test('are those of x-webhooks where there is no other, in the words of JSON Schema', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string', nullable: true, enum: ['a', 'b'] },
        age: { type: 'integer', minimum: 0, exclusiveMinimum: true, example: 3 },
        nullable: { type: 'boolean' },
      },
    }
    const [event] = read({ openapi: '3.0.3', 'x-webhooks': { 'pet.new': posted(schema) } })
    expect(event?.schema).toEqual({
      type: 'object',
      properties: {
        name: { type: ['string', 'null'], enum: ['a', 'b', null] },
        age: { type: 'integer', exclusiveMinimum: 0, examples: [3] },
        nullable: { type: 'boolean' },
      },
    })
  })

  test('have schemas of their own: what is referred to is written out in its place', () => {
    const components = {
      schemas: {
        Pet: { type: 'object', properties: { owner: { $ref: '#/components/schemas/Own~1er%20x' } } },
        'Own/er x': { type: 'string', description: 'Who' },
      },
      requestBodies: {
        PetBody: {
          content: { 'application/vnd.pet+json': { schema: { $ref: '#/components/schemas/Pet' } } },
        },
      },
      pathItems: { New: { post: { requestBody: { $ref: '#/components/requestBodies/PetBody' } } } },
    }
    const webhooks = { 'pet.new': { $ref: '#/components/pathItems/New' } }
    expect(schemaOf({ components, webhooks })).toEqual({
      type: 'object',
      properties: { owner: { type: 'string', description: 'Who' } },
    })
  })

  test('keep what refers to itself in $defs, where it still says the same', () => {
    const components = {
      schemas: {
        Tree: {
          type: 'object',
          properties: { value: { type: 'integer' }, next: { $ref: '#/components/schemas/List' } },
          required: ['value'],
        },
        List: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
      },
    }
    const schema = schemaOf({ components, webhooks: { tree: posted({ $ref: '#/components/schemas/Tree' }) } })
    const isRight = new Ajv2020({ strict: false }).compile(schema ?? false)
    expect(isRight({ value: 1, next: [{ value: 2, next: [{ value: 3 }] }] })).toBe(true)
    expect(isRight({ value: 1, next: [{ value: 2, next: [{}] }] })).toBe(false)
    expect(JSON.stringify(schema)).not.toContain('#/components')
  })

  test('narrow what they refer to by what stands beside the reference', () => {
    const components = { schemas: { Name: { type: 'string', description: 'A name' } } }
    const $ref = '#/components/schemas/Name'
    const schema = { properties: { a: { $ref, description: 'Mine' }, b: { $ref, maxLength: 3 } } }
    expect(schemaOf({ components, webhooks: { x: posted(schema) } })).toEqual({
      properties: {
        a: { type: 'string', description: 'Mine' },
        b: { allOf: [{ type: 'string', description: 'A name' }], maxLength: 3 },
      },
    })
  })

  test('take no data for a reference, and no property for a keyword', () => {
    const schema = {
      properties: { default: { $ref: '#/components/schemas/Text' }, $ref: { type: 'string' } },
      default: { $ref: 'nowhere' },
      examples: [{ $ref: 'nowhere' }],
    }
    const components = { schemas: { Text: { type: 'string' } } }
    expect(schemaOf({ components, webhooks: { x: posted(schema) } })).toEqual({
      ...schema,
      properties: { default: { type: 'string' }, $ref: { type: 'string' } },
    })
  })

  test('have the examples that stand beside the schema', () => {
    const media = { schema: { type: 'object' }, example: { a: 1 }, examples: { b: { value: { a: 2 } } } }
    const webhooks = { x: { post: { requestBody: { content: { 'application/json': media } } } } }
    expect(schemaOf({ webhooks })).toEqual({ type: 'object', examples: [{ a: 1 }, { a: 2 }] })
  })

  test.each([
    ['no object', 'text', [], 'an object'],
    ['no version', { webhooks: {} }, ['openapi'], 'version of OpenAPI 3'],
    ['another version', { swagger: '2.0', openapi: '2.0' }, ['openapi'], 'version of OpenAPI 3'],
    ['webhooks that are a list', { openapi: '3.1.0', webhooks: [] }, ['webhooks'], 'an object'],
    [
      'a name that no event type can have',
      { openapi: '3.1.0', webhooks: { 'a b': posted({}) } },
      ['webhooks', 'a b'],
      'no name of an event type',
    ],
    [
      'a webhook without an operation',
      { openapi: '3.1.0', webhooks: { x: {} } },
      ['webhooks', 'x'],
      'no operation',
    ],
    [
      'a reference out of the document',
      { openapi: '3.1.0', webhooks: { x: posted({ $ref: 'https://evil.example/schema.json' }) } },
      ['webhooks', 'x'],
      'nothing is fetched',
    ],
    [
      'a reference to nothing',
      { openapi: '3.1.0', webhooks: { x: posted({ $ref: '#/components/schemas/None' }) } },
      ['webhooks', 'x'],
      'which there is not',
    ],
    [
      'a reference to what all objects inherit',
      { openapi: '3.1.0', webhooks: { x: posted({ $ref: '#/constructor/prototype' }) } },
      ['webhooks', 'x'],
      'which there is not',
    ],
    [
      'webhooks that refer to each other',
      { openapi: '3.1.0', webhooks: { x: { $ref: '#/webhooks/y' }, y: { $ref: '#/webhooks/x' } } },
      ['webhooks', 'x'],
      'refers to itself',
    ],
  ])('are refused for %s', (_, document, loc, words) => {
    expect(problemsOf(document)[0]).toEqual({ loc, msg: expect.stringContaining(words) })
  })

  const long = 'x'.repeat(100_000)
  test.each<[string, unknown]>([
    ['a text in a schema', posted({ $ref: '#/components/schemas/Text' })],
    ['the name of a property', posted({ $ref: '#/components/schemas/Name' })],
    ['data in a schema', posted({ enum: [{ $ref: '#' }], default: long })],
    ['a description', { $ref: '#/components/pathItems/Described' }],
    [
      'an example',
      {
        post: {
          requestBody: {
            content: {
              'application/json': { schema: {}, examples: { a: { $ref: '#/components/examples/Long' } } },
            },
          },
        },
      },
    ],
  ])('are refused where they repeat %s until it is too much', (_, item) => {
    const components = {
      schemas: { Text: { description: long }, Name: { properties: { [long]: {} } } },
      pathItems: { Described: { post: { description: long } } },
      examples: { Long: { value: long } },
    }
    const webhooks = Object.fromEntries(Array.from({ length: 200 }, (_each, n) => [`event.${n}`, item]))
    const [problem] = problemsOf({ openapi: '3.1.0', components, webhooks })
    expect(problem?.msg).toContain('too large')
  })

  test('are refused where a few words become too large a schema', () => {
    const schemas: Record<string, unknown> = { S0: { type: 'string' } }
    for (let n = 1; n <= 30; n++) {
      const $ref = `#/components/schemas/S${n - 1}`
      schemas[`S${n}`] = { properties: { a: { $ref }, b: { $ref } } }
    }
    const webhooks = { x: posted({ $ref: '#/components/schemas/S30' }) }
    const [problem] = problemsOf({ openapi: '3.1.0', components: { schemas }, webhooks })
    expect(problem).toEqual({ loc: ['webhooks', 'x'], msg: expect.stringContaining('too large') })
  })
})
