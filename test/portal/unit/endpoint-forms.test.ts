import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseWaits, writeWaits } from '../../../portal/src/lib/waits.ts'
import { allEndpointsSearch, endpointSearch } from '../../../portal/src/pages/endpoints/endpoints-search.ts'
import { inSteps } from '../../../portal/src/pages/endpoints/overview/attempt-steps.ts'
import { anyAnswer, ruleOf, ruleValuesOf } from '../../../portal/src/pages/endpoints/success-rule.ts'

describe('waits', () => {
  test('are read in the units of both languages', () => {
    expect(parseWaits('5 s, 5min, 2 h, 1 day')).toEqual([5, 300, 7_200, 86_400])
    expect(parseWaits('5 秒，5分钟、2小时, 1天')).toEqual([5, 300, 7_200, 86_400])
    expect(parseWaits('0.5, 30')).toEqual([0.5, 30])
    expect(parseWaits(' ')).toEqual([])
  })

  test('are refused where a part of them is none', () => {
    for (const text of ['soon', '5 parsecs', '-5 s', '5 s, s']) expect(parseWaits(text), text).toBeNull()
  })

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_592_000 }), { maxLength: 10 }), (waits) => {
        expect(parseWaits(writeWaits(waits))).toEqual(waits)
      }),
    )
  })
})

describe('a success rule', () => {
  test('comes back from its form as it was', () => {
    const scalar = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('true', '12', 'null', '"quoted"', ''),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    const rule = fc.oneof(
      fc.constant(null),
      fc.record({
        statusCodes: fc.array(fc.integer({ min: 100, max: 599 }), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ body: fc.record({ contains: fc.string({ minLength: 1 }) }) }),
      fc.record({ body: fc.record({ pointer: fc.constant('/status'), equals: scalar }) }),
    )
    fc.assert(
      fc.property(rule, (given) => {
        expect(ruleOf(ruleValuesOf(given))).toEqual(given)
      }),
    )
  })

  test('is none where every answer will do', () => {
    expect(ruleOf(anyAnswer)).toBeNull()
  })
})

describe('the address', () => {
  test('is taken over as far as it makes sense', () => {
    const given = {
      tab: 'deliveries',
      days: 7,
      status: 'fail',
      types: ['a.b', 3],
      after: '2026-07-03T10:00:00Z',
      before: 'tomorrow',
      attempt: 12,
      isNew: 'yes',
    }
    expect(endpointSearch(given)).toEqual({
      tab: 'deliveries',
      days: 7,
      status: 'fail',
      types: ['a.b'],
      after: '2026-07-03T10:00:00Z',
      attempt: '12',
    })
    expect(endpointSearch({ tab: 'nowhere', days: 3, types: 'a' })).toEqual({})
    expect(allEndpointsSearch({ state: 'failing', q: 'acme' })).toEqual({ state: 'failing', q: 'acme' })
    expect(allEndpointsSearch({ state: 'lost', q: '' })).toEqual({})
  })
})

describe('hours in steps', () => {
  test('lose no count, and begin at whole parts of the day', () => {
    const hours = Array.from({ length: 50 }, (_, at) => ({
      at: new Date(Date.UTC(2026, 6, 1, at)).toISOString(),
      success: at,
      failure: 1,
      canceled: 0,
    }))
    for (const hoursPerStep of [1, 6, 24]) {
      const { instants, success, failure } = inSteps(hours, hoursPerStep)
      expect(success.reduce((sum, count) => sum + count, 0)).toBe((49 * 50) / 2)
      expect(failure.reduce((sum, count) => sum + count, 0)).toBe(50)
      expect(instants).toEqual(instants.toSorted((one, other) => one - other))
      for (const at of instants) expect(new Date(at).getHours() % hoursPerStep).toBe(0)
    }
  })
})
