import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJsonBody } from './json-body.ts'
import { items, members, payloadText } from './raw-json.ts'

/** JSON texts as people and programs write them: any spacing, any escapes. */
const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/)
const leaf = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '0', '-0', '1e400', '-1.50E+2', '12345678901234567890', '""'),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\\\"', '"\\""', '"\\\\\\""', '"{}[],:"', '"\\u007b"', '"\\ud83c\\udfba"', '"]"'),
)
const { value: jsonText } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('array'), tie('object')),
  array: fc
    .tuple(space, fc.array(fc.tuple(tie('value'), space), { maxLength: 4 }))
    .map(([first, all]) => `[${first}${all.map(([text, gap]) => `${text}${gap}`).join(`,${first}`)}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(fc.string(), space, tie('value')), { maxLength: 4 }))
    .map(([gap, all]) => {
      const inside = all.map(
        ([key, after, text]) => `${gap}${JSON.stringify(key)}${after}:${gap}${text}${after}`,
      )
      return `{${inside.join(',')}${gap}}`
    }),
}))

describe('the payload of a message', () => {
  test('is the text that was sent, whatever stands before and behind it', () => {
    const around = fc.array(
      fc.tuple(
        fc.string().filter((key) => key !== 'payload' && key !== 'eventType'),
        jsonText,
      ),
    )
    fc.assert(
      fc.property(jsonText, around, around, space, (payload, before, behind, gap) => {
        const rest = (all: readonly (readonly [string, string])[]): readonly string[] =>
          all.map(([key, text]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${text}${gap}`)
        const parts = [...rest(before), `"payload"${gap}:${gap}${payload}${gap}`, ...rest(behind)]
        const text = `${gap}{${parts.join(',')}}${gap}`
        JSON.parse(text)
        expect(payloadText(text, 0, ['body'])).toBe(payload)
      }),
      { numRuns: 300 },
    )
  })

  test('inside another field is not taken for it', () => {
    const text =
      '{"metadata":{"payload":1,"eventType":"x"},"payload":{"payload":{"payload":2}},"a":"\\"payload\\":3"}'
    expect(payloadText(text, 0, ['body'])).toBe('{"payload":{"payload":2}}')
  })

  test.each([
    ['payload', '{"payload":1,"payload":2}'],
    ['payload', '{"pay\\u006coad":1,"payload":2}'],
    ['eventType', '{"eventType":"a","payload":1,"\\u0065ventType":"b"}'],
  ])('is refused where %s is named twice, however it is spelled', (field, text) => {
    expect(() => payloadText(text, 0, ['body'])).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ loc: ['body', field] })] }),
    )
  })
})

test('members and items stand where a parser finds them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), jsonText)), space, (entries, gap) => {
      const object = `{${entries.map(([key, text]) => `${gap}${JSON.stringify(key)}:${text}`).join(',')}}`
      const array = `[${entries.map(([, text]) => `${gap}${text}${gap}`).join(',')}]`
      const found = [...members(object, 0)].map(([key, { start, end }]) => [key, object.slice(start, end)])
      expect(found).toEqual(entries)
      const each = [...items(array, 0)].map(({ start, end }) => array.slice(start, end))
      expect(each).toEqual(entries.map(([, text]) => text))
    }),
    { numRuns: 300 },
  )
})

describe('a body', () => {
  test('is read as JSON.parse reads it, and keeps its text', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(parseJsonBody(Buffer.from(text))).toEqual({ text, value: JSON.parse(text) as unknown })
      }),
    )
  })

  test('is taken to 128 levels, and no deeper; brackets in texts do not count', () => {
    const nested = (depth: number): string =>
      `${'['.repeat(depth)}"${'[{'.repeat(200)}\\""${']'.repeat(depth)}`
    expect(parseJsonBody(Buffer.from(nested(128)))?.text).toBe(nested(128))
    expect(() => parseJsonBody(Buffer.from(nested(129)))).toThrow(/deeper than 128/)
    expect(parseJsonBody(Buffer.from(`[${'[],{},'.repeat(500)}0]`))).not.toBeNull()
  })

  test('of bytes that are no UTF-8 is refused, not repaired', () => {
    for (const bytes of ['22c3', '22c328 22', '22eda0bd22', '22f8888880 8022', 'efbbbf7b7d'])
      expect(() => parseJsonBody(Buffer.from(bytes.replaceAll(' ', ''), 'hex'))).toThrow(/UTF-8|JSON|token/)
    expect(parseJsonBody(Buffer.alloc(0))).toBeNull()
  })
})
