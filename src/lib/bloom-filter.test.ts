import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BloomFilter } from './bloom-filter.ts'
import { hash53 } from './hash53.ts'

test('may hold all that was added, also when read back from its bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 300 }), (texts) => {
      const filter = BloomFilter.ofCapacity(texts.length)
      for (const text of texts) filter.add(hash53(text))
      const read = new BloomFilter(Uint8Array.from(filter.bytes))
      for (const text of texts) expect(read.mayHold(hash53(text))).toBe(true)
    }),
  )
})

test('takes few others for held when it is full', () => {
  const entries = 2 ** 14
  const filter = BloomFilter.ofCapacity(entries)
  for (let n = 0; n < entries; n++) filter.add(hash53(`held_${n}`))
  let wrong = 0
  for (let n = 0; n < entries; n++) if (filter.mayHold(hash53(`other_${n}`))) wrong++
  expect(filter.bytes.length).toBe(entries * 2)
  expect(wrong / entries).toBeLessThan(0.005)
})
