import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultRetryScheduleMs, nextDueAt, parseRetryAfter } from './retry-schedule.ts'

const now = 1_800_000_000_000

describe('nextDueAt', () => {
  test('waits as the schedule says, within 20 % either way, and ends with it', () => {
    fc.assert(
      fc.property(
        fc.nat(8),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (made, random) => {
          const dueAt = nextDueAt(defaultRetryScheduleMs, made + 1, now, null, random)
          const base = defaultRetryScheduleMs[made]
          if (base === undefined) {
            expect(dueAt).toBeNull()
            return
          }
          expect(dueAt).toBeGreaterThanOrEqual(Math.floor(now + base * 0.8))
          expect(dueAt).toBeLessThanOrEqual(Math.ceil(now + base * 1.2))
        },
      ),
    )
  })

  test('a longer Retry-After lengthens the wait, a shorter one does not shorten it', () => {
    expect(nextDueAt([5_000], 1, now, 60_000, 0.5)).toBe(now + 60_000)
    expect(nextDueAt([5_000], 1, now, 1_000, 0.5)).toBe(now + 5_000)
  })

  test('a Retry-After beyond a day counts as a day', () => {
    expect(nextDueAt([5_000], 1, now, 400_000_000, 0.5)).toBe(now + 86_400_000)
  })

  test('an empty schedule has no second attempt', () => {
    expect(nextDueAt([], 1, now, 60_000, 0.5)).toBeNull()
  })
})

describe('parseRetryAfter', () => {
  test.each([
    ['120', 120_000],
    [' 0.5 ', 500],
    [new Date(now + 30_000).toUTCString(), 30_000],
    [new Date(now - 30_000).toUTCString(), 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('reads %j as %j ms', (value, expected) => expect(parseRetryAfter(value, now)).toBe(expected))
})
