import * as fc from 'fast-check'
import { settle } from '#test/support/settle.ts'
import type { Answer } from '#test/support/start-api.ts'
import { event, idsOf, queried, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signOrganisationToken } from '../tokens.ts'

const dayMs = 86_400_000
let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)
const application: Scene['application'] = (more) => scene.application(more)
const endpoint: Scene['endpoint'] = (appId, more) => scene.endpoint(appId, more)
const publish: Scene['publish'] = (appId, more) => scene.publish(appId, more)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('publishing', () => {
  test('answers what was stored, in the shape of a message', async () => {
    const appId = await application()
    const deliverAt = new Date(Date.now() + dayMs).toISOString()
    const body = { ...event, eventId: 'e-1', channels: ['north'], tags: ['a/b'], deliverAt }
    const { status, json } = await ask('POST', `/app/${appId}/msg`, { body })
    expect(status).toBe(202)
    expect(json).toEqual({ ...body, id: json.id, timestamp: json.timestamp })
    expect(json.id).toMatch(/^msg_[0-9A-Za-z]{27}$/)
    for (const ref of [json.id, 'e-1']) {
      expect((await ask('GET', `/app/${appId}/msg/${ref}`)).json).toEqual(json)
    }
  })

  test('stores the payload byte for byte, and shows it so, whatever it holds', async () => {
    const appId = await application()
    const payload = fc.oneof(
      fc.object({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
      fc.constantFrom(
        '{"z":1,"a":12345678901234567890,"one":1.0}',
        '{"a":1,"a":2,"payload":3,"payload":4}',
        '{ "é" :\t"\\u00e9🎺\\ud83d" ,\n"\\\\":"\\"}" }',
        '{"__proto__":{"x":1}}',
      ),
    )
    await fc.assert(
      fc.asyncProperty(payload, fc.boolean(), async (text, isFirst) => {
        const parts = [`"payload" : ${text} `, '"eventType":"bytes"']
        const body = `{${(isFirst ? parts : parts.toReversed()).join(',')}}`
        const created = await ask('POST', `/app/${appId}/msg`, { body })
        expect(created.status).toBe(202)
        const [stored] = await scene.api.storage.findMessages(appId, [created.json.id])
        expect(stored?.payload).toBe(text)
        const shown = await ask('GET', `/app/${appId}/msg/${created.json.id}`)
        const listed = await ask('GET', `/app/${appId}/msg?limit=1`)
        for (const answer of [created, shown, listed]) expect(answer.text).toContain(`"payload":${text}`)
      }),
      { numRuns: 40 },
    )
  })

  test('shows an empty payload where content is not asked for', async () => {
    const appId = await application()
    const created = await ask('POST', `/app/${appId}/msg?with_content=false`, { body: event })
    expect(created.json.payload).toEqual({})
    expect((await ask('GET', `/app/${appId}/msg/${created.json.id}`)).json.payload).toEqual({ n: 1 })
    const withoutContent = await ask('GET', `/app/${appId}/msg/${created.json.id}?with_content=false`)
    expect(withoutContent.json.payload).toEqual({})
  })

  test('shows a raw text that is no JSON without breaking the list it is in', async () => {
    const appId = await application()
    await publish(appId)
    const body = {
      eventType: 'raw',
      payload: {},
      transformationsParams: { rawPayload: '<a>', headers: { 'content-type': 'application/xml' } },
    }
    const created = await ask('POST', `/app/${appId}/msg`, { body })
    const { data } = (await ask('GET', `/app/${appId}/msg`)).json
    expect(data.map(({ payload }: { payload: unknown }) => payload)).toEqual([
      { rawPayload: '<a>' },
      { n: 1 },
    ])
    expect(created.json).toEqual(data[0])
    const [stored] = await scene.api.storage.findMessages(appId, [created.json.id])
    expect(stored).toMatchObject({ payload: '<a>', contentType: 'application/xml' })
  })

  test('to an unknown application is a 404, and to one of another organisation, too', async () => {
    const unknown = await ask('POST', '/app/nobody/msg', { body: event })
    expect(unknown).toMatchObject({ status: 404, json: { code: 'not_found' } })
    const token = await signOrganisationToken(scene.api.jwtKeys, 'org_other', Date.now())
    const appId = await application()
    expect((await ask('POST', `/app/${appId}/msg`, { body: event, token })).status).toBe(404)
    expect((await ask('GET', `/app/${appId}/msg`)).json.data).toEqual([])
  })

  test('an eventId a second time is a conflict, and its message stays alone', async () => {
    const appId = await application()
    const id = await publish(appId, { eventId: 'once' })
    const again = await ask('POST', `/app/${appId}/msg`, { body: { ...event, eventId: 'once' } })
    expect(again).toMatchObject({ status: 409, json: { code: 'conflict' } })
    expect((await ask('GET', `/app/${appId}/msg`)).json.data).toMatchObject([{ id }])
    await publish(await application(), { eventId: 'once' })
  })

  test('beyond what the application may is a 429 that says when to come back', async () => {
    const appId = await application({ throttleRate: 2 })
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await ask('POST', `/app/${appId}/msg`, { body: event }))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    for (const { headers, json } of refused) {
      expect(json.code).toBe('throttled')
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    }
  })

  test.each([
    ['in the past, is due now', -dayMs, false],
    ['within 90 days, waits', 89 * dayMs, true],
  ])('with deliverAt %s', async (_, ahead, isKept) => {
    const appId = await application()
    const target = await endpoint(appId)
    await publish(appId, { deliverAt: new Date(Date.now() + ahead).toISOString() })
    expect(await settle(scene.api.storage, target, { status: 'success', responseStatus: 200 })).toHaveLength(
      isKept ? 0 : 1,
    )
  })

  test('with deliverAt beyond 90 days is refused by name', async () => {
    const deliverAt = new Date(Date.now() + 91 * dayMs).toISOString()
    const { status, json } = await ask('POST', `/app/${await application()}/msg`, {
      body: { ...event, deliverAt },
    })
    expect({ status, loc: json.detail[0].loc }).toEqual({ status: 422, loc: ['body', 'deliverAt'] })
  })

  test('beyond the payload’s limit is a 413, counted in bytes of the payload alone', async () => {
    const path = `/app/${await application()}/msg`
    const of = (bytes: number) => `{"eventType":"a","payload":{"x":"${'x'.repeat(bytes - 8)}"}}`
    expect((await ask('POST', path, { body: of(1_048_576) })).status).toBe(202)
    const refused = await ask('POST', path, { body: of(1_048_577) })
    expect(refused).toMatchObject({ status: 413, json: { code: 'payload_too_large' } })
  })
})

describe('publishing with an application', () => {
  const described = { application: { name: 'Born', uid: 'born', metadata: { plan: 'pro' } } }

  test('creates it where it is missing, once', async () => {
    const first = await publish('born', described)
    const second = await publish('born', { application: { name: 'Other', uid: 'born' } })
    const { json } = await ask('GET', '/app/born')
    expect(json).toMatchObject({ name: 'Born', uid: 'born', metadata: { plan: 'pro' } })
    expect(idsOf(await ask('GET', '/app/born/msg'))).toEqual([second, first])
  })

  test.each([
    [{ name: 'No uid' }, 'application_uid_missing'],
    [{ name: 'Other', uid: 'other' }, 'application_uid_mismatch'],
  ])('is refused where it is missing and described as %j', async (given, type) => {
    const { status, json } = await ask('POST', '/app/unborn/msg', { body: { ...event, application: given } })
    expect(status).toBe(422)
    expect(json.detail).toEqual([
      { loc: ['body', 'application', 'uid'], msg: expect.any(String) as string, type },
    ])
    expect((await ask('GET', '/app/unborn')).status).toBe(404)
  })

  test('is refused for a uid in the form of an id', async () => {
    const uid = 'app_mine'
    const { status, json } = await ask('POST', `/app/${uid}/msg`, {
      body: { ...event, application: { name: 'A', uid } },
    })
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['body', 'application', 'uid'])
  })

  test('minds nothing of the description where the application exists', async () => {
    const appId = await application({ uid: 'there' })
    for (const given of [{ name: 'No uid' }, { name: 'Other', uid: 'other' }, { name: 'A', uid: 'there' }]) {
      for (const ref of [appId, 'there']) await publish(ref, { application: given })
    }
    expect((await ask('GET', '/app/other')).status).toBe(404)
  })
})

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } })

  test('gives the first answer again, with or without content', async () => {
    const appId = await application()
    const first = await ask('POST', `/app/${appId}/msg`, { body: event, ...keyed('k') })
    const again = await ask('POST', `/app/${appId}/msg`, { body: event, ...keyed('k') })
    expect(again.json).toEqual(first.json)
    const path = `/app/${appId}/msg?with_content=false`
    const bare = await ask('POST', path, { body: event, ...keyed('bare') })
    expect((await ask('POST', path, { body: event, ...keyed('bare') })).json).toEqual(bare.json)
    expect((await ask('GET', `/app/${appId}/msg`)).json.data).toHaveLength(2)
  })

  test('holds when its requests come at once', async () => {
    const appId = await application()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask('POST', `/app/${appId}/msg`, { body: event, ...keyed('burst') })),
    )
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
    expect((await ask('GET', `/app/${appId}/msg`)).json.data).toHaveLength(1)
  })

  test('is refused for another body, and free again where nothing came of the first', async () => {
    const appId = await application()
    await publish(appId, { eventId: 'taken' })
    const taken = { ...event, eventId: 'taken' }
    expect((await ask('POST', `/app/${appId}/msg`, { body: taken, ...keyed('k2') })).status).toBe(409)
    expect((await ask('POST', `/app/${appId}/msg`, { body: event, ...keyed('k2') })).status).toBe(202)
    const reused = await ask('POST', `/app/${appId}/msg`, { body: taken, ...keyed('k2') })
    expect(reused).toMatchObject({ status: 409, json: { code: 'idempotency_key_reused' } })
  })
})

describe('the list of messages', () => {
  test('goes from the newest to the oldest and back, by pages', async () => {
    const appId = await application()
    const ids: string[] = []
    for (let n = 0; n < 7; n++) ids.unshift(await publish(appId))
    const page = (query: string): Promise<Answer> => ask('GET', `/app/${appId}/msg?limit=3${query}`)
    const first = await page('')
    const second = await page(`&iterator=${first.json.iterator}`)
    const third = await page(`&iterator=${second.json.iterator}`)
    const pages = [first, second, third]
    expect(pages.flatMap(idsOf)).toEqual(ids)
    expect(pages.map(({ json }) => json.done)).toEqual([false, false, true])
    expect(idsOf(await page(`&iterator=${third.json.prevIterator}`))).toEqual(idsOf(second))
    expect(idsOf(await page(`&iterator=${second.json.prevIterator}`))).toEqual(idsOf(first))
    expect(idsOf(await page(`&iterator=${first.json.prevIterator}`))).toEqual([])
    expect((await ask('GET', `/app/${appId}/msg?iterator=msg_nowhere`)).status).toBe(422)
  })

  test('holds what the filters take, and nothing of another application', async () => {
    const appId = await application()
    const a = await publish(appId, { eventType: 'a', channels: ['c1', 'c2'], tags: ['t1'] })
    const b = await publish(appId, { eventType: 'b', channels: ['c2'] })
    const c = await publish(appId, { eventType: 'c', tags: ['t1', 't2'] })
    await publish(await application(), { eventType: 'a', channels: ['c1'], tags: ['t1'] })
    const list = async (query: string) => {
      const answer = await ask('GET', `/app/${appId}/msg?${query}`)
      return answer.status === 200 ? idsOf(answer) : answer.status
    }
    expect(await list('')).toEqual([c, b, a])
    expect(await list('channel=c2')).toEqual([b, a])
    expect(await list('tag=t1')).toEqual([c, a])
    for (const types of [
      'event_types=a,b',
      'event_types=a&event_types=b',
      'event_types[]=a&event_types[]=b',
      'event_types%5B0%5D=a&event_types%5B1%5D=b',
    ])
      expect(await list(types)).toEqual([b, a])
    const { createdAt } = (await scene.api.storage.findMessage(appId, b, false)) ?? { createdAt: 0 }
    expect(await list(`before=${queried(createdAt - 60_000)}`)).toEqual([])
    expect(await list(`after=${queried(createdAt + 60_000)}`)).toEqual([])
    expect(await list(`after=${queried(createdAt - 60_000)}&before=${queried(createdAt + 60_000)}`)).toEqual([
      c,
      b,
      a,
    ])
    expect(await list('before=yesterday')).toBe(422)
    expect(await list('limit=251')).toBe(422)
  })
})

describe('a message’s payload', () => {
  test('is gone once it is expunged, and the message says so', async () => {
    const appId = await application()
    const id = await publish(appId, { eventId: 'gone' })
    expect((await ask('DELETE', `/app/${appId}/msg/gone/content`)).status).toBe(204)
    expect((await ask('GET', `/app/${appId}/msg/${id}`)).json.payload).toEqual({ expired: true })
    expect((await ask('GET', `/app/${appId}/msg`)).json.data[0].payload).toEqual({ expired: true })
    expect((await ask('GET', `/app/${appId}/msg/${id}/raw`)).json).toEqual({
      payload: '',
      contentType: 'application/json',
      encoding: 'utf8',
      expired: true,
    })
    expect((await ask('DELETE', `/app/${appId}/msg/nothing/content`)).status).toBe(404)
    expect((await ask('GET', `/app/${appId}/msg/nothing`)).status).toBe(404)
  })

  test('is answered byte for byte where it is asked for raw', async () => {
    const appId = await application()
    const text = '{ "b": 9007199254740993,\t"a": "\\u00e9", "a": 1.0 }'
    const published = await ask('POST', `/app/${appId}/msg`, {
      body: `{"eventType":"invoice.paid","payload":${text}}`,
    })
    expect(published.status).toBe(202)
    expect((await ask('GET', `/app/${appId}/msg/${published.json.id}/raw`)).json).toEqual({
      payload: text,
      contentType: 'application/json',
      encoding: 'utf8',
      expired: false,
    })
    expect((await ask('GET', `/app/${appId}/msg/nothing/raw`)).status).toBe(404)
  })

  test.each([
    [{}, 90 * dayMs],
    [{ payloadRetentionPeriod: 1 }, dayMs],
    [{ payloadRetentionHours: 3 }, 3 * 3_600_000],
  ])('is kept as %j asks', async (retention, keptForMs) => {
    const appId = await application()
    const id = await publish(appId, retention)
    const { createdAt, payloadExpiresAt } = (await scene.api.storage.findMessage(appId, id, false)) ?? {
      createdAt: 0,
      payloadExpiresAt: 0,
    }
    expect(payloadExpiresAt - createdAt).toBe(keptForMs)
  })
})

test('the precheck tells whether any endpoint would take such a message', async () => {
  const appId = await application()
  await ask('POST', '/event-type', { body: { name: 'wanted', description: 'Wanted' } })
  const precheck = async (body: object) =>
    (await ask('POST', `/app/${appId}/msg/precheck/active`, { body })).json.active
  expect(await precheck({ eventType: 'wanted' })).toBe(false)
  await endpoint(appId, { eventTypes: ['wanted'], channels: ['north'] })
  expect(await precheck({ eventType: 'wanted' })).toBe(false)
  expect(await precheck({ eventType: 'wanted', channels: ['south', 'north'] })).toBe(true)
  expect(await precheck({ eventType: 'other', channels: ['north'] })).toBe(false)
})
