import { describe, expect, test } from 'vitest'
import {
  nextVersion,
  readSchema,
  versionsOf,
  withoutVersion,
  withVersion,
} from '../../../portal/src/pages/event-types/schema-versions.ts'

describe('versions of a schema', () => {
  test('stand with the latest first, by number', () => {
    expect(versionsOf({ 9: {}, 10: {}, 1: {} })).toEqual(['10', '9', '1'])
    expect(versionsOf(null)).toEqual([])
  })

  test('are followed by one more', () => {
    expect(nextVersion(null)).toBe('1')
    expect(nextVersion({ 9: {}, 10: {} })).toBe('11')
    expect(nextVersion({ v1: {} })).toBe('v2')
    expect(nextVersion({ draft: {} })).toBe('')
  })

  test('come and go beside the others', () => {
    const schemas = { 1: { type: 'string' } }
    expect(withVersion(schemas, '2', true)).toEqual({ 1: { type: 'string' }, 2: true })
    expect(withVersion(null, '__proto__', {})).toHaveProperty(['__proto__'])
    expect(withoutVersion({ 1: {}, 2: {} }, '1')).toEqual({ 2: {} })
    expect(withoutVersion(schemas, '1')).toBeNull()
  })
})

test('a schema is read from text that is an object, true or false', () => {
  expect(readSchema('{"type": "object"}')).toEqual({ kind: 'schema', schema: { type: 'object' } })
  expect(readSchema('true').kind).toBe('schema')
  expect(readSchema('[]').kind).toBe('noSchema')
  expect(readSchema('{').kind).toBe('noJson')
})
