import { CloudEvent, HTTP } from 'cloudevents'
import { describe, expect, test } from 'vitest'
import { fakeTools, now, settingsFor } from '#test/support/inbound-senders.ts'
import { type InboundRequest, verify } from './verify.ts'

const { settings } = settingsFor('cloudevents')
const [token = ''] = settings.secrets

function request(
  type: string,
  body: string | Uint8Array,
  headers: InboundRequest['headers'] = [],
): InboundRequest {
  return {
    method: 'POST',
    url: 'https://in.example.com/in/abc',
    headers: [['Authorization', `Bearer ${token}`], ['content-type', type], ...headers],
    body: Buffer.from(body),
    receivedAt: now,
  }
}

const judge = (each: InboundRequest) => verify(each, settings, fakeTools())
const event = (id: string, more = '') =>
  `{"specversion":"1.0","type":"order.paid","source":"/shop","id":"${id}","data":{"big":9007199254740993}${more}}`

describe('CloudEvents', () => {
  test('in structured mode are one message, as it came', async () => {
    const body = event('1')
    expect(await judge(request('application/cloudevents+json; charset=utf-8', body))).toMatchObject({
      kind: 'accepted',
      answer: { status: 202 },
      messages: [{ id: '["/shop","1"]', eventType: 'order.paid', body: Buffer.from(body) }],
    })
  })

  test('in binary mode may hold any bytes', async () => {
    const body = Buffer.from([0xff, 0x00, 0x7b])
    const headers = [
      ['ce-specversion', '1.0'],
      ['Ce-Type', 'order.paid'],
      ['ce-source', '/shop'],
      ['ce-id', '1'],
    ] as const
    expect(await judge(request('application/octet-stream', body, headers))).toMatchObject({
      kind: 'accepted',
      messages: [
        { id: '["/shop","1"]', eventType: 'order.paid', body, contentType: 'application/octet-stream' },
      ],
    })
  })

  test('in a batch become a message each, with their own text', async () => {
    const texts = [event('1'), event('2', ',"x":"],[{ \\" "'), ` ${event('3')}\n`]
    const verdict = await judge(request('application/cloudevents-batch+json', `[ ${texts.join(',\r\n')} ]`))
    expect(verdict).toMatchObject({
      kind: 'accepted',
      messages: texts.map((text, index) => ({
        id: JSON.stringify(['/shop', String(index + 1)]),
        contentType: 'application/cloudevents+json',
        body: Buffer.from(text.trim()),
      })),
    })
    expect(await judge(request('application/cloudevents-batch+json', ' [ ] '))).toMatchObject({
      messages: [],
    })
  })

  test('that the official library makes are taken in each mode', async () => {
    const one = new CloudEvent({ type: 'a', source: '/b', id: 'c', data: { d: 1 } })
    for (const made of [HTTP.binary(one), HTTP.structured(one)]) {
      const headers = Object.entries(made.headers).map(([name, value]) => [name, String(value)] as const)
      const type = String(made.headers['content-type'])
      const body = String(made.body)
      expect(
        await judge(
          request(
            type,
            body,
            headers.filter(([name]) => name !== 'content-type'),
          ),
        ),
      ).toMatchObject({
        messages: [{ id: '["/b","c"]', eventType: 'a' }],
      })
    }
  })

  test.each([
    ['application/json', event('1'), 'unsupported_content_type'],
    ['application/cloudevents+xml', '<a/>', 'unsupported_content_type'],
    ['application/cloudevents+json', '{', 'unparsable_body'],
    ['application/cloudevents+json', '[]', 'unparsable_body'],
    ['application/cloudevents+json', '{"specversion":"1.0","type":"a","source":"/b"}', 'unparsable_body'],
    [
      'application/cloudevents+json',
      '{"specversion":"1.0","type":"","source":"/b","id":"1"}',
      'unparsable_body',
    ],
    ['application/cloudevents-batch+json', `[${event('1')},1]`, 'unparsable_body'],
    ['application/cloudevents-batch+json', event('1'), 'unparsable_body'],
    ['application/cloudevents-batch+json', `[${'1,'.repeat(1_000)}1]`, 'unparsable_body'],
  ])('of type %s that hold %s are refused', async (type, body, reason) => {
    expect(await judge(request(type, body))).toMatchObject({ kind: 'refused', reason })
  })

  test('may bring the token in the URL', async () => {
    const { headers, ...rest } = request('application/cloudevents+json', event('1'))
    const bare = { ...rest, headers: headers.slice(1) }
    expect((await judge({ ...bare, url: `${rest.url}?access_token=${token}` })).kind).toBe('accepted')
    expect((await judge({ ...bare, url: `${rest.url}?access_token=x` })).kind).toBe('refused')
  })
})
