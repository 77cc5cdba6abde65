import { signOrganisationToken } from './tokens.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
  await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })
})
afterAll(() => api[Symbol.asyncDispose]())

const creations = [
  ['an application', '/api/v1/app', { name: 'New' }, 'id'],
  ['an endpoint', '/api/v1/app/target/endpoint', { url: 'https://a.example/' }, 'id'],
  ['an event type', '/api/v1/event-type', { name: 'new.type', description: '' }, 'name'],
  ['a message', '/api/v1/app/target/msg', { eventType: 'a.b', payload: { n: 1 } }, 'id'],
] as const

describe.each(creations)('a request that creates %s', (what, path, body, key) => {
  const post = (idempotencyKey: string, given: object = body, token = api.token) =>
    api.ask('POST', path, { token, body: given, headers: { 'idempotency-key': idempotencyKey } })
  const first = `first ${what}`

  test('and is sent again with its key is answered the same and creates nothing more', async () => {
    const answers = await Promise.all([post(first), post(first), post(first)])
    expect(new Set(answers.map(({ status }) => status)).size).toBe(1)
    expect(answers[0]?.status).toBeLessThan(300)
    expect(new Set(answers.map(({ json }) => json[key])).size).toBe(1)
    const later = await post(first)
    expect(later.json).toEqual(answers[0]?.json)
    const { json } = await api.ask('GET', `${path}?limit=250`)
    expect(
      json.data.filter((each: Readonly<Record<string, unknown>>) => each[key] === later.json[key]),
    ).toHaveLength(1)
  })

  test('is refused where the key stood for another body', async () => {
    const other = await post(first, { ...body, metadata: { other: 'yes' }, groupName: 'other' })
    expect(other).toMatchObject({ status: 409, json: { code: 'idempotency_key_reused' } })
  })

  test('keeps its key apart from that of another path or organisation', async () => {
    const token = await signOrganisationToken(api.jwtKeys, 'org_other', Date.now())
    await api.ask('POST', '/api/v1/app', { token, body: { name: 'Target', uid: 'target' } })
    const elsewhere = await post(first, body, token)
    expect(elsewhere.status).toBeLessThan(300)
    const { json } = await api.ask('GET', `${path}?limit=250`, { token })
    const found = json.data.map((each: Readonly<Record<string, unknown>>) => each[key])
    expect(found).toContain(elsewhere.json[key])
  })
})

test('a request that was refused may be sent again with its key', async () => {
  const headers = { 'idempotency-key': 'refused' }
  await api.ask('POST', '/api/v1/app', { body: { name: 'Taken', uid: 'taken' } })
  const body = { name: 'Mine', uid: 'taken' }
  expect((await api.ask('POST', '/api/v1/app', { body, headers })).status).toBe(409)
  await api.ask('DELETE', '/api/v1/app/taken')
  expect((await api.ask('POST', '/api/v1/app', { body, headers })).status).toBe(201)
})

test.each(['', 'x'.repeat(257)])('a key of the wrong length is refused', async (key) => {
  const { status, json } = await api.ask('POST', '/api/v1/app', {
    body: { name: 'x' },
    headers: { 'idempotency-key': key },
  })
  expect(status).toBe(422)
  expect(json.detail[0].loc).toEqual(['header', 'idempotency-key'])
})
