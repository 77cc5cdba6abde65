import { settle } from '#test/support/settle.ts'
import type { Answer, Ask } from '#test/support/start-api.ts'
import { event, idsOf, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

function publish(
  appId: string,
  body: unknown,
  options: Ask & { readonly query?: string } = {},
): Promise<Answer> {
  return ask('POST', `/app/${appId}/msg/batch${options.query ?? ''}`, { ...options, body })
}

interface Result {
  readonly status: 'accepted' | 'rejected'
  readonly message?: { readonly id: string; readonly payload: unknown }
  readonly error?: { readonly code: string; readonly detail: string }
}

function resultsOf({ json }: Answer): readonly Result[] {
  return (json as { readonly data: readonly Result[] }).data
}

async function stored(appId: string): Promise<readonly string[]> {
  return idsOf(await ask('GET', `/app/${appId}/msg?limit=250`))
}

describe('a batch', () => {
  test('stores its messages in order, each with its own result', async () => {
    const appId = await scene.application()
    const messages = [1, 2, 3].map((n) => ({ eventType: 'a', payload: { n }, eventId: `e${n}` }))
    const answer = await publish(appId, { messages })
    expect(answer.status).toBe(202)
    const results = resultsOf(answer)
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted'])
    // Content is not sent back unless it is asked for.
    expect(results.map(({ message }) => message?.payload)).toEqual([{}, {}, {}])
    expect(await stored(appId)).toEqual(results.map(({ message }) => message?.id).toReversed())
  })

  test('makes the deliveries of all its messages', async () => {
    const appId = await scene.application()
    const endpoint = await scene.endpoint(appId)
    await publish(appId, { messages: Array.from({ length: 1_000 }, () => event) })
    expect(
      await settle(scene.api.storage, endpoint, { status: 'success', responseStatus: 200 }),
    ).toHaveLength(1_000)
  })

  test('keeps each payload byte for byte', async () => {
    const appId = await scene.application()
    const payloads = [
      '{"z":1,"a":12345678901234567890,"one":1.0}',
      '{"a":1,"a":2,"messages":[{"payload":{}}]}',
      '{ "é" :\n"\\u00e9🎺" }',
    ]
    const messages = payloads.map((payload) => ` { "payload" : ${payload} , "eventType":"a" } `)
    const answer = await publish(appId, `{"atomic":false, "messages" : [${messages.join(',')}] }`, {
      query: '?with_content=true',
    })
    const ids = resultsOf(answer).map(({ message }) => message?.id ?? '')
    const found = await scene.api.storage.findMessages(appId, ids)
    expect(found.map(({ payload }) => payload)).toEqual(payloads)
    for (const payload of payloads) expect(answer.text).toContain(`"payload":${payload}`)
  })

  test('lets a bad message fail alone, whatever is wrong with it', async () => {
    const appId = await scene.application()
    await scene.publish(appId, { eventId: 'taken' })
    const answer = await publish(appId, {
      messages: [
        event,
        { eventType: 'not an event type', payload: {} },
        { ...event, eventId: 'taken' },
        { eventType: 'a' },
        { ...event, eventId: 'twice' },
        { ...event, eventId: 'twice' },
        { ...event, payload: { x: 'x'.repeat(1_048_576) } },
        { ...event, deliverAt: '2999-01-01T00:00:00Z' },
        'no message',
        event,
      ],
    })
    expect(answer.status).toBe(202)
    expect(resultsOf(answer).map(({ error }) => error?.code ?? 'accepted')).toEqual([
      'accepted',
      'validation_error',
      'conflict',
      'validation_error',
      'accepted',
      'conflict',
      'payload_too_large',
      'validation_error',
      'validation_error',
      'accepted',
    ])
    expect(resultsOf(answer)[3]?.error?.detail).toContain('body.messages.3.payload')
    expect(await stored(appId)).toHaveLength(4)
  })

  test('refuses a message alone that names its payload twice', async () => {
    const appId = await scene.application()
    const answer = await publish(
      appId,
      '{"messages":[{"eventType":"a","payload":{},"payload":{}},{"eventType":"a","payload":{}}]}',
    )
    expect(resultsOf(answer).map(({ status }) => status)).toEqual(['rejected', 'accepted'])
  })

  test.each([
    ['no messages', {}, 'messages'],
    ['an empty list', { messages: [] }, 'messages'],
    ['1,001 messages', { messages: Array.from({ length: 1_001 }, () => event) }, 'messages'],
    ['a word for atomic', { messages: [event], atomic: 'yes' }, 'atomic'],
  ])('with %s is refused as a whole', async (_, body, field) => {
    const appId = await scene.application()
    const { status, json } = await publish(appId, body)
    expect({ status, loc: json.detail[0].loc }).toEqual({ status: 422, loc: ['body', field] })
    expect(await stored(appId)).toEqual([])
  })

  test('to an unknown application is a 404', async () => {
    expect((await publish('nobody', { messages: [event] })).status).toBe(404)
  })

  test('may be longer than one message may be, up to 16 MiB', async () => {
    const appId = await scene.application()
    const large = { ...event, payload: { x: 'x'.repeat(1_000_000) } }
    const answer = await publish(appId, { messages: Array.from({ length: 16 }, () => large) })
    expect(resultsOf(answer).every(({ status }) => status === 'accepted')).toBe(true)
    expect((await publish(appId, { messages: Array.from({ length: 17 }, () => large) })).status).toBe(413)
  })

  test('creates the application that one of its messages describes', async () => {
    const described = { ...event, application: { name: 'Born', uid: 'batch-born' } }
    expect((await publish('batch-born', { messages: [event, described] })).status).toBe(202)
    expect((await ask('GET', '/app/batch-born')).json.name).toBe('Born')
    const { status, json } = await publish('batch-unborn', { messages: [event, described] })
    expect({ status, detail: json.detail[0] }).toMatchObject({
      status: 422,
      detail: { loc: ['body', 'messages', '1', 'application', 'uid'], type: 'application_uid_mismatch' },
    })
  })

  test('of an application that may publish no more is a 429', async () => {
    const appId = await scene.application({ throttleRate: 3 })
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await publish(appId, { messages: [event, event, event] }))
    expect(answers.map(({ status }) => status)).toContain(429)
    const accepted = answers.filter(({ status }) => status === 202)
    expect(await stored(appId)).toHaveLength(accepted.length * 3)
  })
})

describe('an atomic batch', () => {
  test('stores all its messages', async () => {
    const appId = await scene.application()
    const answer = await publish(appId, { messages: [event, event], atomic: true })
    expect(resultsOf(answer).map(({ status }) => status)).toEqual(['accepted', 'accepted'])
    expect(await stored(appId)).toHaveLength(2)
  })

  test.each([
    ['is not valid', [event, { eventType: 'a' }], 422, 'messages'],
    ['is too large', [event, { ...event, payload: { x: 'x'.repeat(1_048_576) } }], 413, 'messages.1'],
    ['has an eventId that is taken', [event, { ...event, eventId: 'taken' }], 409, 'messages.1'],
    [
      'has an eventId that comes twice',
      [
        { ...event, eventId: 'twice' },
        { ...event, eventId: 'twice' },
      ],
      409,
      'messages.1',
    ],
  ])('stores nothing where one of its messages %s, and says which', async (_, messages, status, words) => {
    const appId = await scene.application()
    const endpoint = await scene.endpoint(appId)
    await scene.publish(appId, { eventId: 'taken' })
    const answer = await publish(appId, { messages, atomic: true })
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.json.detail)).toContain(words)
    expect(await stored(appId)).toHaveLength(1)
    expect(
      await settle(scene.api.storage, endpoint, { status: 'success', responseStatus: 200 }),
    ).toHaveLength(1)
  })

  test('names every message that is not valid', async () => {
    const messages = [{ eventType: 'a' }, event, { payload: {} }]
    const { json } = await publish(await scene.application(), { messages, atomic: true })
    expect(json.detail.map(({ loc }: { loc: string[] }) => loc.join('.'))).toEqual([
      'body.messages.0.payload',
      'body.messages.2.eventType',
    ])
  })
})

describe('an Idempotency-Key on a batch', () => {
  const headers = { 'idempotency-key': 'batch' }

  test('gives the first results again, refusals included', async () => {
    const appId = await scene.application()
    await scene.publish(appId, { eventId: 'taken' })
    const messages = [event, { eventType: 'a' }, { ...event, eventId: 'taken' }, event]
    const first = await publish(appId, { messages }, { headers })
    expect(resultsOf(first).map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'rejected',
      'accepted',
    ])
    const again = await publish(appId, { messages }, { headers })
    expect(again.json).toEqual(first.json)
    expect(await stored(appId)).toHaveLength(3)
    expect((await publish(appId, { messages: [event] }, { headers })).status).toBe(409)
  })
})
