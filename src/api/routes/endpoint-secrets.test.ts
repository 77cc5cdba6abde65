import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let api: TestApi
let at = ''

beforeAll(async () => {
  api = await startApi()
  await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })
})
afterAll(() => api[Symbol.asyncDispose]())

async function newEndpoint(body: object = {}): Promise<string> {
  const made = await api.ask('POST', '/api/v1/app/target/endpoint', {
    body: { url: 'https://a.example/', ...body },
  })
  expect(made.status).toBe(201)
  return `/api/v1/app/target/endpoint/${made.json.id}`
}

beforeEach(async () => {
  at = await newEndpoint()
})

describe('the headers of an endpoint', () => {
  const shown = async () => (await api.ask('GET', `${at}/headers`)).json
  const write = async (method: 'PUT' | 'PATCH', body: object) =>
    await api.ask(method, `${at}/headers`, { body })

  test('are none at first', async () => {
    expect(await shown()).toEqual({ headers: {}, sensitive: [] })
  })

  test('are shown in the letters they were given in, the sensitive by name alone', async () => {
    expect(
      (await write('PUT', { headers: { 'X-Team': 'a', AUTHORIZATION: 'Bearer b', 'x-api-key': 'c' } }))
        .status,
    ).toBe(204)
    const { text, json } = await api.ask('GET', `${at}/headers`)
    expect(json).toEqual({ headers: { 'X-Team': 'a' }, sensitive: ['AUTHORIZATION', 'x-api-key'] })
    expect(text).not.toMatch(/Bearer b|"c"/)
  })

  test('are replaced by PUT', async () => {
    await write('PUT', { headers: { 'X-A': '1', 'X-B': '2' } })
    await write('PUT', { headers: { 'x-b': '3' } })
    expect(await shown()).toEqual({ headers: { 'x-b': '3' }, sensitive: [] })
  })

  test('are merged by PATCH, which takes away what is null or listed, in any letters', async () => {
    await write('PUT', { headers: { 'X-A': '1', 'X-B': '2', 'X-C': '3', Authorization: 'd' } })
    expect(
      (await write('PATCH', { headers: { 'x-a': null, 'X-D': '4', 'x-c': '5' }, deleteHeaders: ['x-B'] }))
        .status,
    ).toBe(204)
    expect(await shown()).toEqual({ headers: { 'x-c': '5', 'X-D': '4' }, sensitive: ['Authorization'] })
  })

  test('stay as they are where one of them cannot be set', async () => {
    await write('PUT', { headers: { 'X-A': '1' } })
    const refused = await write('PATCH', { headers: { 'X-A': '2', 'Content-Length': '7', 'Svix-Id': 'x' } })
    expect(refused.status).toBe(422)
    expect(refused.json.detail.map(({ loc }: { readonly loc: readonly string[] }) => loc.at(-1))).toEqual([
      'Content-Length',
      'Svix-Id',
    ])
    expect(await shown()).toEqual({ headers: { 'X-A': '1' }, sensitive: [] })
  })
})

describe('the secret of an endpoint', () => {
  const key = async (): Promise<string> => (await api.ask('GET', `${at}/secret`)).json.key
  const rotate = (body?: object, headers: Readonly<Record<string, string>> = {}) =>
    api.ask('POST', `${at}/secret/rotate`, { headers, ...(body === undefined ? {} : { body }) })

  test('is made where none is given, another for each endpoint', async () => {
    const first = await key()
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{32,}=*$/)
    at = await newEndpoint()
    expect(await key()).not.toBe(first)
  })

  test('is the one that is given', async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    at = await newEndpoint({ secret })
    expect(await key()).toBe(secret)
  })

  test('is rotated to a new one, or to the one that is given', async () => {
    const first = await key()
    expect((await rotate()).status).toBe(204)
    const second = await key()
    expect(second).not.toBe(first)
    const given = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
    expect((await rotate({ key: given })).status).toBe(204)
    expect(await key()).toBe(given)
  })

  test('of the asymmetric kind stays of its kind and shows its public half alone', async () => {
    const seedAndPublic = Buffer.from(
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      'hex',
    )
    at = await newEndpoint({ secret: `whsk_${seedAndPublic.toString('base64')}` })
    expect(await key()).toBe(`whpk_${seedAndPublic.subarray(32).toString('base64')}`)
    await rotate()
    expect(await key()).toMatch(/^whpk_/)
    expect(await key()).not.toBe(`whpk_${seedAndPublic.subarray(32).toString('base64')}`)
  })

  test('cannot be rotated while ten old ones sign, but without a grace period it can', async () => {
    for (let n = 0; n < 10; n++) expect((await rotate()).status).toBe(204)
    const before = await key()
    expect(await rotate()).toMatchObject({ status: 400, json: { code: 'limit_reached' } })
    expect(await key()).toBe(before)
    expect((await rotate({ gracePeriodSeconds: 0 })).status).toBe(204)
    expect(await key()).not.toBe(before)
  })

  test.each([
    { gracePeriodSeconds: -1 },
    { gracePeriodSeconds: 604_801 },
    { key: 'whsec_short' },
    { key: 7 },
  ])('is not rotated by %j', async (body) => {
    const before = await key()
    const { status, json } = await rotate(body)
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['body', Object.keys(body)[0]])
    expect(await key()).toBe(before)
  })

  test('is rotated once by a request that is sent twice', async () => {
    const headers = { 'idempotency-key': `rotate ${at}` }
    await rotate({}, headers)
    const once = await key()
    expect((await rotate({}, headers)).status).toBe(204)
    expect(await key()).toBe(once)
    expect(await rotate({ gracePeriodSeconds: 0 }, headers)).toMatchObject({
      status: 409,
      json: { code: 'idempotency_key_reused' },
    })
  })
})
