import { describe, expect, test } from 'vitest'
import { liveSearch } from '../../../portal/src/pages/live/live-search.ts'
import { type LiveRow, maxRows, rowOf, withRows } from '../../../portal/src/pages/live/live-rows.ts'
import type { Attempt, Destination } from '../../../portal/src/pages/messages/message-queries.ts'
import { causesOf, refreshAfter } from '../../../portal/src/pages/messages/deliveries/standing.ts'
import { countOfMore, messagesSearch } from '../../../portal/src/pages/messages/messages-search.ts'
import { isObject, publishBody } from '../../../portal/src/pages/messages/publish/publish-body.ts'
import { sizeWords } from '../../../portal/src/lib/sizes.ts'

describe('what an address asks for', () => {
  test('is taken where it is well-formed and left out where it is not', () => {
    expect(
      messagesSearch({ types: ['a', 1], channel: 5, tag: '', after: '2026-01-01T00:00:00Z', before: 'soon' }),
    ).toEqual({
      types: ['a'],
      channel: '5',
      tag: undefined,
      after: '2026-01-01T00:00:00Z',
      before: undefined,
    })
    expect(messagesSearch({ types: 'a' }).types).toBeUndefined()
    expect(countOfMore(messagesSearch({ types: ['a'], channel: 'c', tag: 't' }))).toBe(2)
    expect(liveSearch({ kind: 'attempt', types: [] })).toEqual({ kind: 'attempt', types: undefined })
    expect(liveSearch({ kind: 'other' }).kind).toBeUndefined()
  })
})

describe('a message that is published by hand', () => {
  test('keeps the text of its payload', () => {
    const draft = { eventType: 'a"b', payload: '{"n": 1.0, "n": 2}', eventId: '', channels: [] }
    expect(publishBody(draft)).toBe('{"eventType":"a\\"b","payload":{"n": 1.0, "n": 2}}')
    expect(publishBody({ ...draft, eventId: 'e', channels: ['c'] })).toBe(
      '{"eventType":"a\\"b","eventId":"e","channels":["c"],"payload":{"n": 1.0, "n": 2}}',
    )
  })

  test.each(['[]', '1', 'null', '{', '{},"eventType":"b"', ''])('has no payload like %s', (text) => {
    expect(isObject(text)).toBe(false)
  })
})

describe('how a message stands', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const standing = (part: Partial<Destination>) => part as Destination

  test('is looked at again as soon as something may have happened', () => {
    expect(refreshAfter([standing({ statusText: 'success' }), standing({ statusText: 'fail' })], now)).toBe(
      false,
    )
    expect(refreshAfter([standing({ statusText: 'sending' })], now)).toBe(1_000)
    const pending = (nextAttempt: string, disabled = false) =>
      refreshAfter([standing({ statusText: 'pending', nextAttempt, disabled })], now)
    expect(pending('2026-01-01T00:00:05Z')).toBe(1_000)
    expect(pending('2026-01-01T05:00:00Z')).toBe(10_000)
    expect(pending('2026-01-01T00:00:05Z', true)).toBe(10_000)
  })

  test('tells first attempts, retries and those by hand apart', () => {
    const attempts = [1, 0, 1, 0].map((triggerType) => ({ triggerType }) as Attempt)
    expect(causesOf(attempts, true)).toEqual(['manual', 'retry', 'manual', 'first'])
    expect(causesOf(attempts, false)).toEqual(['manual', 'retry', 'manual', 'scheduled'])
  })
})

describe('live rows', () => {
  const row = (id: string): LiveRow => ({
    kind: 'message',
    id,
    messageId: id,
    timestamp: '',
    eventType: 'a',
    attempt: null,
  })

  test('stand newest on top, each once, and no more than fit', () => {
    const rows = withRows([row('1')], [row('2'), row('1'), row('3')])
    expect(rows.map(({ id }) => id)).toEqual(['3', '2', '1'])
    const many = Array.from({ length: maxRows + 10 }, (_, at) => row(`n${at}`))
    const kept = withRows(rows, many)
    expect(kept).toHaveLength(maxRows)
    expect(kept[0]?.id).toBe(`n${maxRows + 9}`)
  })

  test('are made of what the stream tells, and of nothing else', () => {
    const told = (type: string, data: string) => rowOf({ type, data, id: '1' }, () => 'order.paid')
    expect(told('message', '{"id":"msg_1","eventType":"a","timestamp":"t"}')).toMatchObject({
      id: 'msg_1',
      eventType: 'a',
    })
    expect(
      told('attempt', '{"id":"atmpt_1","msgId":"msg_1","status":0,"statusText":"success"}'),
    ).toMatchObject({
      messageId: 'msg_1',
      eventType: 'order.paid',
    })
    expect(told('other', '{}')).toBeNull()
    expect(told('message', 'no json')).toBeNull()
  })
})

test.each([
  [812, '812 B'],
  [64_000, '64 kB'],
  [1_234_567, '1.2 MB'],
])('%i bytes are %s', (bytes, words) => {
  expect(sizeWords(bytes, 'en')).toBe(words)
})
