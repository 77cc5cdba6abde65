import { StoreUnavailable } from '#core/errors.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let api: TestApi
/** What the store does instead, by verb. */
const instead = new Map<string, () => never>()

beforeAll(async () => {
  api = await startApi({
    wrapStorage: (storage) =>
      new Proxy(storage, {
        get(target, name, receiver) {
          return instead.get(String(name)) ?? (Reflect.get(target, name, receiver) as unknown)
        },
      }),
  })
  await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })
})
afterAll(() => api[Symbol.asyncDispose]())

describe('a body', () => {
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    api.ask('POST', '/api/v1/app', { body, headers })

  test.each([
    ['that is broken', '{"name":', ['body'], 'value_error.jsondecode'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), ['body'], 'value_error.jsondecode'],
    ['that begins with a byte order mark', '\uFEFF{"name":"x"}', ['body'], 'value_error.jsondecode'],
    ['that is missing', undefined, ['body'], 'value_error.missing'],
    ['that is empty', '', ['body'], 'value_error.missing'],
    ['that is an array', [], ['body'], 'type_error'],
    ['that is null', 'null', ['body'], 'type_error'],
    ['that lacks a field', {}, ['body', 'name'], 'type_error'],
    ['with a field of another type', { name: 7 }, ['body', 'name'], 'type_error'],
    [
      'with a wrong value deep inside',
      { name: 'x', metadata: { plan: 1 } },
      ['body', 'metadata', 'plan'],
      'type_error',
    ],
    [
      'with a number beyond its bound',
      { name: 'x', throttleRate: 0 },
      ['body', 'throttleRate'],
      'value_error.too_small',
    ],
    ['with a uid that is no word', { name: 'x', uid: 'a b' }, ['body', 'uid'], 'value_error'],
    ['with a uid in the form of an id', { name: 'x', uid: 'app_x' }, ['body', 'uid'], 'value_error'],
  ])('%s is refused by the exact place', async (_, body, loc, type) => {
    const answer = await post(body)
    expect(answer.status).toBe(422)
    expect(answer.json.detail).toEqual([{ loc, msg: expect.any(String) as string, type }])
  })

  test('with several wrong fields names each', async () => {
    const { json } = await post({ uid: '', throttleRate: 1.5, metadata: [] })
    expect(
      json.detail.map(({ loc }: { readonly loc: readonly string[] }) => loc.join('.')).toSorted(),
    ).toEqual(['body.metadata', 'body.name', 'body.throttleRate', 'body.uid', 'body.uid'])
  })

  test('whose keys would change an object’s prototype does no harm', async () => {
    const { status, json } = await post(
      '{"name":"x","__proto__":{"throttleRate":7},"metadata":{"__proto__":"y","constructor":"z"}}',
    )
    expect(status).toBe(201)
    expect(json.throttleRate).toBeNull()
    expect(Object.keys(json.metadata)).not.toContain('__proto__')
    expect(json.metadata).toEqual({ constructor: 'z' })
    expect(({} as Record<string, unknown>)['throttleRate']).toBeUndefined()
  })

  test('of another content type, or of none, is answered by 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      const answer = await post('{"name":"x"}', { 'content-type': type })
      expect(answer).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } })
    }
    expect((await post('{"name":"x"}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      201,
    )
  })

  test('that is too large is answered by 413', async () => {
    const answer = await post({ name: 'x'.repeat(1_200_000) })
    expect(answer).toMatchObject({ status: 413, json: { code: 'payload_too_large' } })
  })

  test('is looked at only after the token', async () => {
    for (const body of ['{"name":', 'x'.repeat(1_200_000), Buffer.from([0xff])]) {
      const answer = await api.ask('POST', '/api/v1/app', { token: null, body })
      expect(answer).toMatchObject({ status: 401, json: { code: 'authentication_failed' } })
    }
  })
})

describe('a query', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=251', 'limit'],
    ['limit=many', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['order=sideways', 'order'],
    ['iterator=BAD-$$$ITERATOR', 'iterator'],
    ['iterator=app_nowhere', 'iterator'],
    ['exclude_apps_with_no_endpoints=perhaps', 'exclude_apps_with_no_endpoints'],
  ])('%s is refused by name', async (query, name) => {
    const { status, json } = await api.ask('GET', `/api/v1/app?${query}`)
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['query', name])
  })

  test('that nobody knows changes nothing', async () => {
    const plain = await api.ask('GET', '/api/v1/app')
    for (const query of [
      'unknown=1',
      '__proto__=1',
      '__proto__[]=1',
      'constructor=1&constructor=2',
      '=',
      '&&',
    ])
      expect((await api.ask('GET', `/api/v1/app?${query}`)).text).toBe(plain.text)
  })

  test.each([
    'event_types=a.b,c',
    'event_types=a.b&event_types=c',
    'event_types[]=a.b&event_types[]=c',
    'event_types[0]=a.b&event_types[1]=c',
  ])('%s is a list of two', async (query) => {
    for (const eventType of ['a.b', 'c', 'd'])
      await api.ask('POST', '/api/v1/app/target/msg', { body: { eventType, payload: {} } })
    const { json } = await api.ask('GET', `/api/v1/app/target/msg?${query}`)
    const types = new Set(json.data.map((message: { readonly eventType: string }) => message.eventType))
    expect(types).toEqual(new Set(['a.b', 'c']))
  })
})

describe('a path', () => {
  test('that leads nowhere is told from an entity that is missing', async () => {
    expect(await api.ask('GET', '/api/v1/nothing')).toMatchObject({
      status: 404,
      json: { code: 'unknown_route' },
    })
    expect(await api.ask('GET', '/api/v1/app/nobody')).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    })
  })

  test.each([
    ['PATCH', '/api/v1/app', 'GET, POST'],
    ['POST', '/api/v1/app/target', 'GET, PUT, PATCH, DELETE'],
    ['DELETE', '/api/v1/app/target/endpoint', 'GET, POST'],
    ['GET', '/api/v1/app/target/endpoint/ep/secret/rotate', 'POST'],
    ['POST', '/openapi.json', 'GET'],
  ])('that does not take %s (%s) says what it takes', async (method, path, allowed) => {
    const answer = await api.ask(method, path)
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } })
    expect(answer.headers['allow']).toBe(allowed)
  })

  test('may end in a slash', async () => {
    expect((await api.ask('GET', '/api/v1/app/target/')).json).toMatchObject({ uid: 'target' })
    expect((await api.ask('GET', '/api/v1/app/?limit=1')).status).toBe(200)
  })

  test.each(['%00', 'a%20b', '%F0%9F%8E%BA', 'a%2Fb', 'x'.repeat(257)])(
    'with %s in an id’s place is refused',
    async (id) => {
      const answer = await api.ask('GET', `/api/v1/app/${id}`)
      expect(answer.status).toBe(422)
      expect(answer.json.detail[0].loc).toEqual(['path', 'app_id'])
    },
  )

  test.each(['%', '%zz', '%ff'])(
    'that cannot be decoded (%s) is answered in the API’s own shape',
    async (id) => {
      const answer = await api.ask('GET', `/api/v1/app/${id}`)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ code: 'generic_error', detail: expect.any(String) as string })
    },
  )
})

describe('an answer', () => {
  test('may be read by a page of another origin, whatever it says', async () => {
    const paths = [
      '/api/v1/app',
      '/api/v1/app/nobody',
      '/api/v1/app/%zz',
      '/api/v1/nothing',
      '/api/v1/health',
    ]
    for (const token of [null, api.token])
      for (const path of paths)
        expect((await api.ask('GET', path, { token })).headers['access-control-allow-origin']).toBe('*')
    const preflight = await api.ask('OPTIONS', '/api/v1/app', {
      token: null,
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH')
    // A wildcard does not stand for this one (Fetch Standard, CORS-preflight fetch).
    expect(String(preflight.headers['access-control-allow-headers']).toLowerCase()).toContain('authorization')
  })

  test('carries the request’s id, and so does what is logged of it', async () => {
    const first = await api.ask('GET', '/api/v1/app')
    const second = await api.ask('GET', '/api/v1/app')
    expect(first.headers['x-request-id']).toEqual(expect.any(String))
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
    instead.set('listApplications', () => {
      throw new Error('unexpected')
    })
    const failed = await api.ask('GET', '/api/v1/app')
    instead.clear()
    expect(api.logged.at(-1)).toContain(failed.headers['x-request-id'] as string)
  })

  test('to what nobody expected tells the caller nothing, and the log no secret', async () => {
    instead.set('insertApplication', () => {
      throw new Error('the disk said something private')
    })
    const failed = await api.ask('POST', '/api/v1/app', { body: { name: 'confidential' } })
    instead.clear()
    expect(failed).toMatchObject({ status: 500, json: { code: 'internal_error' } })
    expect(failed.text).not.toContain('private')
    expect(api.logged.at(-1)).toContain('the disk said something private')
    expect(api.logged.join('')).not.toContain('confidential')
    expect(api.logged.join('')).not.toContain(api.token)
  })

  test('while the store fails is 503, with the time to wait', async () => {
    instead.set('insertApplication', () => {
      throw new StoreUnavailable('disk_full', 'the disk is full', 'Free some.')
    })
    const failed = await api.ask('POST', '/api/v1/app', { body: { name: 'x' } })
    instead.clear()
    expect(failed).toMatchObject({ status: 503, json: { code: 'disk_full', detail: 'the disk is full' } })
    expect(Number(failed.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('without a token', () => {
  test.each([
    ['GET', '/api/v1/health', 204],
    ['HEAD', '/api/v1/health', 204],
    ['GET', '/api/v1/health/', 204],
    ['GET', '/health/ping', 204],
    ['GET', '/health/live', 200],
    ['GET', '/health/ready', 200],
    ['GET', '/metrics', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/docs', 200],
    ['GET', '/docs/swagger-ui-bundle.js', 200],
    ['GET', '/docs/../package.json', 404],
    ['GET', '/docs/%2e%2e%2fpackage.json', 404],
  ])('%s %s answers %d', async (method, path, status) => {
    expect((await api.ask(method, path, { token: null })).status).toBe(status)
  })

  test('the page of the API lets in nothing from elsewhere', async () => {
    const page = await api.ask('GET', '/docs', { token: null })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script-src[^;]*(unsafe|https?:)/)
    const linked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
    expect(linked.length).toBeGreaterThan(2)
    for (const link of linked) expect((await api.ask('GET', link, { token: null })).status).toBe(200)
  })
})
