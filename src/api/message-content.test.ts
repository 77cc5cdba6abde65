import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentOf, shownPayload } from './message-content.ts'

function raw(rawPayload: unknown, headers?: unknown) {
  return { transformationsParams: { rawPayload, headers } }
}

function content(body: Parameters<typeof contentOf>[0], payload = '{}', maxBytes = 1_000) {
  return contentOf(body, payload, maxBytes, ['body'])
}

describe('what a message carries', () => {
  test('is its payload as JSON, where no other text is given', () => {
    const expected = { text: '{"a": 1.0}', contentType: 'application/json' }
    expect(content({}, '{"a": 1.0}')).toEqual(expected)
    expect(content({ transformationsParams: null }, '{"a": 1.0}')).toEqual(expected)
    expect(content({ transformationsParams: { own: 1 } }, '{"a": 1.0}')).toEqual(expected)
  })

  test.each([
    ['{"a":1}', undefined, 'application/json'],
    ['[1]', undefined, 'application/json; charset=utf-8'],
    ['{"a":', undefined, 'application/json; charset=utf-8'],
    ['{"a":', { 'content-type': 'application/json' }, 'application/json; charset=utf-8'],
    ['<a/>', { 'Content-Type': 'application/xml' }, 'application/xml'],
    ['{"a":1}', { 'content-type': 'application/cloudevents+json' }, 'application/cloudevents+json'],
    ['a=1', { 'content-type': 'text/plain; charset=us-ascii' }, 'text/plain; charset=us-ascii'],
    ['', undefined, 'application/json; charset=utf-8'],
  ])('is the raw text %s where one is given, of its own type', (text, headers, contentType) => {
    expect(content(raw(text, headers))).toEqual({ text, contentType })
  })

  test.each([
    [raw(5), 'body.transformationsParams.rawPayload'],
    [raw('\ud83d'), 'body.transformationsParams.rawPayload'],
    [raw('a', { 'content-type': 'no type' }), 'body.transformationsParams.headers.content-type'],
    [raw('a', { 'content-type': 'a/b\r\nx: y' }), 'body.transformationsParams.headers.content-type'],
    [raw('a', { 'content-type': `a/${'b'.repeat(300)}` }), 'body.transformationsParams.headers.content-type'],
  ])('is refused where it cannot be sent: %j', (body, place) => {
    expect(() => content(body)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        problems: [expect.objectContaining({ loc: place.split('.') })],
      }) as Error,
    )
  })

  test.each(['x', 'é', '🎺'])('is bounded in bytes, not in characters such as %s', (character) => {
    const text = character.repeat(100)
    const bytes = Buffer.byteLength(text)
    expect(content(raw(text), '{}', bytes).text).toBe(text)
    const tooLarge = expect.objectContaining({ kind: 'too_large', code: 'payload_too_large' }) as Error
    expect(() => content(raw(text), '{}', bytes - 1)).toThrow(tooLarge)
    expect(() => content({}, text, bytes - 1)).toThrow(tooLarge)
  })

  test('is always shown as a JSON object that holds it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })),
        fc.constantFrom(undefined, 'application/json', 'text/plain'),
        (text, type) => {
          fc.pre(text.isWellFormed())
          const { text: payload, contentType } = content(raw(text, { 'content-type': type }), '{}', 1e6)
          const shown = shownPayload({ payload, contentType, received: null })
          const value = JSON.parse(shown) as unknown
          expect(value).toBeTypeOf('object')
          expect(Array.isArray(value) || value === null).toBe(false)
          expect(shown === text || (value as { rawPayload?: unknown }).rawPayload === text).toBe(true)
        },
      ),
    )
  })

  test('is shown as expired once it is gone', () => {
    expect(shownPayload({ payload: null, contentType: 'text/plain', received: null })).toBe(
      '{"expired":true}',
    )
  })
})
