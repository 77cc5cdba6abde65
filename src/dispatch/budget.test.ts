import { expect, test } from 'vitest'
import { Budget } from './budget.ts'
import type { Standing } from './lane.ts'

function taken(budget: Budget, standing: Standing): number {
  let count = 0
  for (; budget.allows(standing); count++) budget.take(standing)
  return count
}

test('lanes that are not proven fill three quarters, and proven ones find a place beside them', () => {
  const budget = new Budget(1_000)
  expect(taken(budget, 'unproven')).toBe(750)
  expect(taken(budget, 'proven')).toBe(250)
})

test('attempts that turn troubled by age make no room for more of their kind', () => {
  const budget = new Budget(1_000)
  let begun = 0
  // As if a thousand dead endpoints were tried in waves, each wave hanging.
  for (let wave = 0; wave < 5; wave++) {
    const count = taken(budget, 'unproven')
    budget.move(count, 'unproven', 'troubled')
    begun += count
  }
  expect(begun).toBe(750)
  expect(budget.allows('proven')).toBe(true)
})

test('known troubled lanes fill a quarter, and new ones find a place beside them', () => {
  const budget = new Budget(1_000)
  expect(taken(budget, 'troubled')).toBe(250)
  expect(taken(budget, 'unproven')).toBe(500)
})

test('verbose lanes fill a quarter beside the troubled ones', () => {
  const budget = new Budget(1_000)
  expect(taken(budget, 'troubled')).toBe(250)
  expect(taken(budget, 'verbose')).toBe(250)
  expect(taken(budget, 'unproven')).toBe(250)
})

test('proven lanes leave a tenth', () => {
  const budget = new Budget(1_000)
  expect(taken(budget, 'proven')).toBe(900)
  expect(taken(budget, 'unproven')).toBe(100)
  budget.give('proven')
  expect(budget.allows('unproven')).toBe(true)
})
