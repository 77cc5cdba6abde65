import { expect, test } from 'vitest'
import { Activity } from './activity.ts'

test('an actor is alone while no other did anything lately', () => {
  const activity = new Activity<string>()
  expect(activity.isAlone('a', 0)).toBe(true)
  activity.note('a', 1_000)
  activity.note('a', 1_001)
  expect(activity.isAlone('a', 1_002)).toBe(true)
  expect(activity.isAlone('b', 1_002)).toBe(false)
  activity.note('b', 1_100)
  activity.note('a', 1_150)
  expect(activity.isAlone('a', 1_200)).toBe(false)
  expect(activity.isAlone('a', 1_301)).toBe(true)
  expect(activity.isAlone('b', 1_301)).toBe(false)
})
