import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import type { IngestSourceOut } from 'svix'
import { StoreUnavailable } from '#core/errors.ts'
import type { Storage } from '#storage/storage.ts'
import { messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const secret = "It's a Secret to Everybody"
const faults = { isFailing: false }

/** Fails what is stored while the switch is on. */
function faulty(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name)
      if (name !== 'publishMessages' || typeof verb !== 'function') return verb
      return (...args: readonly unknown[]): unknown =>
        faults.isFailing
          ? Promise.reject(new StoreUnavailable('store_io_error', 'disk I/O error', 'Look at the disk.'))
          : Reflect.apply(verb, target, args)
    },
  })
}

let app: Running
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  app = await start({
    env: { POSTHORN_MAX_PAYLOAD_BYTES: '1200000' },
    parts: { wrapStorage: faulty },
  })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

interface Scene {
  readonly source: IngestSourceOut
  readonly path: string
  readonly hook: string
  /** What arrived at its endpoint. */
  readonly arrived: (count: number) => ReturnType<Receiver['arrived']>
}

let counter = 0

/** A source of GitHub's, and an endpoint that takes what it takes in. */
async function aSource(): Promise<Scene> {
  const source = await app.svix.ingest.source.create({
    type: 'github',
    name: 'Repository',
    config: { secret },
  })
  const hook = `/hook/${++counter}`
  await app.svix.ingest.endpoint.create(source.id, { url: `${receiver.url}${hook}` })
  const arrived = (count: number) => receiver.arrived(count, (arrival) => arrival.path === hook)
  return { source, path: pathOf(source.ingestUrl), hook, arrived }
}

function pathOf(url: string | null | undefined): string {
  return new URL(url ?? '').pathname
}

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** One request as it is, with headers as they are given. */
function send(
  path: string,
  body: Uint8Array,
  headers: readonly (readonly [string, string])[],
  method = 'POST',
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${app.url}${path}`, { method, headers: headers.flat() }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

let deliveries = 0
function fromGithub(
  path: string,
  body: Uint8Array,
  over: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const headers = {
    host: new URL(app.url).host,
    'content-length': String(body.length),
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': `delivery-${++deliveries}`,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    ...over,
  }
  return send(path, body, Object.entries(headers))
}

const bytes = (text: string): Buffer => Buffer.from(text)

describe('a request to a source', () => {
  test('is stored, answered, and goes to the endpoint signed, with the provider’s headers and no others', async () => {
    const { path, source, arrived } = await aSource()
    const body = bytes('{ "n": 1.0,\r\n "n": 2 }')
    const over = {
      'x-custom': 'passed on',
      authorization: 'Bearer secret',
      cookie: 'a=b',
      'webhook-id': 'of another delivery',
      'x-forwarded-for': '192.0.2.1',
      connection: 'keep-alive, x-hop',
      'x-hop': 'of the connection',
    }
    const answer = await fromGithub(path, body, over)
    expect(answer.status).toBe(200)
    const [arrival] = await arrived(1)
    expect(arrival?.bytes).toEqual(body)
    const { headers } = arrival ?? {}
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-custom': 'passed on',
      'x-hub-signature-256': expect.stringMatching(/^sha256=/) as string,
    })
    for (const name of ['authorization', 'cookie', 'x-forwarded-for', 'x-hop'])
      expect(headers).not.toHaveProperty(name)
    const [endpoint] = (await app.svix.ingest.endpoint.list(source.id)).data
    const { key } = await app.svix.ingest.endpoint.getSecret(source.id, endpoint?.id ?? '')
    expect(new Webhook(key).verify(body, headers as Record<string, string>)).toEqual({ n: 2 })
    const [message] = (await app.svix.message.list(source.id)).data
    expect(message).toMatchObject({
      eventType: 'issues',
      id: arrival === undefined ? '' : messageIdOf(arrival),
    })
  })

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
    ['a byte order mark', bytes('\uFEFF{"a":1}')],
    ['dollars', bytes('{"a":"$$ $& $1"}')],
    ['CRLF', bytes('{\r\n"a":\r\n1}\r\n')],
    ['a large number', bytes('{"a":9007199254740993}')],
    ['repeated keys', bytes('{"a":1,"a":2}')],
    ['compressed bytes', gzipSync('{"a":1}')],
    ['a form', bytes('payload=%7B%22a%22%3A1%7D&b=%20')],
    ['nothing', Buffer.alloc(0)],
    ['U+0000', bytes('{"a":"\u0000"}')],
    ['a megabyte', bytes(`"${'é'.repeat(500_000)}"`)],
  ])('arrives byte for byte where its body is %s', async (_what, body) => {
    const { path, source, arrived } = await aSource()
    expect((await fromGithub(path, body)).status).toBe(200)
    const [arrival] = await arrived(1)
    expect(arrival?.bytes.equals(body)).toBe(true)
    expect((await app.svix.message.list(source.id)).data).toHaveLength(1)
  })

  test('keeps its content type, whatever it is', async () => {
    const { path, arrived } = await aSource()
    for (const type of ['application/x-www-form-urlencoded', 'text/plain; charset=utf-16', 'weird'])
      expect((await fromGithub(path, bytes('a=b'), { 'content-type': type })).status).toBe(200)
    const arrivals = await arrived(3)
    expect(
      arrivals.map(({ headers }) => headers['content-type']).toSorted((a = '', b = '') => (a < b ? -1 : 1)),
    ).toEqual(['application/x-www-form-urlencoded', 'text/plain; charset=utf-16', 'weird'])
  })

  test('that comes again is answered alike and delivered once', async () => {
    const { path, arrived, hook } = await aSource()
    const again = { 'x-github-delivery': 'the same' }
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await fromGithub(path, bytes('{}'), again)).status)
    expect(statuses).toEqual([200, 200, 200])
    expect((await fromGithub(path, bytes('{"last":true}'))).status).toBe(200)
    await arrived(2)
    expect(receiver.arrivals.filter((arrival) => arrival.path === hook)).toHaveLength(2)
  })

  test('with a wrong signature is refused with 401, kept with the reason, and stored nowhere', async () => {
    const { path, source } = await aSource()
    const answer = await fromGithub(path, bytes('{"a":1}'), {
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
      'x-gitlab-token': 'somebody',
    })
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'bad_signature' })
    const log = await until(async () => {
      const { data } = await rejections(source.id)
      return data.length > 0 && data
    })
    expect(log).toHaveLength(1)
    expect(log[0]).toMatchObject({
      source_id: source.id,
      status_code: 401,
      error_code: 'bad_signature',
      payload: '{"a":1}',
    })
    expect(JSON.stringify(log)).not.toContain('somebody')
    expect(JSON.stringify(log)).not.toContain(secret)
    expect((await app.svix.message.list(source.id)).data).toEqual([])
  })

  test('that is too long is refused with 413 while it comes', async () => {
    const { path, source } = await aSource()
    expect((await fromGithub(path, Buffer.alloc(1_200_001, 0x20))).status).toBe(413)
    const [first] = await until(async () => {
      const { data } = await rejections(source.id)
      return data.length > 0 && data
    })
    expect(first).toMatchObject({ status_code: 413, error_code: 'payload_too_large' })
  })

  test('is answered 404 where there is no such source, and 410 once it was deleted', async () => {
    const { path, source } = await aSource()
    expect((await fromGithub('/in/nothing', bytes('{}'))).status).toBe(404)
    await app.svix.ingest.source.delete(source.id)
    expect((await fromGithub(path, bytes('{}'))).status).toBe(410)
  })

  test('to a URL that was replaced is answered 404, and to the new one 200', async () => {
    const { path, source } = await aSource()
    const { ingestUrl } = await app.svix.ingest.source.rotateToken(source.id)
    expect((await fromGithub(path, bytes('{}'))).status).toBe(404)
    expect((await fromGithub(pathOf(ingestUrl), bytes('{}'))).status).toBe(200)
  })

  test('is answered 503 with Retry-After while the store fails, and taken in when it comes again', async () => {
    const { path, arrived, hook } = await aSource()
    const again = { 'x-github-delivery': 'through a failure' }
    faults.isFailing = true
    try {
      const answer = await fromGithub(path, bytes('{}'), again)
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toMatch(/^\d+$/)
    } finally {
      faults.isFailing = false
    }
    expect((await fromGithub(path, bytes('{}'), again)).status).toBe(200)
    await arrived(1)
    expect(receiver.arrivals.filter((arrival) => arrival.path === hook)).toHaveLength(1)
  })

  test('beyond what its application takes is answered 429 with Retry-After', async () => {
    const { path, source } = await aSource()
    await app.svix.application.patch(source.id, { throttleRate: 1 })
    const answers = await Promise.all(Array.from({ length: 5 }, () => fromGithub(path, bytes('{}'))))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers['retry-after']).toMatch(/^\d+$/)
  })

  test('is replayed and shown like any other message', async () => {
    const { path, source, arrived } = await aSource()
    await fromGithub(path, bytes('{"a":1}'))
    const [arrival] = await arrived(1)
    const [endpoint] = (await app.svix.ingest.endpoint.list(source.id)).data
    await app.svix.messageAttempt.resend(source.id, messageIdOf(arrival as never), endpoint?.id ?? '')
    const [, second] = await arrived(2)
    expect(second?.bytes).toEqual(arrival?.bytes)
    expect(second?.headers['x-github-event']).toBe('issues')
    const message = await app.svix.message.get(source.id, messageIdOf(arrival as never), {
      withContent: true,
    })
    expect(message.payload).toEqual({ a: 1 })
  })
})

async function rejections(sourceId: string) {
  const response = await fetch(`${app.url}/ingest/api/v1/source/${sourceId}/log`, {
    headers: { authorization: `Bearer ${app.token}` },
  })
  return (await response.json()) as { readonly data: readonly Readonly<Record<string, unknown>>[] }
}

describe('whoever sends to a source', () => {
  const row = {
    scheme: { kind: 'hmac', signature: { at: 'header:x-signature', encoding: 'hex' } },
    id: ['body:id'],
    eventType: 'body:type',
  }

  async function anOwnSource(): Promise<{ readonly id: string; readonly path: string }> {
    const source = await created({ type: 'generic-webhook', name: 'Own', config: { secret: 'k', row } })
    return { id: source.id, path: pathOf(source.ingestUrl) }
  }

  function signed(
    path: string,
    body: Uint8Array,
    more: readonly (readonly [string, string])[] = [],
  ): Promise<Answered> {
    const signature = createHmac('sha256', 'k').update(body).digest('hex')
    return send(path, body, [
      ['host', new URL(app.url).host],
      ['content-length', String(body.length)],
      ['x-signature', signature],
      ...more,
    ])
  }

  test('cannot stop the server with an event type of a megabyte of dots', async () => {
    const { id, path } = await anOwnSource()
    const body = bytes(JSON.stringify({ id: 'd', type: `a${'.'.repeat(1_000_000)}a` }))
    expect((await signed(path, body)).status).toBe(204)
    const [message] = (await app.svix.message.list(id)).data
    expect(message?.eventType).toBe('a')
  })

  test('cannot have what is compressed pass the limit, nor anything unpacked without a signature', async () => {
    const { id, path } = await anOwnSource()
    const large = bytes(JSON.stringify({ id: 'large', filler: 'x'.repeat(1_300_000) }))
    const packed = gzipSync(large)
    const signature = createHmac('sha256', 'k').update(large).digest('hex')
    const headers: [string, string][] = [
      ['host', new URL(app.url).host],
      ['content-length', String(packed.length)],
      ['content-encoding', 'gzip'],
    ]
    expect((await send(path, packed, [...headers, ['x-signature', signature]])).status).toBe(401)
    expect((await send(path, packed, headers)).status).toBe(401)
    expect((await app.svix.message.list(id)).data).toEqual([])
  })

  test('may name events by any text: none is taken for another', async () => {
    const { id, path } = await anOwnSource()
    const ids = ['a\\u0000b', 'a\\u0000c', '\\ud800', '\\ud801', 'plain', 'x'.repeat(300)]
    for (const each of ids) {
      const body = bytes(`{"id":"${each}","type":"x"}`)
      expect((await signed(path, body)).status).toBe(204)
      expect((await signed(path, body)).status).toBe(204)
    }
    expect((await app.svix.message.list(id)).data).toHaveLength(ids.length)
  })

  test('does not steer the receiver by headers, and cannot make them too large to be delivered', async () => {
    const { path, arrived } = await aSource()
    const over = {
      webhook_id: 'evil',
      'x-http-method-override': 'DELETE',
      'x-original-url': '/admin',
      'if-match': 'a',
    }
    expect((await fromGithub(path, bytes('{}'), over)).status).toBe(200)
    const [arrival] = await arrived(1)
    for (const name of Object.keys(over)) expect(arrival?.headers).not.toHaveProperty(name)
    expect((await fromGithub(path, bytes('{}'), { 'x-large': 'x'.repeat(5_000) })).status).toBe(431)
  })

  test('finds no secret of the source in the log of refused requests', async () => {
    const { id, path } = await anOwnSource()
    const own = 'a long secret of the source'
    await patched(id, { config: { secret: own, row } })
    const body = bytes(JSON.stringify({ echo: own }))
    expect((await signed(path, body)).status).toBe(401)
    const log = await until(async () => {
      const { data } = await rejections(id)
      return data.length > 0 && data
    })
    expect(log[0]).toMatchObject({ payload: '{"echo":"(hidden)"}' })
  })

  test('cannot give a source a second secret, and renaming it does not take away the first', async () => {
    const source = await created({ type: 'asana', name: 'Tasks' })
    const path = pathOf(source.ingestUrl)
    const shake = (given: string): Promise<Answered> =>
      send(path, bytes('{}'), [
        ['host', new URL(app.url).host],
        ['content-length', '2'],
        ['x-hook-secret', given],
      ])
    const event = async (by: string): Promise<number> => {
      const body = bytes(`{"events":[{"n":${++deliveries}}]}`)
      const signature = createHmac('sha256', by).update(body).digest('hex')
      const headers: [string, string][] = [
        ['host', new URL(app.url).host],
        ['content-length', String(body.length)],
        ['x-hook-signature', signature],
      ]
      return (await send(path, body, headers)).status
    }
    // Its headers come first, its body last: by then another one has given the secret.
    const late = httpRequest(`${app.url}${path}`, {
      method: 'POST',
      headers: { 'content-length': '2', 'x-hook-secret': 'attackers-secret', expect: '100-continue' },
    })
    const lateStatus = new Promise<number>((resolve) => {
      late.on('response', (response) => resolve(response.resume().statusCode ?? 0))
    })
    late.flushHeaders()
    await once(late, 'continue')
    late.write('{')
    expect((await shake('genuine-secret')).status).toBe(200)
    late.end('}')
    expect(await lateStatus).toBe(403)
    expect([await event('genuine-secret'), await event('attackers-secret')]).toEqual([200, 401])
    await replaced(source.id, { type: 'asana', name: 'Renamed' })
    expect((await shake('attackers-secret')).status).toBe(403)
    expect(await event('genuine-secret')).toBe(200)
    await patched(source.id, { config: { secrets: [] } })
    expect((await shake('another-secret')).status).toBe(200)
  })
})

async function ingest(method: string, path: string, body: object): Promise<IngestSourceOut> {
  const response = await fetch(`${app.url}/ingest/api/v1/source${path}`, {
    method,
    headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as IngestSourceOut
}

const created = (body: object): Promise<IngestSourceOut> => ingest('POST', '', body)
const patched = (id: string, body: object): Promise<IngestSourceOut> => ingest('PATCH', `/${id}`, body)
const replaced = (id: string, body: object): Promise<IngestSourceOut> => ingest('PUT', `/${id}`, body)
