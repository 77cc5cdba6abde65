import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyBucket, takeToken } from './rate-limit.ts'

test('never lets through more than a second’s burst and the rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.nat(400), { minLength: 1, maxLength: 300 }),
      (rate, waits) => {
        let now = 1_800_000_000_000
        const startedAt = now
        let bucket = emptyBucket(now)
        let taken = 0
        for (const wait of waits) {
          now += wait
          const result = takeToken(bucket, rate, now)
          if (!result.taken) continue
          bucket = result.bucket
          taken++
        }
        expect(taken).toBeLessThanOrEqual(rate + ((now - startedAt) * rate) / 1000 + 1)
      },
    ),
  )
})

test('says when the next token is there, and it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (rate) => {
      const now = 1_800_000_000_000
      let bucket = emptyBucket(now)
      for (;;) {
        const result = takeToken(bucket, rate, now)
        if (!result.taken) {
          expect(takeToken(bucket, rate, result.readyAt).taken).toBe(true)
          return
        }
        bucket = result.bucket
      }
    }),
  )
})
