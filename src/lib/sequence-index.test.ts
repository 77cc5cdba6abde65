import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hash53 } from './hash53.ts'
import { SequenceIndex } from './sequence-index.ts'

test('finds what was added under a hash, and only that', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }), (hashes) => {
      const index = new SequenceIndex(200)
      const model = new Map<number, number[]>()
      for (const [at, hash] of hashes.entries()) {
        index.add(hash, at + 1)
        model.set(hash, [...(model.get(hash) ?? []), at + 1])
      }
      for (let hash = 0; hash <= 41; hash++) expect([...index.find(hash)]).toEqual(model.get(hash) ?? [])
      expect(index.size).toBe(hashes.length)
    }),
  )
})

test('hashes of different texts differ, and are safe integers', () => {
  const hashes = Array.from({ length: 100_000 }, (_, n) => hash53(`auto_${n}`))
  expect(new Set(hashes).size).toBe(100_000)
  expect(hashes.every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true)
})
