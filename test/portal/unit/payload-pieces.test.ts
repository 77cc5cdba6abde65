import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partsOf } from '../../../portal/src/lib/hidden-characters.ts'
import { viewOf } from '../../../portal/src/lib/payload-pieces.ts'

/** Any characters, halves of pairs as well. */
const points = fc.array(fc.nat(0x10ffff), { maxLength: 30 }).map((each) => String.fromCodePoint(...each))
const all = Number.POSITIVE_INFINITY

function shownText(text: string, isIndented: boolean, limit: number): string {
  return viewOf(text, isIndented, limit)
    .pieces.flatMap(({ parts }) => parts)
    .map((part) => part.text)
    .join('')
}

describe('what a payload shows', () => {
  test('is all of it where it is shown as sent', () => {
    fc.assert(fc.property(fc.oneof(points, fc.json()), (text) => shownText(text, false, all) === text))
  })

  test('is its beginning, never a half of a character, where it is long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(20), (text, limit) => {
        const shown = shownText(text, false, limit)
        expect(text.startsWith(shown)).toBe(true)
        expect(shown.length).toBeLessThanOrEqual(limit)
        expect(shown.isWellFormed()).toBe(true)
        expect(viewOf(text, false, limit).isCut).toBe(shown !== text)
      }),
    )
  })

  test('has colours for a bounded number of tokens', () => {
    expect(viewOf(`[${'1,'.repeat(30_000)}1]`, false, all).pieces.length).toBeLessThan(10_100)
  })

  test('is no JSON where it begins as none', () => {
    expect(viewOf('not {"a":1}', true, all).pieces).toHaveLength(1)
  })
})

describe('characters that cannot be seen', () => {
  test.each([
    ['\u0000', 'U+0000'],
    ['\u001b', 'U+001B'],
    ['\u202e', 'U+202E'],
    ['\u2066', 'U+2066'],
    ['\u200f', 'U+200F'],
    ['\u061c', 'U+061C'],
    ['\ufeff', 'U+FEFF'],
    ['\ud800', 'U+D800'],
    ['\u{e0041}', 'U+E0041'],
    ['\r', 'U+000D'],
  ])('%j is named %s', (character, code) => {
    expect(partsOf(`a${character}b`)).toEqual([
      { text: 'a', code: null },
      { text: character, code },
      { text: 'b', code: null },
    ])
  })

  test('are none of line ends, tabs, letters and emoji', () => {
    const text = 'a\tb\nc\r\nд 漢 👩‍👩‍👧 می‌خواهم'
    expect(partsOf(text)).toEqual([{ text, code: null }])
  })
})
