import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundedBody } from './body-limit.ts'

const maxBytes = 16_384
const maxReadBytes = 65_536

function read(chunks: readonly Uint8Array[]): { readonly text: string; readonly isCut: boolean } {
  const body = new BoundedBody()
  const isCut = chunks.some((chunk) => body.add(Buffer.from(chunk)))
  return { text: body.text(), isCut }
}

function split(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

/** All that is kept as it is. */
const anyText = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\u0000'))

describe('a response body', () => {
  test('that is text comes out as it came in, however it was cut into pieces', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(read(split(Buffer.from(text), size))).toEqual({ text: text.toWellFormed(), isCut: false })
      }),
    )
  })

  test('that is no text comes out as base64', () => {
    expect(read([Buffer.from([0xff]), Buffer.from([0xfe, 0x00])]).text).toBe('//4A')
    expect(read([Buffer.from('a\u0000b')]).text).toBe(Buffer.from('a\u0000b').toString('base64'))
  })

  test('is cut at 16 KiB, before a character that would not fit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('x', 'é', '€', '😀'),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 8_000 }),
        (character, shift, size) => {
          const whole = Buffer.from('-'.repeat(shift) + character.repeat(maxBytes + 1))
          const { text, isCut } = read(split(whole, size))
          expect(isCut).toBe(whole.length > maxReadBytes)
          expect(whole.toString().startsWith(text)).toBe(true)
          expect(maxBytes - Buffer.byteLength(text)).toBeLessThan(Buffer.byteLength(character))
        },
      ),
      { numRuns: 30 },
    )
  })

  test('of exactly 16 KiB is whole', () => {
    const whole = { text: 'a'.repeat(maxBytes), isCut: false }
    expect(read([Buffer.alloc(maxBytes, 'a')])).toEqual(whole)
    expect(read([Buffer.alloc(maxBytes, 'a'), Buffer.from('b')])).toEqual(whole)
  })

  test('is read up to 64 KiB', () => {
    const most = Buffer.alloc(maxReadBytes, 'a')
    expect(read([most]).isCut).toBe(false)
    expect(read([most, Buffer.from('b')])).toEqual({ text: 'a'.repeat(maxBytes), isCut: true })
  })

  test('that is announced as longer is read up to 16 KiB', () => {
    const body = new BoundedBody()
    body.announce(maxReadBytes + 1)
    expect(body.add(Buffer.alloc(maxBytes, 'a'))).toBe(false)
    expect(body.add(Buffer.from('b'))).toBe(true)
    expect(body.text()).toBe('a'.repeat(maxBytes))
  })

  test('that is no text keeps all of its first 16 KiB', () => {
    const bytes = Buffer.alloc(maxBytes + 10, 0xff)
    expect(Buffer.from(read([bytes]).text, 'base64')).toHaveLength(maxBytes)
  })
})
