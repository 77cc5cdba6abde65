import { expect, test } from 'vitest'
import { isId, leastId, newId } from './ids.ts'

const now = Date.UTC(2026, 0, 1)

test('an id is its prefix and 27 base62 characters', () => {
  for (let round = 0; round < 1000; round++) expect(newId('msg_', now)).toMatch(/^msg_[0-9A-Za-z]{27}$/)
})

test('ids of later instants sort behind ids of earlier ones', () => {
  const ids = Array.from({ length: 200 }, (_, index) => newId('app_', now + index * 4))
  expect([...ids].sort()).toEqual(ids)
})

test('ids of one instant differ', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newId('ep_', now))).size).toBe(10_000)
})

test('the time can be read back from the first 32 bits and the byte behind them', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const id = newId('msg_', now).slice(4)
  const value = id.split('').reduce((sum, digit) => sum * 62n + BigInt(alphabet.indexOf(digit)), 0n)
  expect(Number(value >> 120n) * 4 + 1_400_000_000_000).toBe(now)
})

test('the least id of an instant lies between those of it and of earlier ones', () => {
  for (let at = now; at < now + 4_000; at += 4) {
    const least = leastId('msg_', at)
    expect(isId('msg_', least)).toBe(true)
    expect(newId('msg_', at - 1) < least).toBe(true)
    expect(newId('msg_', at) > least).toBe(true)
  }
})

test('instants that no id can tell have the first or the last of all', () => {
  expect(leastId('msg_', Date.UTC(1999, 0)) < newId('msg_', Date.UTC(2014, 5))).toBe(true)
  expect(leastId('msg_', Date.UTC(9999, 0)) > newId('msg_', Date.UTC(2150, 0))).toBe(true)
})

test('only the right prefix with 27 base62 characters is an id', () => {
  const id = newId('ep_', now)
  expect(isId('ep_', id)).toBe(true)
  for (const other of ['', 'ep_', id.slice(1), `${id}0`, id.replace('ep_', 'app_'), `ep_${'-'.repeat(27)}`]) {
    expect(isId('ep_', other)).toBe(false)
  }
})
