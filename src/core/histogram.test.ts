import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addTo,
  addWritten,
  boundsMs,
  emptyHistogram,
  observe,
  percentile,
  writeHistogram,
} from './histogram.ts'

const values = fc.array(fc.integer({ min: 0, max: 4_000_000 }), { maxLength: 200 })
const share = fc.double({ min: 0.01, max: 1, noNaN: true })

function histogramOf(given: readonly number[]): number[] {
  const histogram = emptyHistogram()
  for (const value of given) observe(histogram, value)
  return histogram
}

test('bounds run from 1 ms to 1 h, each more than the one before and at most twice it', () => {
  expect([boundsMs[0], boundsMs.at(-1)]).toEqual([1, 3_600_000])
  for (const [index, bound] of boundsMs.slice(1).entries()) {
    const before = boundsMs[index] as number
    expect(bound).toBeGreaterThan(before)
    expect(bound / before).toBeLessThanOrEqual(2)
  }
})

describe('a percentile', () => {
  test('lies in the bucket of the value that it stands for', () => {
    fc.assert(
      fc.property(values, share, (given, at) => {
        fc.pre(given.length > 0)
        const exact = given.toSorted((a, b) => a - b)[Math.ceil(given.length * at) - 1] as number
        const bucket = boundsMs.findIndex((bound) => exact <= bound)
        const estimate = percentile(histogramOf(given), at) as number
        const last = boundsMs.at(-1) as number
        if (bucket < 0) expect(estimate).toBe(last)
        else {
          expect(estimate).toBeGreaterThan(boundsMs[bucket - 1] ?? 0)
          expect(estimate).toBeLessThanOrEqual(boundsMs[bucket] as number)
        }
      }),
    )
  })

  test('of nothing is unknown', () => {
    expect(percentile(emptyHistogram(), 0.5)).toBeNull()
  })

  test('goes evenly through its bucket', () => {
    const histogram = histogramOf(Array.from({ length: 100 }, () => 60))
    expect([0.5, 0.9, 1].map((at) => percentile(histogram, at))).toEqual([75, 95, 100])
  })
})

test('histograms that are added, or written and read, are those of all values together', () => {
  fc.assert(
    fc.property(values, values, (left, right) => {
      const whole = histogramOf([...left, ...right])
      const sum = histogramOf(left)
      addTo(sum, histogramOf(right))
      expect(sum).toEqual(whole)
      const read = emptyHistogram()
      addWritten(read, [left, right].map((each) => writeHistogram(histogramOf(each))).join(','))
      expect(read).toEqual(whole)
    }),
  )
})

test('a written histogram holds nothing of what is empty', () => {
  expect(writeHistogram(emptyHistogram())).toBe('')
  expect(writeHistogram(histogramOf([1, 1, 100]))).toBe('0:2,7:1')
})
