import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventParser, type StreamEvent } from '../../../portal/src/lib/event-stream.ts'

function eventsOf(pieces: readonly string[]): readonly StreamEvent[] {
  const parse = eventParser()
  return pieces.flatMap((piece) => parse(piece))
}

const stream =
  ': heartbeat\n\nid: 1\nevent: message\ndata: {"id":1}\n\nevent: attempt\r\ndata: a\r\ndata: b\r\nid: 2\r\n\r\ndata:no space\n\n'

describe('a stream of events', () => {
  test('gives types, data and ids, and no comment', () => {
    expect(eventsOf([stream])).toEqual([
      { type: 'message', data: '{"id":1}', id: '1' },
      { type: 'attempt', data: 'a\nb', id: '2' },
      { type: 'message', data: 'no space', id: '2' },
    ])
  })

  test('gives the same events however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), stream.length]
        const pieces = places.slice(1).map((end, at) => stream.slice(places[at], end))
        expect(eventsOf(pieces)).toEqual(eventsOf([stream]))
      }),
    )
  })

  test('gives no event that is not complete', () => {
    expect(eventsOf(['data: a\n'])).toEqual([])
  })

  test('ends where an event would fill the memory', () => {
    const parse = eventParser()
    expect(() => {
      for (let piece = 0; piece < 200; piece++) parse('x'.repeat(10_000))
    }).toThrow('too large')
  })
})
