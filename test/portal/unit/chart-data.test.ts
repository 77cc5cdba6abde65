import { expect, test } from 'vitest'
import {
  aloneOf,
  areWhole,
  type ChartSeries,
  drawnOf,
  footWords,
} from '../../../portal/src/parts/chart-data.ts'

const series = (kind: ChartSeries['kind'], values: ChartSeries['values']): ChartSeries => ({
  label: kind,
  tone: 'info',
  kind,
  values,
})

test('bars stand on each other, the tallest is drawn first, and lines are drawn over them', () => {
  expect(
    drawnOf([series('bars', [1, null, null]), series('line', [9, 9, 9]), series('bars', [2, 3, null])]),
  ).toEqual([
    { index: 2, values: [3, 3, null] },
    { index: 0, values: [1, null, null] },
    { index: 1, values: [9, 9, 9] },
  ])
})

test('a value without neighbours is found, at the ends as well', () => {
  expect(aloneOf([5, null, 1, 2, null, 0, null, null, 7])).toEqual([0, 5, 8])
  expect(aloneOf([])).toEqual([])
})

test('counts are told from measures', () => {
  expect(areWhole([series('line', [1, null]), series('bars', [2, 0])])).toBe(true)
  expect(areWhole([series('line', [1.5])])).toBe(false)
})

test('the foot says times of a day, and days where there are several', () => {
  const at = Date.UTC(2026, 0, 5, 13, 7)
  expect(footWords(at, 3_600_000, 'en')).toMatch(/^\d\d:\d\d$/)
  expect(footWords(at, 7 * 86_400_000, 'en')).toMatch(/Mon|Tue/)
})
