import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasDuplicateKeys, itemTexts } from './json-text.ts'

test('the items of any array are found as they stand', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (values, space) => {
      const items = itemTexts(JSON.stringify(values, null, space))
      expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
})

test('what JSON.stringify makes has no key twice', () => {
  fc.assert(fc.property(fc.json(), (text) => !hasDuplicateKeys(text)))
})

test.each([
  ['{"a":1,"a":2}', true],
  ['{"a":1,"\\u0061":2}', true],
  [`{"a":1,"a"${' '.repeat(100)}:2}`, true],
  ['[{"b":{"a":1,"a":2}}]', true],
  ['{"a":{"a":1},"b":["a","a"],"c":"a"}', false],
  ['{"a":"\\",\\"a\\":1"}', false],
  ['', false],
])('a key that an object has twice is seen in %s', (text, expected) => {
  expect(hasDuplicateKeys(text)).toBe(expected)
})
