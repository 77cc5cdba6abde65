import { expect, test } from 'vitest'
import { newId } from '#core/ids.ts'
import { idInstant } from '../../../portal/src/lib/id-instant.ts'
import {
  exampleChoices,
  examplesOf,
  isSendable,
} from '../../../portal/src/pages/endpoints/replay/examples.ts'
import { filterOf, firstValues, periodOf } from '../../../portal/src/pages/endpoints/replay/replay-values.ts'
import type { EventType } from '../../../portal/src/api/event-types.ts'

const now = Date.parse('2026-03-04T05:06:07.008Z')

test('a period ends now, or where it is said', () => {
  expect(periodOf({ ...firstValues, period: 'hour' }, now)).toEqual({ since: '2026-03-04T04:06:07.008Z' })
  expect(periodOf({ ...firstValues, period: 'week' }, now)).toEqual({ since: '2026-02-25T05:06:07.008Z' })
  const exact = { ...firstValues, period: 'exact', since: '2026-03-01T00:00:00.000Z' } as const
  expect(periodOf(exact, now)).toEqual({ since: '2026-03-01T00:00:00.000Z' })
  expect(periodOf({ ...exact, until: '2026-03-02T00:00:00.000Z' }, now)).toEqual({
    since: '2026-03-01T00:00:00.000Z',
    until: '2026-03-02T00:00:00.000Z',
  })
  expect(periodOf({ ...exact, since: undefined }, now)).toBeNull()
})

test('a filter holds only what was chosen', () => {
  expect(filterOf(firstValues)).toEqual({})
  expect(filterOf({ eventTypes: ['a'], status: 'success' })).toEqual({ eventTypes: ['a'], status: 0 })
  expect(filterOf({ eventTypes: [], status: 'canceled' })).toEqual({ status: 4 })
})

test('an id tells when it was made, to 4 ms', () => {
  for (const at of [now, Date.parse('2014-05-13T16:53:20.004Z'), Date.parse('2040-01-01T00:00:00Z')]) {
    expect(Math.abs((idInstant(newId('qtask_', at)) ?? 0) - at)).toBeLessThan(4)
  }
  for (const none of ['', 'qtask_', 'qtask_short', `${newId('qtask_', now)}x`])
    expect(idInstant(none)).toBeNull()
})

test('the examples of the newest schema that has any are taken, as the server does', () => {
  expect(examplesOf(null)).toEqual([])
  expect(examplesOf({ '1': true })).toEqual([])
  expect(examplesOf({ '1': { example: { n: 1 } }, '2': { type: 'object' } })).toEqual([{ n: 1 }])
  expect(examplesOf({ '2': { examples: [{ n: 2 }] }, '10': { examples: [{ n: 10 }, 5] } })).toEqual([
    { n: 10 },
    5,
  ])
  expect([{}, [], null, 5, undefined].map(isSendable)).toEqual([true, false, false, false, false])
})

test('the event types of an endpoint are offered, those without an example last', () => {
  const type = (name: string, schemas: EventType['schemas'], archived = false) =>
    ({ name, schemas, archived }) as EventType
  const all = [type('a.bare', null), type('b.shown', { '1': { examples: [{}] } }), type('c.old', null, true)]
  const names = (taken: readonly string[] | null): readonly string[] =>
    exampleChoices(all, taken).map(({ name }) => name)
  expect(names(null)).toEqual(['b.shown', 'svix.ping', 'a.bare'])
  expect(names(['a.bare'])).toEqual(['svix.ping', 'a.bare'])
})
