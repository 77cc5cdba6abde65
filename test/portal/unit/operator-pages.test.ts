import { expect, test } from 'vitest'
import { frameOf, linkInput } from '../../../portal/src/pages/access/link-input.ts'
import { entriesOf, isRepeated, metadataOf } from '../../../portal/src/pages/applications/metadata-entries.ts'
import { overviewSearch } from '../../../portal/src/pages/overview/range.ts'
import { summaryOf } from '../../../portal/src/pages/overview/summary.ts'

const step = {
  at: '2026-01-01T00:00:00Z',
  messages: 0,
  deliveries: 0,
  delivered: 0,
  exhausted: 0,
  retried: 0,
  pending: null,
  latencyMs: null,
  durationMs: null,
}

test('a period is summed up, with the newest of what cannot be summed', () => {
  const latencyMs = { p50: 2, p90: 3, p99: 4 }
  expect(
    summaryOf([
      {
        ...step,
        messages: 2,
        deliveries: 4,
        delivered: 3,
        latencyMs: { p50: 9, p90: 9, p99: 9 },
        pending: 5,
      },
      { ...step, messages: 1, deliveries: 1, exhausted: 1, retried: 2, latencyMs, pending: 0 },
      step,
    ]),
  ).toEqual({
    messages: 3,
    deliveries: 5,
    delivered: 3,
    exhausted: 1,
    failing: 0.5,
    latency: latencyMs,
    pending: 0,
  })
  expect(summaryOf([step])).toMatchObject({ failing: null, latency: null, pending: null })
})

test('a link that may not do all is always one that may look', () => {
  const values = { expiry: 'hour', chosen: ['CreateAttempts'], sessionId: ' ' } as const
  expect(linkInput({ ...values, allowed: 'all' })).toEqual({ expiry: 3_600 })
  expect(linkInput({ ...values, allowed: 'look' })).toEqual({ expiry: 3_600, capabilities: ['ViewBase'] })
  expect(linkInput({ ...values, allowed: 'chosen', sessionId: 's' })).toEqual({
    expiry: 3_600,
    capabilities: ['ViewBase', 'CreateAttempts'],
    sessionId: 's',
  })
})

test('an address cannot leave the attribute that it stands in', () => {
  expect(frameOf('https://a.example/?x="><script>&y', 'Webhooks')).toContain(
    'src="https://a.example/?x=&quot;><script>&amp;y"',
  )
})

test('metadata goes through its rows unchanged, and a name may stand there once', () => {
  const metadata = { plan: 'gold', '': 'lost' }
  expect(metadataOf(entriesOf(metadata))).toEqual({ plan: 'gold' })
  const rows = [
    { name: 'a', text: '1' },
    { name: 'a', text: '2' },
    { name: '', text: '' },
    { name: '', text: '' },
  ]
  expect(rows.map((_, index) => isRepeated(rows, index))).toEqual([false, true, false, false])
})

test('an unknown range counts as none', () => {
  expect(overviewSearch({ range: '24h' })).toEqual({ range: '24h' })
  expect(overviewSearch({ range: 'ever' })).toEqual({})
})
