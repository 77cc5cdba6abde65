import { expect, test } from 'vitest'
import { schemaFields } from '../../../portal/src/lib/schema-fields.ts'

test('fields are listed with their paths, parents first', () => {
  const fields = schemaFields({
    type: 'object',
    required: ['id', 'lines'],
    properties: {
      id: { type: 'string', format: 'uuid', description: 'Yours.' },
      state: { enum: ['open', 'paid'], deprecated: true },
      lines: {
        type: 'array',
        items: { type: 'object', required: ['sum'], properties: { sum: { type: ['integer', 'null'] } } },
      },
      tags: { type: 'array', items: { type: 'string' } },
      payer: { oneOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
    },
    $defs: {
      person: { type: 'object', properties: { name: { type: 'string' }, boss: { $ref: '#/$defs/person' } } },
    },
  })
  expect(fields.map(({ path, types, isRequired }) => [path, types.join('|'), isRequired])).toEqual([
    ['id', 'string', true],
    ['state', '', false],
    ['lines', 'array', true],
    ['lines[].sum', 'integer|null', true],
    ['tags', 'array', false],
    ['payer', 'object|null', false],
    ['payer.name', 'string', false],
    ['payer.boss', 'object', false],
  ])
  expect(fields[0]).toMatchObject({ format: 'uuid', description: 'Yours.' })
  expect(fields[1]).toMatchObject({ values: ['"open"', '"paid"'], isDeprecated: true })
  expect(fields[2]).toMatchObject({ itemTypes: ['object'] })
})

test('what is no schema has no field', () => {
  for (const given of [null, true, 'text', [], { properties: 7 }, { $ref: '#' }])
    expect(schemaFields(given)).toEqual([])
})
