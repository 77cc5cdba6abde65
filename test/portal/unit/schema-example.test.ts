import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { schemaExample } from '../../../portal/src/lib/schema-example.ts'

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)

const bounded = fc
  .tuple(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 0, max: 100 }))
  .map(([minimum, width]) => ({ minimum, maximum: minimum + width }))

const { schema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(
      { type: 'boolean' },
      { type: 'null' },
      { type: ['null', 'string'] },
      { const: { a: 1 } },
      { enum: ['red', 2, null] },
      { type: 'number', exclusiveMinimum: 3 },
      { type: 'integer', multipleOf: 7, minimum: 30 },
    ),
    fc
      .constantFrom('date-time', 'date', 'time', 'email', 'uuid', 'uri', 'ipv4', 'ipv6', 'hostname')
      .map((format) => ({ type: 'string', format })),
    fc
      .tuple(fc.nat(20), fc.nat(20))
      .map(([minLength, more]) => ({ type: 'string', minLength, maxLength: minLength + more })),
    bounded.map((bounds) => ({ type: 'integer', ...bounds })),
    bounded.map((bounds) => ({ type: 'number', ...bounds })),
    fc
      .tuple(tie('schema'), fc.nat(3))
      .map(([items, minItems]) => ({ type: 'array', items, minItems, maxItems: minItems + 1 })),
    fc.dictionary(fc.constantFrom('id', 'name', '__proto__', 'ok'), tie('schema')).map((properties) => ({
      type: 'object',
      properties,
      required: Object.keys(properties),
    })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
  ),
}))

describe('the example of a schema', () => {
  test('is what the schema allows', () => {
    fc.assert(
      fc.property(schema, (given) => {
        const example = schemaExample(given)
        const isValid = ajv.validate(given, example)
        expect(isValid, JSON.stringify({ given, example, errors: ajv.errors })).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('is the one that the schema names, at any depth', () => {
    expect(schemaExample({ type: 'object', examples: [{ id: 1 }], example: { id: 2 } })).toEqual({ id: 1 })
    expect(
      schemaExample({ properties: { id: { type: 'string', example: 'inv_1' }, at: { default: 'now' } } }),
    ).toEqual({ id: 'inv_1', at: 'now' })
  })

  test('follows references inside of the document, and puts together what is all of several', () => {
    const given = {
      allOf: [{ $ref: '#/$defs/base' }, { properties: { total: { $ref: '#/$defs/an~1amount' } } }],
      $defs: {
        base: { type: 'object', properties: { id: { type: 'string', const: 'x' } }, required: ['id'] },
        'an/amount': { type: 'integer', minimum: 100 },
      },
    }
    expect(schemaExample(given)).toEqual({ id: 'x', total: 100 })
    expect(ajv.validate(given, schemaExample(given))).toBe(true)
  })

  test('ends where a schema holds itself', () => {
    const node = {
      type: 'object',
      properties: {
        value: { type: 'integer' },
        next: { $ref: '#/$defs/node' },
        all: { type: 'array', items: { $ref: '#/$defs/node' } },
      },
    }
    expect(schemaExample({ $ref: '#/$defs/node', $defs: { node } })).toEqual({ value: 42, all: [] })
    expect(schemaExample({ $ref: '#' })).toBeNull()
  })

  test('of what is no schema is null', () => {
    for (const given of [null, 1, 'text', [], true, { $ref: 'https://example.com/schema' }, { $ref: '#/no' }])
      expect(schemaExample(given)).toBeNull()
  })
})
