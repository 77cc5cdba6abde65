import { organisation } from '#test/support/start-app.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from '../tokens.ts'

let api: TestApi
let appId = ''

beforeAll(async () => {
  api = await startApi()
  appId = (await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })).json.id
})
afterAll(() => api[Symbol.asyncDispose]())

async function portal(body: object = {}, of = 'target'): Promise<string> {
  return (await api.ask('POST', `/api/v1/auth/app-portal-access/${of}`, { body })).json.token
}

const list = async (token: string) => (await api.ask('GET', '/api/v1/app/target/endpoint', { token })).status
const logout = async (token: string) => (await api.ask('POST', '/api/v1/auth/logout', { token })).status
const expireAll = (body?: object) =>
  api.ask('POST', '/api/v1/auth/app/target/expire-all', body === undefined ? {} : { body })

describe('app-portal-access', () => {
  test.each(['app-portal-access', 'dashboard-access'])(
    '%s gives a token without being asked for more',
    async (name) => {
      const { status, json } = await api.ask('POST', `/api/v1/auth/${name}/${appId}`)
      expect(status).toBe(200)
      const { sub, exp, iat } = decodeJwt(json.token)
      expect(sub).toBe(appId)
      expect((exp ?? 0) - (iat ?? 0)).toBe(604_800)
      expect(await list(json.token)).toBe(200)
    },
  )

  test('carries the token in the link behind the #, where no server sees it', async () => {
    const { json } = await api.ask('POST', '/api/v1/auth/app-portal-access/target')
    const { origin, pathname, search, hash } = new URL(json.url)
    expect(`${origin}${pathname}${search}`).not.toContain(json.token)
    const key = new URLSearchParams(hash.slice(1)).get('key') ?? ''
    expect(JSON.parse(Buffer.from(key, 'base64url').toString())).toMatchObject({ appId, token: json.token })
  })

  test('creates the application that it describes, once', async () => {
    const body = { application: { name: 'Made', uid: 'made' } }
    const tokens = await Promise.all([portal(body, 'made'), portal(body, 'made')])
    expect(new Set(tokens.map((token) => decodeJwt(token).sub)).size).toBe(1)
    const again = await portal({ application: { name: 'Renamed', uid: 'made' } }, 'made')
    expect((await api.ask('GET', '/api/v1/app/made', { token: again })).json.name).toBe('Made')
  })

  test.each([
    [
      'an application that is not that of the path',
      { application: { name: 'x', uid: 'other' } },
      'application.uid',
    ],
    ['an application without a uid', { application: { name: 'x' } }, 'application.uid'],
    ['a life that is too short', { expiry: 3_599 }, 'expiry'],
    ['a life that is too long', { expiry: 604_801 }, 'expiry'],
    ['a capability that is none', { capabilities: ['Root'] }, 'capabilities.0'],
    ['a session that is no word', { sessionId: 'a b' }, 'sessionId'],
  ])('refuses %s', async (_, body, field) => {
    const { status, json } = await api.ask('POST', '/api/v1/auth/app-portal-access/nobody', { body })
    expect(status).toBe(422)
    expect(json.detail[0].loc.join('.')).toBe(`body.${field}`)
  })

  test('refuses a uid in the form of an id by its place', async () => {
    const body = { application: { name: 'x', uid: 'app_x' } }
    const { status, json } = await api.ask('POST', '/api/v1/auth/app-portal-access/app_x', { body })
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['body', 'application', 'uid'])
  })

  test('of an application that is missing is 404', async () => {
    expect((await api.ask('POST', '/api/v1/auth/app-portal-access/nobody')).status).toBe(404)
  })

  test('read-only gives a token that changes nothing and sees no secret', async () => {
    const token = await portal({ readOnly: true })
    expect(await list(token)).toBe(200)
    const { json } = await api.ask('POST', '/api/v1/app/target/endpoint', {
      body: { url: 'https://a.example/' },
    })
    const at = `/api/v1/app/target/endpoint/${json.id}`
    expect((await api.ask('GET', `${at}/secret`, { token })).status).toBe(403)
    expect((await api.ask('PATCH', at, { token, body: {} })).status).toBe(403)
    expect((await api.ask('DELETE', at, { token })).status).toBe(403)
    expect((await api.ask('POST', `${at}/secret/rotate`, { token })).status).toBe(403)
    expect((await api.ask('GET', at)).status).toBe(200)
  })
})

describe('a token that logs out', () => {
  test('ends, and leaves those of others alone', async () => {
    const [own, other, session] = await Promise.all([
      portal(),
      portal({ readOnly: true }),
      portal({ sessionId: 'eve' }),
    ])
    expect(await logout(own)).toBe(204)
    expect(await list(own)).toBe(401)
    expect(await list(other)).toBe(200)
    expect(await list(session)).toBe(200)
  })

  test('takes the older tokens of its session with it', async () => {
    const older = await portal({ sessionId: 'ada' })
    const own = await portal({ sessionId: 'ada' })
    expect(await logout(own)).toBe(204)
    expect(await list(older)).toBe(401)
    expect(await list(own)).toBe(401)
  })

  test('needs no capability for it', async () => {
    const token = await portal({ capabilities: ['ManageEndpoint'] })
    expect(await logout(token)).toBe(204)
    expect(await logout(token)).toBe(401)
  })

  test('of an organisation is told how such a token ends', async () => {
    expect((await api.ask('POST', '/api/v1/auth/logout')).status).toBe(422)
  })
})

describe('expire-all', () => {
  test('ends all tokens made until now, and none of another application', async () => {
    await api.ask('POST', '/api/v1/app', { body: { name: 'Other', uid: 'other' } })
    const other = await portal({}, 'other')
    const tokens = await Promise.all([portal(), portal({ sessionId: 'one' })])
    // Tokens of the millisecond of the expiry are not older than it.
    const issuedAt = tokens.map((token) => decodeJwt(token)['iat_ms'] as number)
    while (Date.now() <= Math.max(...issuedAt)) await new Promise(setImmediate)
    expect((await expireAll()).status).toBe(204)
    for (const token of tokens) expect(await list(token)).toBe(401)
    expect(await list(await portal())).toBe(200)
    expect((await api.ask('GET', '/api/v1/app/other/endpoint', { token: other })).status).toBe(200)
  })

  test('of sessions ends theirs alone', async () => {
    const [one, two, none] = await Promise.all([
      portal({ sessionId: 's1' }),
      portal({ sessionId: 's2' }),
      portal(),
    ])
    const issuedAt = [one, two, none].map((token) => decodeJwt(token)['iat_ms'] as number)
    while (Date.now() <= Math.max(...issuedAt)) await new Promise(setImmediate)
    await expireAll({ sessionIds: ['s1'] })
    expect(await list(one)).toBe(401)
    expect(await list(two)).toBe(200)
    expect(await list(none)).toBe(200)
  })

  test('with a term lets tokens live until then', async () => {
    const token = await portal()
    expect((await expireAll({ expiry: 3_600 })).status).toBe(204)
    expect(await list(token)).toBe(200)
  })
})

describe('whoami', () => {
  const whoami = (token?: string) =>
    api.ask('GET', '/api/v1/auth/whoami', token === undefined ? {} : { token })

  test('says of an organisation’s token that it may do all', async () => {
    const { status, json } = await whoami()
    expect(status).toBe(200)
    expect(json).toEqual({
      envId: organisation,
      appId: null,
      streamAppId: null,
      permissionSource: 'SvixJwt',
      sessionId: null,
      capabilities: [...capabilities],
      readOnly: false,
      featureFlags: null,
    })
  })

  test('says what a portal token is for and what it may do', async () => {
    const token = await portal({
      capabilities: ['ViewBase', 'CreateAttempts'],
      featureFlags: ['beta'],
      sessionId: 'user_1',
    })
    expect((await whoami(token)).json).toMatchObject({
      envId: organisation,
      appId,
      sessionId: 'user_1',
      capabilities: ['ViewBase', 'CreateAttempts'],
      readOnly: false,
      featureFlags: ['beta'],
    })
  })

  test('says of a token that only looks that it does, and names no session that it has not', async () => {
    const { json } = await whoami(await portal({ readOnly: true }))
    expect(json).toMatchObject({
      capabilities: ['ViewBase'],
      readOnly: true,
      sessionId: null,
      featureFlags: [],
    })
  })

  test('is refused to a token that was ended', async () => {
    const token = await portal()
    await logout(token)
    expect((await whoami(token)).status).toBe(401)
  })
})
