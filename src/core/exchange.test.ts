import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exchangeText, maxHeaderCharacters, readExchange, sentLines, sentText } from './exchange.ts'

const none = { text: '', omitted: 0 }
const attempt = { startedAt: 1_700_000_000_999 }
const message = { id: 'msg_1', contentType: 'application/json', received: null }

/** The record of an answer, read again. */
function readBack(headers: Readonly<Record<string, string | readonly string[]>>) {
  const { answered, omittedAnswered } = readExchange(
    exchangeText(sentText('webhook', 'v1,a=', 'x', none, []), headers),
    attempt,
    message,
  )
  return { answered, omittedAnswered }
}

describe('what was sent', () => {
  test('is the signature, what is known otherwise, and what the endpoint has set, sensitive ones by name', () => {
    const own = sentLines(['X-Team', 'a: b', 'AUTHORIZATION', 'Bearer 1', 'x-empty', '', 'X-Api-Key', '2'])
    const text = sentText('webhook', 'v1,a= v1,b=', 'Posthorn/1', own, [])
    expect(text).not.toMatch(/Bearer|2$/m)
    expect(readExchange(text, attempt, message)).toEqual({
      sent: [
        ['content-type', 'application/json'],
        ['user-agent', 'Posthorn/1'],
        ['webhook-id', 'msg_1'],
        ['webhook-timestamp', '1700000000'],
        ['webhook-signature', 'v1,a= v1,b='],
        ['X-Team', 'a: b'],
        ['x-empty', ''],
      ],
      sensitive: ['AUTHORIZATION', 'X-Api-Key'],
      omittedSent: 0,
      answered: null,
      omittedAnswered: 0,
    })
  })

  test('bears the names under which it was signed', () => {
    const names = (signed: 'svix' | 'both') =>
      readExchange(sentText(signed, 'v1,a=', 'x', none, []), attempt, message).sent.map(([name]) => name)
    const ofEach = (prefix: string) => [`${prefix}-id`, `${prefix}-timestamp`, `${prefix}-signature`]
    expect(names('svix')).toEqual(['content-type', 'user-agent', ...ofEach('svix')])
    expect(names('both')).toEqual(['content-type', 'user-agent', ...ofEach('webhook'), ...ofEach('svix')])
  })

  test('holds what was received with the message, but for what the endpoint has set', () => {
    const headers = [
      ['X-Kind', 'push'],
      ['X-Team', 'theirs'],
    ] as const
    const text = sentText('webhook', 'v1,a=', 'x', sentLines(['x-team', 'ours']), ['X-Team'])
    const read = readExchange(text, attempt, { ...message, received: { headers, encoding: 'utf8' } })
    expect(read.sent.slice(5)).toEqual([
      ['X-Kind', 'push'],
      ['x-team', 'ours'],
    ])
    expect(read.sensitive).toEqual([])
    // Gone with the payload.
    expect(readExchange(text, attempt, message).sent.slice(5)).toEqual([['x-team', 'ours']])
  })

  test('is bounded: headers that do not fit are left out as a whole and counted', () => {
    const own = sentLines(['a', 'x'.repeat(4_000), 'b', 'x'.repeat(200), 'c', 'x'.repeat(80), 'd', 'x'])
    expect(own.text).toHaveLength(4_004 + 84 + 5)
    const { sent, omittedSent } = readExchange(sentText('webhook', '', 'x', own, []), attempt, message)
    expect(sent.slice(5).map(([name]) => name)).toEqual(['a', 'c', 'd'])
    expect(omittedSent).toBe(1)
  })
})

describe('what came back', () => {
  test('is kept in order, repeated names each, without cookies and sensitive values', () => {
    const headers = {
      date: 'today',
      'set-cookie': ['session=1', 'b=2'],
      'x-empty': '',
      link: ['<a>; rel="x"', '<b>'],
      'x-api-key': 'echoed',
    }
    expect(readBack(headers)).toEqual({
      answered: [
        ['date', 'today'],
        ['set-cookie', '(hidden)'],
        ['set-cookie', '(hidden)'],
        ['x-empty', ''],
        ['link', '<a>; rel="x"'],
        ['link', '<b>'],
        ['x-api-key', '(hidden)'],
      ],
      omittedAnswered: 0,
    })
    expect(readBack({})).toEqual({ answered: [], omittedAnswered: 0 })
  })

  test('is bounded: of what fills the bound all is kept, of one character more nothing', () => {
    const fits = 'x'.repeat(maxHeaderCharacters - 'a: \n'.length)
    expect(readBack({ a: fits })).toEqual({ answered: [['a', fits]], omittedAnswered: 0 })
    expect(readBack({ a: `${fits}x`, b: ['1', '2'], c: fits })).toEqual({
      answered: [
        ['b', '1'],
        ['b', '2'],
      ],
      omittedAnswered: 2,
    })
  })
})

const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,20}$/)
const value = fc.stringMatching(/^[\t\u0020-\u007e\u0080-\u00ff]{0,300}$/)

test('whatever headers there are, what is read is what was written, or it is counted as left out', () => {
  const ofAnswer = fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 4 })))
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 30 }), ofAnswer, (own, headers) => {
      const sent = sentText('both', 'v1,a=', 'Posthorn/1', sentLines(own.flat()), [])
      const read = readExchange(exchangeText(sent, headers), attempt, message)
      const given = Object.entries(headers).flatMap(([key, each]) => [each].flat().map((one) => [key, one]))
      expect(read.sent.slice(8).length + read.sensitive.length + read.omittedSent).toBe(own.length)
      expect(own).toEqual(expect.arrayContaining(read.sent.slice(8).map(([...pair]) => pair)))
      expect(read.answered?.length).toBe(given.length - read.omittedAnswered)
      const shown = given.filter(([key]) => key !== 'set-cookie' && key !== 'x-api-key')
      if (read.omittedAnswered === 0 && shown.length === given.length) expect(read.answered).toEqual(given)
    }),
  )
})
