import { Rejected } from '#core/errors.ts'
import { describe, expect, test } from 'vitest'
import { newMessage } from './new-message.ts'

const now = Date.parse('2026-01-05T10:00:00Z')
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const content = { text: '{}', contentType: 'application/json' }

function message(input: Partial<Parameters<typeof newMessage>[0]>) {
  return newMessage({ eventType: 'a', ...input }, content, now, ['body'])
}

function at(instant: number): string {
  return new Date(instant).toISOString()
}

describe('a new message', () => {
  test('keeps its payload for 90 days, or as long as it says; hours count before days', () => {
    expect(message({}).payloadExpiresAt).toBe(now + 90 * dayMs)
    expect(message({ payloadRetentionPeriod: 5 }).payloadExpiresAt).toBe(now + 5 * dayMs)
    const both = message({ payloadRetentionPeriod: 5, payloadRetentionHours: 2 })
    expect(both.payloadExpiresAt).toBe(now + 2 * hourMs)
  })

  test('that is delivered later keeps its payload from then on', () => {
    const later = message({ deliverAt: at(now + dayMs), payloadRetentionHours: 1 })
    expect(later).toMatchObject({ deliverAt: now + dayMs, payloadExpiresAt: now + dayMs + hourMs })
  })

  test('whose delivery lies in the past is delivered now', () => {
    const past = message({ deliverAt: at(now - dayMs), payloadRetentionHours: 1 })
    expect(past).toMatchObject({ deliverAt: null, payloadExpiresAt: now + hourMs })
  })

  test('may be delivered up to 90 days later, and no more', () => {
    expect(message({ deliverAt: at(now + 90 * dayMs) }).deliverAt).toBe(now + 90 * dayMs)
    expect(() => message({ deliverAt: at(now + 90 * dayMs + 1) })).toThrow(Rejected)
  })

  test('without tags has none, whichever way that is said', () => {
    for (const tags of [undefined, null, []]) expect(message({ tags }).tags).toBeNull()
    expect(message({ tags: ['t'] }).tags).toEqual(['t'])
  })
})
