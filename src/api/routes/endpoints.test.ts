import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let api: TestApi
const url = 'https://customer.example/hook'

beforeAll(async () => {
  api = await startApi()
  await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })
  await api.ask('POST', '/api/v1/app', { body: { name: 'Other', uid: 'other' } })
  for (const name of ['known.type', 'other.type', 'old.type'])
    await api.ask('POST', '/api/v1/event-type', { body: { name, description: '' } })
  await api.ask('DELETE', '/api/v1/event-type/old.type')
})
afterAll(() => api[Symbol.asyncDispose]())

const create = (body: object) => api.ask('POST', '/api/v1/app/target/endpoint', { body: { url, ...body } })
const at = (ref: string) => `/api/v1/app/target/endpoint/${ref}`

describe('an endpoint', () => {
  test('that is created is shown as documented, without its secret or headers', async () => {
    const { status, json, text } = await create({
      headers: { 'X-Key': 'hidden' },
      secret: `whsec_${'A'.repeat(32)}`,
    })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.stringMatching(/^ep_[0-9A-Za-z]{27}$/) as string,
      uid: null,
      url,
      description: '',
      throttleRate: null,
      rateLimit: null,
      disabled: false,
      disabledReason: null,
      failingSince: null,
      eventTypes: null,
      filterTypes: null,
      channels: null,
      retrySchedule: null,
      successRule: null,
      metadata: {},
      createdAt: json.updatedAt,
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
    expect(text).not.toMatch(/hidden|AAAA/)
    expect((await api.ask('GET', at(json.id))).json).toEqual(json)
  })

  test('takes the older names of its fields', async () => {
    const { json } = await create({ filterTypes: ['known.type'], rateLimit: 7 })
    expect(json).toMatchObject({
      eventTypes: ['known.type'],
      filterTypes: ['known.type'],
      throttleRate: 7,
      rateLimit: 7,
    })
    const patched = await api.ask('PATCH', at(json.id), {
      body: { filterTypes: ['other.type'], rateLimit: null },
    })
    expect(patched.json).toMatchObject({ eventTypes: ['other.type'], throttleRate: null })
  })

  test('is changed by PATCH only where a field is given, and null clears', async () => {
    const all = {
      uid: 'patched',
      description: 'First',
      throttleRate: 9,
      eventTypes: ['known.type'],
      channels: ['one'],
      metadata: { a: '1' },
      retrySchedule: [0.5, 60],
      successRule: { statusCodes: [200], body: { contains: 'ok' } },
    }
    const made = await create(all)
    expect(made.json).toMatchObject(all)
    const patch = async (body: object) => (await api.ask('PATCH', at(made.json.id), { body })).json
    expect(await patch({})).toMatchObject(all)
    expect(await patch({ description: 'Second' })).toMatchObject({ ...all, description: 'Second' })
    for (const field of [
      'uid',
      'throttleRate',
      'eventTypes',
      'channels',
      'retrySchedule',
      'successRule',
    ] as const) {
      const before = (await api.ask('GET', at(made.json.id))).json
      const after = await patch({ [field]: null })
      const aliases = { eventTypes: { filterTypes: null }, throttleRate: { rateLimit: null } } as Record<
        string,
        object
      >
      expect(after).toEqual({ ...before, [field]: null, ...aliases[field], updatedAt: after.updatedAt })
    }
    expect(await patch({ eventTypes: ['known.type'], channels: ['one'] })).toMatchObject({
      channels: ['one'],
    })
    expect(await patch({ eventTypes: [], channels: [] })).toMatchObject({ eventTypes: null, channels: null })
  })

  test('is replaced by PUT as a whole, but for its secret and headers', async () => {
    const made = await create({
      uid: 'replaced',
      throttleRate: 9,
      eventTypes: ['known.type'],
      channels: ['one'],
      metadata: { a: '1' },
      retrySchedule: [1],
      successRule: { statusCodes: [200] },
      headers: { 'X-Kept': 'yes' },
    })
    const { key } = (await api.ask('GET', `${at('replaced')}/secret`)).json
    const put = await api.ask('PUT', at('replaced'), { body: { url: 'https://customer.example/new' } })
    expect(put.status).toBe(200)
    expect(put.json).toMatchObject({
      id: made.json.id,
      uid: null,
      url: 'https://customer.example/new',
      throttleRate: null,
      eventTypes: null,
      channels: null,
      metadata: {},
      retrySchedule: null,
      successRule: null,
    })
    expect((await api.ask('GET', `${at(made.json.id)}/secret`)).json.key).toBe(key)
    expect((await api.ask('GET', `${at(made.json.id)}/headers`)).json.headers).toEqual({ 'X-Kept': 'yes' })
  })

  test('is created by PUT where there is none', async () => {
    expect(await api.ask('PUT', at('fresh'), { body: { url, uid: 'fresh' } })).toMatchObject({
      status: 201,
      json: { uid: 'fresh' },
    })
    expect((await api.ask('PUT', at('fresh'), { body: { url, uid: 'fresh' } })).status).toBe(200)
  })

  test('that is disabled says by whom, and is enabled again', async () => {
    const { json } = await create({ disabled: true })
    expect(json).toMatchObject({ disabled: true, disabledReason: 'operator' })
    const patch = async (body: object) => (await api.ask('PATCH', at(json.id), { body })).json
    expect(await patch({ description: 'Still' })).toMatchObject({
      disabled: true,
      disabledReason: 'operator',
    })
    expect(await patch({ disabled: false })).toMatchObject({ disabled: false, disabledReason: null })
  })

  test('keeps its uid from others of its application alone, until it is deleted', async () => {
    const { json } = await create({ uid: 'mine' })
    expect(await create({ uid: 'mine' })).toMatchObject({ status: 409, json: { code: 'conflict' } })
    const other = await create({})
    expect((await api.ask('PATCH', at(other.json.id), { body: { uid: 'mine' } })).status).toBe(409)
    const elsewhere = await api.ask('POST', '/api/v1/app/other/endpoint', { body: { url, uid: 'mine' } })
    expect(elsewhere.status).toBe(201)
    expect((await api.ask('GET', `/api/v1/app/other/endpoint/${json.id}`)).status).toBe(404)
    expect((await api.ask('DELETE', at('mine'))).status).toBe(204)
    expect((await api.ask('GET', at(json.id))).status).toBe(404)
    expect((await create({ uid: 'mine' })).status).toBe(201)
  })

  test.each([
    ['no URL at all', { url: 'somewhere' }, 'url'],
    ['a URL of another scheme', { url: 'ftp://customer.example/' }, 'url'],
    ['a URL with a password', { url: 'https://user:password@customer.example/' }, 'url'],
    ['the address of this machine', { url: 'http://127.0.0.1/' }, 'url'],
    ['the address of this machine in other digits', { url: 'http://0x7f.1/' }, 'url'],
    ['the address of this machine in IPv6', { url: 'http://[::ffff:127.0.0.1]/' }, 'url'],
    ['the address of a cloud’s metadata', { url: 'http://169.254.169.254/latest' }, 'url'],
    ['an event type that does not exist', { eventTypes: ['known.type', 'no.type'] }, 'eventTypes'],
    ['an event type that is archived', { eventTypes: ['old.type'] }, 'eventTypes'],
    ['an event type that does not exist, by the older name', { filterTypes: ['no.type'] }, 'filterTypes'],
    ['an event type twice', { eventTypes: ['known.type', 'known.type'] }, 'eventTypes'],
    ['an empty list of event types', { eventTypes: [] }, 'eventTypes'],
    ['a channel that is no word', { channels: ['a b'] }, 'channels.0'],
    ['too many channels', { channels: Array.from({ length: 11 }, (_, n) => `c${n}`) }, 'channels'],
    ['a rate of none', { throttleRate: 0 }, 'throttleRate'],
    ['a uid in the form of an id', { uid: 'ep_mine' }, 'uid'],
    ['a secret that is too short', { secret: 'whsec_c2hvcnQ=' }, 'secret'],
    ['a secret that is a public key', { secret: `whpk_${'A'.repeat(43)}=` }, 'secret'],
    ['a header of the exchange', { headers: { Host: 'x' } }, 'headers.Host'],
    ['a header of the signature', { headers: { 'Webhook-Signature': 'v1,x' } }, 'headers.Webhook-Signature'],
    ['a header that smuggles another', { headers: { 'X-A': 'a\r\nX-B: b' } }, 'headers.X-A'],
    ['a header whose name is none', { headers: { 'X A': 'a' } }, 'headers.X A'],
    ['a wait before the past', { retrySchedule: [-1] }, 'retrySchedule.0'],
    ['a rule by a status that is none', { successRule: { statusCodes: [99] } }, 'successRule.statusCodes.0'],
    [
      'a rule by a pointer that is none',
      { successRule: { body: { pointer: 'a', equals: 1 } } },
      'successRule.body.pointer',
    ],
  ])('is refused with %s, by its place', async (_, body, field) => {
    const { status, json } = await create(body)
    expect(status).toBe(422)
    expect(json.detail.map(({ loc }: { readonly loc: readonly string[] }) => loc.join('.'))).toContain(
      `body.${field}`,
    )
  })

  test('that is refused names the event types that are missing', async () => {
    const { json } = await create({ eventTypes: ['known.type', 'no.type', 'nor.this'] })
    expect(json.detail[0].msg).toContain('no.type, nor.this')
    expect(json.detail[0].msg).not.toContain('known.type')
  })

  test('does not change where one field of a request is wrong', async () => {
    const { json } = await create({ description: 'As it was' })
    const body = { description: 'Changed', url: 'http://127.0.0.1/' }
    expect((await api.ask('PATCH', at(json.id), { body })).status).toBe(422)
    expect((await api.ask('PUT', at(json.id), { body })).status).toBe(422)
    expect((await api.ask('GET', at(json.id))).json).toEqual(json)
  })
})
