import { expect, test } from 'vitest'
import { Backlog } from './backlog.ts'

test('what waits for more than a second is a backlog', () => {
  const backlog = new Backlog()
  backlog.isLeft(9_500, 10_000)
  expect(backlog.exists).toBe(false)
  backlog.isLeft(8_999, 10_000)
  expect(backlog.exists).toBe(true)
  backlog.isLeft(null, 10_100)
  expect(backlog.exists).toBe(false)
})

test('a lane that falls behind what it is still sent goes faster until it catches up', () => {
  const backlog = new Backlog()
  const paces: number[] = []
  for (let second = 0; second < 8; second++) {
    const now = 100_000 + second * 1_000
    backlog.grows(now, now)
    // For four seconds nothing of the lag is made up, then two seconds of it each second.
    const lagMs = second < 4 ? 10_000 : 10_000 - (second - 3) * 2_000
    backlog.isLeft(now - lagMs, now)
    paces.push(backlog.pace)
  }
  expect(paces).toEqual([1, 2, 4, 8, 8, 8, 8, 8])
  backlog.isLeft(null, 109_000)
  expect(backlog.pace).toBe(1)
})

test('an old backlog that nothing is added to goes out at its ease, however long it takes', () => {
  const backlog = new Backlog()
  for (let second = 0; second < 20; second++) {
    backlog.grows(0, 10_000_000)
    backlog.isLeft(0, 10_000_000 + second * 1_000)
    expect(backlog.pace).toBe(1)
  }
})
