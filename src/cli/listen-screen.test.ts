import { EventEmitter } from 'node:events'
import type { ReadStream, WriteStream } from 'node:tty'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bodyLines } from './body-text.ts'
import { ListenScreen } from './listen-screen.ts'
import type { Delivered } from './listener.ts'
import { printable } from './printable.ts'
import { type Entry, screenLines } from './screen-view.ts'

function delivered(n: number, body: Uint8Array = Buffer.from('{}')): Delivered {
  return {
    origin: { appRef: 'app', endpointRef: null },
    incoming: {
      id: `msg_${n}`,
      iterator: `${n}`,
      eventType: 'a.b',
      timestamp: '2026-01-31T12:00:00Z',
      headers: [],
      body,
    },
    url: 'http://localhost:3000/',
    answer: { kind: 'answered', status: 200, body: '', durationMs: 1 },
    againAfterMs: null,
  }
}

/** A terminal of 80 columns and 10 lines that keeps what was written to it last. */
function fakeTerminal() {
  let last = ''
  const raw: boolean[] = []
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (isRaw: boolean) => void raw.push(isRaw),
    resume() {},
    pause() {},
  }) as unknown as ReadStream
  const output = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 10,
    write: (text: string) => void (last = text),
  }) as unknown as WriteStream
  return { input, output, raw, last: () => last }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the screen', () => {
  test('keeps the newest thousand, and those whose bodies it can hold', () => {
    vi.useFakeTimers()
    const { input, output, last } = fakeTerminal()
    const signal = new AbortController().signal
    using screen = new ListenScreen({ input, output, title: 'test', quit: () => {}, signal })
    const press = (name: string): void => {
      input.emit('keypress', undefined, { name })
      vi.runAllTimers()
    }
    for (let n = 1; n <= 1_200; n++) screen.events.delivered(delivered(n))
    press('end')
    expect(last()).toContain('msg_201 ')
    expect(last()).not.toContain('msg_200 ')
    press('home')
    expect(last()).toContain('msg_1200 ')
    for (let n = 1; n <= 9; n++) screen.events.delivered(delivered(-n, Buffer.alloc(10 * 1024 * 1024)))
    press('end')
    press('home')
    expect([...last().matchAll(/msg_(-?\d+)/g)].map(([, n]) => n)).toEqual([
      '-9',
      '-8',
      '-7',
      '-6',
      '-5',
      '-4',
    ])
  })

  test('gives the terminal back once, when it is disposed or the process ends', () => {
    const { input, output, raw, last } = fakeTerminal()
    const before = process.listenerCount('exit')
    const signal = new AbortController().signal
    const screen = new ListenScreen({ input, output, title: 'test', quit: () => {}, signal })
    expect(raw).toEqual([true])
    const [restore] = process.listeners('exit').slice(before)
    restore?.(1)
    expect(last()).toContain('\u001b[?1049l')
    screen[Symbol.dispose]()
    screen.events.delivered(delivered(1))
    expect(raw).toEqual([true, false])
    expect(last()).toContain('\u001b[?1049l')
    expect(process.listenerCount('exit')).toBe(before)
  })

  test('has as many lines as the terminal, whatever came and however small it is', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '\u009b31m', '\r\n', '\u202e'),
    )
    fc.assert(
      fc.property(
        anything,
        anything,
        fc.uint8Array(),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (name, value, body, columns, rows, isOpen) => {
          const { incoming, ...rest } = delivered(1, body)
          const entry: Entry = {
            delivered: {
              ...rest,
              incoming: { ...incoming, id: value, eventType: name, headers: [[name, value]] },
              answer: { kind: 'unreachable', detail: value, durationMs: 1 },
            },
            at: 0,
            isAgain: true,
          }
          const open = isOpen ? { entry, scroll: 0 } : null
          const state = { entries: [entry], selected: 0, open, title: 'test', status: '' }
          const lines = screenLines(state, { columns, rows })
          expect(lines).toHaveLength(rows)
          for (const line of lines) {
            // Inverse and back are its own.
            expect(line.replace('\u001b[7m', '').replace('\u001b[0m', '')).not.toMatch(
              /[\p{Cc}\p{Bidi_Control}]/u,
            )
          }
        },
      ),
    )
  })
})

describe('what is shown of a body', () => {
  test('is its own JSON, indented', () => {
    const text = '{"n":1.0,"n":12345678901234567890,"e":"\\u00e9\\"{,","a":[],"o":{},"l":[1,{"x":null}]}'
    expect(bodyLines(Buffer.from(text))).toEqual([
      '{',
      '  "n": 1.0,',
      '  "n": 12345678901234567890,',
      '  "e": "\\u00e9\\"{,",',
      '  "a": [],',
      '  "o": {},',
      '  "l": [',
      '    1,',
      '    {',
      '      "x": null',
      '    }',
      '  ]',
      '}',
    ])
  })

  test('is text, or hex where it is none, and not without end', () => {
    expect(bodyLines(Buffer.from('a=1\r\nb\tc'))).toEqual(['a=1', 'b  c'])
    expect(bodyLines(Buffer.from([0, 255, 0x41]))).toEqual([`000000  00 ff 41${' '.repeat(39)}  ..A`])
    expect(bodyLines(Buffer.alloc(100_000, 'x')).at(-1)).toBe('… and 34464 bytes more')
    const nested = '['.repeat(30_000) + ']'.repeat(30_000)
    expect(bodyLines(Buffer.from(nested)).join('').length).toBeLessThan(6_000_000)
  })

  test('obeys no character, and keeps letters', () => {
    expect(printable('\u001b[31mé🎺\u0085\u2028\u202e\ud800\t')).toBe(
      String.raw`\x1b[31mé🎺\x85\u2028\u202e\ud800\t`,
    )
  })
})
