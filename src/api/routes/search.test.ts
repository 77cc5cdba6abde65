import { signApplicationToken } from '../tokens.ts'
import { organisation } from '#test/support/start-app.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

let api: TestApi
const ids = { app: '', other: '', endpoint: '', message: '', source: '' }

beforeAll(async () => {
  api = await startApi()
  const create = async (path: string, body: object): Promise<string> =>
    (await api.ask('POST', path, { body })).json.id
  ids.app = await create('/api/v1/app', { name: 'Blue Yonder', uid: 'blue' })
  ids.other = await create('/api/v1/app', { name: 'Green Yonder', uid: 'green' })
  ids.endpoint = await create('/api/v1/app/blue/endpoint', { url: 'https://yonder.example/in', uid: 'main' })
  await create('/api/v1/app/green/endpoint', { url: 'https://green.example/in' })
  await api.ask('POST', '/api/v1/event-type', { body: { name: 'yonder.seen', description: 'Seen' } })
  ids.message = await create('/api/v1/app/blue/msg', { eventType: 'a.b', payload: {}, eventId: 'first' })
  ids.source = await create('/ingest/api/v1/source', { name: 'Yonder repository', type: 'generic-webhook' })
})
afterAll(() => api[Symbol.asyncDispose]())

const search = (query: string, token?: string) =>
  api.ask('GET', `/api/v1/search?${query}`, token === undefined ? {} : { token })

async function portal(appId: string): Promise<string> {
  const claims = { expiresInSeconds: 600, capabilities: null, featureFlags: [], sessionId: null }
  return await signApplicationToken(api.jwtKeys, { orgId: organisation, appId, ...claims }, Date.now())
}

test('a word finds what holds it, by kind, with what a row of results needs', async () => {
  const { status, json } = await search('q=yonder')
  const createdAt = expect.any(String)
  expect(status).toBe(200)
  expect(json).toEqual({
    applications: [
      // What a source takes in is held by an application of its own.
      { id: expect.any(String), uid: ids.source, name: 'Yonder repository', createdAt },
      { id: ids.other, uid: 'green', name: 'Green Yonder', createdAt },
      { id: ids.app, uid: 'blue', name: 'Blue Yonder', createdAt },
    ],
    endpoints: [
      {
        id: ids.endpoint,
        uid: 'main',
        appId: ids.app,
        appName: 'Blue Yonder',
        appUid: 'blue',
        url: 'https://yonder.example/in',
        description: '',
        disabled: false,
        failingSince: null,
        createdAt,
      },
    ],
    messages: [],
    attempts: [],
    eventTypes: [{ name: 'yonder.seen', description: 'Seen', archived: false, deprecated: false, createdAt }],
    sources: [
      {
        id: ids.source,
        uid: null,
        name: 'Yonder repository',
        type: 'generic-webhook',
        appId: expect.any(String),
        createdAt,
      },
    ],
  })
})

test('an id and an event id find their message', async () => {
  for (const q of [ids.message, 'first']) {
    const { json } = await search(`q=${q}`)
    expect(json.messages).toEqual([
      { id: ids.message, appId: ids.app, eventType: 'a.b', eventId: 'first', createdAt: expect.any(String) },
    ])
  }
})

test('with an application only what is of it is found', async () => {
  const { json } = await search('q=yonder&app_id=green')
  expect(json.applications).toHaveLength(1)
  expect(json.endpoints).toEqual([])
  expect((await search(`q=${ids.message}&app_id=green`)).json.messages).toEqual([])
  expect((await search(`q=${ids.message}&app_id=blue`)).json.messages).toHaveLength(1)
  expect((await search('q=yonder&app_id=nobody')).status).toBe(404)
})

test('a portal token finds what is of its application, and no source', async () => {
  const { json } = await search('q=yonder', await portal(ids.other))
  expect(json).toMatchObject({ endpoints: [], messages: [], sources: [] })
  expect(json.applications).toMatchObject([{ id: ids.other }])
  expect(json.eventTypes).toMatchObject([{ name: 'yonder.seen' }])
  expect((await search(`q=${ids.message}`, await portal(ids.other))).json.messages).toEqual([])
  expect((await search(`q=${ids.message}`, await portal(ids.app))).json.messages).toHaveLength(1)
  expect((await search('q=yonder&app_id=blue', await portal(ids.other))).status).toBe(404)
})

test.each([
  ['nothing to look for', '', 'q'],
  ['one letter', 'q=a', 'q'],
  ['spaces', 'q=%20%20%20', 'q'],
  ['too long a text', `q=${'a'.repeat(257)}`, 'q'],
  ['no results', 'q=yonder&limit=0', 'limit'],
  ['too many results', 'q=yonder&limit=21', 'limit'],
])('%s is refused', async (_, query, field) => {
  const { status, json } = await search(query)
  expect(status).toBe(422)
  expect(json.detail[0].loc).toEqual(['query', field])
})
