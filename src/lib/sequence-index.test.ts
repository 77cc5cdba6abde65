import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hash53 } from './hash53.ts'
import { bucketOf, SequenceIndex } from './sequence-index.ts'

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

test('its buckets hold every entry once, each where its hash belongs', () => {
  const hash = fc.oneof(fc.nat(40), fc.maxSafeInteger().map(Math.abs), fc.constant(4_294_967_295))
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (hashes, bits) => {
      const index = new SequenceIndex(200)
      for (const [at, each] of hashes.entries()) index.add(each, at + 1)
      const seen: (readonly [hash: number, sequence: number])[] = []
      for (let bucket = 0; bucket < 2 ** bits; bucket++) {
        const entries = index.bucket(bucket, bits)
        for (let at = 0; at < entries.length; at += 2) {
          const entry = [entries[at] as number, entries[at + 1] as number] as const
          expect(bucketOf(entry[0], bits)).toBe(bucket)
          seen.push(entry)
        }
      }
      expect(seen.toSorted(([, a], [, b]) => a - b)).toEqual(hashes.map((each, at) => [each, at + 1]))
    }),
  )
})

test('refuses an entry that it has no room for', () => {
  const index = new SequenceIndex(1)
  for (let sequence = 1; sequence <= 15; sequence++) index.add(7, sequence)
  expect(() => index.add(7, 16)).toThrow(RangeError)
  expect([...index.find(7)]).toHaveLength(15)
})

test('hashes of different texts differ, and are safe integers', () => {
  const hashes = Array.from({ length: 100_000 }, (_, n) => hash53(`auto_${n}`))
  expect(new Set(hashes).size).toBe(100_000)
  expect(hashes.every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true)
})
