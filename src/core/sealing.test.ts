import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createVault } from './sealing.ts'

const vault = createVault(randomBytes(32))

test('opens what it sealed, and the sealed text shows nothing of it', () => {
  const sealed = vault.seal('whsec_secret ✓', 'ep_1')
  expect(Buffer.from(sealed, 'base64').includes('whsec_secret')).toBe(false)
  expect(vault.open(sealed, 'ep_1')).toBe('whsec_secret ✓')
})

test('the same text is sealed differently each time', () => {
  expect(vault.seal('a', 'ep_1')).not.toBe(vault.seal('a', 'ep_1'))
})

test('refuses another key, another place and a changed byte', () => {
  const sealed = vault.seal('a', 'ep_1')
  const changed = Buffer.from(sealed, 'base64')
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  expect(() => createVault(randomBytes(32)).open(sealed, 'ep_1')).toThrow()
  expect(() => vault.open(sealed, 'ep_2')).toThrow()
  expect(() => vault.open(changed.toString('base64'), 'ep_1')).toThrow()
  expect(() => vault.open('', 'ep_1')).toThrow()
})

test('a masked number is read back for its place alone, and says nothing of itself', () => {
  for (const number of [0, 1, 2, 41_000_000, Number.MAX_SAFE_INTEGER]) {
    const masked = vault.mask(number, 'app_1')
    expect(masked).toMatch(/^[\w-]{22}$/)
    expect(vault.mask(number, 'app_1')).toBe(masked)
    expect(vault.unmask(masked, 'app_1')).toBe(number)
    expect(vault.unmask(masked, 'app_2')).toBeNull()
    expect(createVault(randomBytes(32)).unmask(masked, 'app_1')).toBeNull()
  }
  expect(new Set([1, 2, 3].map((number) => vault.mask(number, 'app_1').slice(0, 4))).size).toBe(3)
})

test('no text that was not made by masking is read as a number', () => {
  const masked = vault.mask(7, 'app_1')
  for (const text of [
    '',
    '7',
    '0'.repeat(22),
    `${masked}A`,
    masked.slice(1),
    `${masked}==`,
    masked.toLowerCase(),
  ])
    expect(vault.unmask(text, 'app_1')).toBeNull()
})
