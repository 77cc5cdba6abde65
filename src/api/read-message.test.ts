import * as fc from 'fast-check'
import { Rejected } from '#core/errors.ts'
import { describe, expect, test } from 'vitest'
import { readMessage } from './read-message.ts'
import { messageIn } from './schemas/message.ts'

const name = fc.stringMatching(/^[a-zA-Z0-9\-_.]{1,20}$/)
const channel = fc.stringMatching(/^[a-zA-Z0-9\-_.:+]{1,20}$/)
const tag = fc.stringMatching(/^[a-zA-Z0-9\-_./\\#]{1,20}$/)
const instant = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
  fc.constantFrom('2026-03-01T00:00:00+02:00', '2024-02-29T23:59:59.123456Z'),
)

const rightFields = {
  eventType: name,
  payload: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
  eventId: fc.option(name),
  channels: fc.option(fc.uniqueArray(channel, { minLength: 1, maxLength: 10 })),
  tags: fc.option(fc.uniqueArray(tag, { maxLength: 5 })),
  deliverAt: fc.option(instant),
  payloadRetentionPeriod: fc.option(fc.integer({ min: 1, max: 90 })),
  payloadRetentionHours: fc.option(fc.integer({ min: 1, max: 2_160 })),
  application: fc.option(
    fc.record(
      {
        name: fc.string({ minLength: 1, maxLength: 20 }),
        uid: fc.option(name),
        throttleRate: fc.option(fc.integer({ min: 1, max: 65_535 })),
        metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
      },
      { requiredKeys: ['name'] },
    ),
  ),
  transformationsParams: fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })),
} as const

const right = fc.record(rightFields, { requiredKeys: ['eventType', 'payload'] })

const wrong = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    'a b',
    'a\n',
    'x'.repeat(257),
    'x'.repeat(129),
    0,
    91,
    2_161,
    1.5,
    '2026-02-30T00:00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00',
    [],
    ['a', 'a'],
    ['a', ''],
    Array.from({ length: 11 }, (_, n) => `c${n}`),
    { name: '' },
    { name: 'a', uid: 'not a uid' },
    { name: 'a', throttleRate: 0 },
    { name: 'a', metadata: { a: 1 } },
  ),
)

/** A message that is right but for one field, if that. */
const nearly = fc
  .tuple(right, fc.constantFrom(...Object.keys(rightFields)), wrong)
  .map(([message, field, value]): unknown => ({ ...message, [field]: value }))

function outcome(read: () => unknown): 'right' | readonly string[] {
  try {
    read()
    return 'right'
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.problems.map(({ loc }) => loc.join('.'))
  }
}

describe('a message that is published', () => {
  test('is right for the fast reader exactly where it is for the schema', () => {
    fc.assert(
      fc.property(fc.oneof({ arbitrary: nearly, weight: 9 }, fc.jsonValue()), (value) => {
        const { success } = messageIn.safeParse(structuredClone(value))
        const found = outcome(() => readMessage(value, ['body']))
        expect(found === 'right').toBe(success)
      }),
      { numRuns: 2_000 },
    )
  })

  test('that is right is taken as it is, without being read by the schema', () => {
    fc.assert(
      fc.property(right, (value) => {
        expect(readMessage(value, ['body'])).toBe(value)
      }),
    )
  })

  test('that names __proto__ changes no prototype', () => {
    const value: unknown = JSON.parse('{"eventType":"a","payload":{"__proto__":{"x":1}},"__proto__":{"y":1}}')
    expect(readMessage(value, ['body'])).toBe(value)
    expect(({} as { x?: number; y?: number }).x ?? ({} as { y?: number }).y).toBeUndefined()
  })

  test.each([
    ['its event type', { payload: {} }, ['body.eventType']],
    ['its payload', { eventType: 'a' }, ['body.payload']],
    ['a payload that is an array', { eventType: 'a', payload: [] }, ['body.payload']],
    [
      'two fields, each once',
      { eventType: 'a', payload: {}, eventId: 5, channels: [] },
      ['body.eventId', 'body.channels'],
    ],
    ['an item', { eventType: 'a', payload: {}, channels: ['fine', 'not fine'] }, ['body.channels.1']],
    [
      'a key with a slash',
      { eventType: 'a', payload: {}, application: { name: 'A', metadata: { 'a/b': 1 } } },
      ['body.application.metadata.a/b'],
    ],
    ['what is no object', 'text', ['body']],
    ['null', null, ['body']],
  ])('is refused by the place of %s', (_, value, places) => {
    expect(outcome(() => readMessage(value, ['body']))).toEqual(places)
  })

  test('is refused by its own place in a batch', () => {
    const places = outcome(() => readMessage({ eventType: 'a b', payload: {} }, ['body', 'messages', '7']))
    expect(places).toEqual(['body.messages.7.eventType'])
  })

  test('with very many faults is refused by the first hundred', () => {
    const metadata = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n]))
    const value = { eventType: 'a', payload: {}, application: { name: 'A', metadata } }
    const places = outcome(() => readMessage(value, ['body']))
    expect(places).toHaveLength(100)
  })
})
