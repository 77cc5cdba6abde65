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
