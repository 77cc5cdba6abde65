import { afterFailure, afterSuccess } from '#core/circuit-breaker.ts'
import type { Delivery } from '#core/delivery.ts'
import { expect, test } from 'vitest'
import { Lane } from './lane.ts'

const now = 1_800_000_000_000

function laneWithOne(startedAt: number): Lane {
  const lane = new Lane('app_1', 'ep_1', now)
  lane.underway.add({ delivery: {} as Delivery, startedAt, isCanceled: false })
  return lane
}

test('a lane is unproven until its endpoint has answered well', () => {
  const lane = new Lane('app_1', 'ep_1', now)
  expect(lane.standingNow(now)).toBe('unproven')
  lane.isProven = true
  expect(lane.standingNow(now)).toBe('proven')
})

test('a lane is verbose while its answers are too long, however well it does else', () => {
  const lane = new Lane('app_1', 'ep_1', now)
  lane.isProven = true
  lane.isAnswerCut = true
  expect(lane.standingNow(now)).toBe('verbose')
})

test('a lane is troubled while what it has under way is old, and what it was before once that has ended', () => {
  const lane = laneWithOne(now - 1_001)
  expect(lane.standingNow(now)).toBe('troubled')
  lane.standing = 'troubled'
  lane.underway.clear()
  // It hung and timed out: nothing of that proves it.
  lane.circuit = afterFailure(lane.circuit, now)
  expect(lane.standingNow(now)).toBe('unproven')
})

test('a lane is troubled from its third failure in a row until a success', () => {
  const lane = new Lane('app_1', 'ep_1', now)
  lane.isProven = true
  for (const expected of ['proven', 'proven', 'troubled']) {
    lane.circuit = afterFailure(lane.circuit, now)
    expect(lane.standingNow(now)).toBe(expected)
  }
  lane.circuit = afterSuccess()
  expect(lane.standingNow(now)).toBe('proven')
})
