import { describe, expect, test } from 'vitest'
import { clockGuard } from './clock-guard.ts'

const dayMs = 86_400_000
const doubted = expect.objectContaining({ code: 'clock_doubted' }) as Error

describe('a clock', () => {
  test('is believed as it goes on, by any small step, and where nothing is stored', () => {
    const mayDrop = clockGuard(null)
    for (let day = 0; day < 400; day++) expect(mayDrop(day * dayMs, dayMs)).toBe(true)
    expect(mayDrop(-dayMs, dayMs)).toBe(true)
  })

  test('that is far ahead of the newest row is doubted for a day, and said to be once', () => {
    const mayDrop = clockGuard(0)
    expect(() => mayDrop(100 * dayMs, 7 * dayMs, 1)).toThrow(doubted)
    for (let hours = 1; hours <= 24; hours++) {
      expect(mayDrop(100 * dayMs + hours, 7 * dayMs, hours * 3_600_000)).toBe(false)
    }
    expect(mayDrop(101 * dayMs, 7 * dayMs, dayMs + 1)).toBe(true)
    expect(mayDrop(102 * dayMs, 7 * dayMs, 2 * dayMs)).toBe(true)
  })

  test('that leaps while the process runs is doubted, and believed at once when it is right again', () => {
    const mayDrop = clockGuard(0)
    expect(mayDrop(1, dayMs, 0)).toBe(true)
    expect(() => mayDrop(1_000 * dayMs, dayMs, 1)).toThrow(doubted)
    expect(mayDrop(2, dayMs, 2)).toBe(true)
    expect(() => mayDrop(1_000 * dayMs, dayMs, 3)).toThrow(doubted)
  })
})
