import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { indentedTokens } from '../../../portal/src/lib/json-layout.ts'
import { jsonTokens } from '../../../portal/src/lib/json-text.ts'

function textOf(tokens: Iterable<{ readonly text: string }>): string {
  return [...tokens].map(({ text }) => text).join('')
}

function indented(text: string): string {
  return textOf(indentedTokens(text))
}

/** All but white space between tokens. */
function bare(text: string): readonly object[] {
  return [...jsonTokens(text)].filter(({ kind }) => kind !== 'space')
}

/** Near JSON: its marks, keys and values in any order, with things that are none. */
const words =
  '{|}|[|]|,|:| |\n|"a"|"\\"\\u0000"|"\u202e"|1e400|-0|00|true|nul|"open|<script>|12345678901234567890.10|null|\ud800|"\n"'
const pieces = fc.constantFrom(...words.split('|'))
const nearly = fc.array(pieces, { maxLength: 30 }).map((each) => each.join(''))

describe('JSON as text', () => {
  test('is taken apart without losing a character, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string(), fc.json()), (text) => textOf(jsonTokens(text)) === text),
    )
  })

  test('keeps every token when it is indented, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string(), fc.json()), (text) => {
        expect(bare(indented(text))).toEqual(bare(text))
      }),
    )
  })

  test('is indented as JSON.stringify does it where nothing can be lost', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
      }),
    )
  })

  test('keeps big numbers, repeated keys, escapes and the order of keys', () => {
    expect(indented('{"b":12345678901234567890.10,"a":"\\u00e9\\/","b":1e400}')).toBe(
      '{\n  "b": 12345678901234567890.10,\n  "a": "\\u00e9\\/",\n  "b": 1e400\n}',
    )
  })

  test('stays as it was given from where it is no JSON', () => {
    expect(indented('{"a":1,  oops }')).toBe('{\n  "a": 1,  oops }')
    expect(indented('{"a":"cut of')).toBe('{\n  "a":"cut of')
  })

  test('keeps apart what follows itself', () => {
    expect(indented('{"a":1}\n{"a":2}')).toBe('{\n  "a": 1\n}\n{\n  "a": 2\n}')
  })

  test('does not grow without bound where it is deep', () => {
    const deep = '['.repeat(10_000)
    expect(indented(deep).length).toBeLessThan(deep.length * 100)
  })
})
