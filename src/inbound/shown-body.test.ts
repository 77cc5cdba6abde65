import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shownBody } from './shown-body.ts'

const shownBytes = 16 * 1024
const secret = 'a secret, as long as it is "secret"'
const settings = { provider: 'github', secrets: [secret] }
const shown = (text: string | Uint8Array, secrets = settings.secrets): string =>
  shownBody(typeof text === 'string' ? Buffer.from(text) : text, { ...settings, secrets })

test('a secret is hidden wherever the end of what is shown would halve it', () => {
  for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) {
    for (let inside = 0; inside <= form.length; inside++) {
      const before = 'x'.repeat(shownBytes - inside)
      const text = shown(`${before}${form}${'y'.repeat(100)}`)
      expect(text).toBe(inside === 0 ? before : `${before}(hidden)`)
    }
  }
})

test('secrets before the end do not move it: what stands behind is not shown', () => {
  const before = `${secret}${'x'.repeat(shownBytes - secret.length)}`
  expect(shown(`${before}${'y'.repeat(1_000)}`)).toBe(`(hidden)${before.slice(secret.length)}`)
})

test('of two secrets that begin alike the longer one is hidden whole', () => {
  expect(shown('abc abcdef abc', ['abc', 'abcdef'])).toBe('(hidden) (hidden) (hidden)')
})

test('a short body without a secret is shown as it is, but for characters that stores do not take', () => {
  expect(shown('{"a":"é🎺"}')).toBe('{"a":"é🎺"}')
  expect(shown('a\u0000b')).toBe('a\uFFFDb')
  expect(shown('', [])).toBe('')
})

test('whatever a body holds, no secret is shown, nor text that is not well formed', () => {
  const pieces = fc.oneof(
    fc.constantFrom(secret, JSON.stringify(secret).slice(1, -1), '🎺', 'é', '(', 'a secret'),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(pieces), fc.nat(80), (parts, shift) => {
      const text = shown(`${'x'.repeat(shownBytes - shift)}${parts.join('')}`)
      expect(text.includes(secret)).toBe(false)
      expect(text.isWellFormed()).toBe(true)
      expect(text.replaceAll('(hidden)', '').length).toBeLessThanOrEqual(shownBytes + 1)
    }),
  )
})

test('bytes that are no text are shown as far as they go', () => {
  expect(shown(Uint8Array.of(0x7b, 0xff, 0x7d))).toBe('{\uFFFD}')
})
