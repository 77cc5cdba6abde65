import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { openapiDocument } from '#api/openapi.ts'
import { createValidator } from '#test/support/openapi-validator.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Whatever comes in: no 5xx, no crash, and every answer in its documented shape. */

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly format?: string
  readonly const?: unknown
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

const document = openapiDocument() as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const validator = createValidator()
let app: Running
let appId = ''
let endpointId = ''
/** Left alone by the properties, which rename and delete what they find. */
let sizedAppId = ''
beforeAll(async () => {
  app = await start({ env: { POSTHORN_ALLOW_SUBNETS: '', POSTHORN_RETRY_SCHEDULE: '' } })
  appId = (await app.svix.application.create({ name: 'Target', uid: 'target' })).id
  endpointId = (await app.svix.endpoint.create(appId, { url: 'https://customer.invalid/' })).id
  sizedAppId = (await app.svix.application.create({ name: 'Sized' })).id
  await app.svix.eventType.create({ name: 'known.type', description: 'Known' })
})
afterAll(() => app[Symbol.asyncDispose]())

const awkward = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1e308,
    1.5,
    '',
    ' ',
    '\u0000',
    '🎺',
    '../..',
    '%00',
    "'; drop table message; --",
    [],
    {},
    [[]],
    'x'.repeat(70_000),
    '9'.repeat(30),
    '2026-13-45',
    '__proto__',
    'org_',
    'app_',
    'whsec_',
    'http://127.0.0.1',
    'ftp://x',
  ),
  fc.jsonValue(),
)

/** Values that fit a schema more or less. */
function near(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    return near(document.components.schemas[schema.$ref.replace('#/components/schemas/', '')] ?? {}, depth)
  }
  const options: fc.Arbitrary<unknown>[] = [awkward]
  if (schema.enum !== undefined) options.push(fc.constantFrom(...schema.enum))
  if (schema.const !== undefined) options.push(fc.constant(schema.const))
  if (schema.anyOf !== undefined) options.push(...schema.anyOf.map((each) => near(each, depth + 1)))
  if (schema.format === 'date-time')
    options.push(
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString()),
    )
  else if (schema.format === 'uri') options.push(fc.webUrl())
  else if (schema.type === 'string') options.push(fc.string(), fc.constant('known.type'))
  if (schema.type === 'integer' || schema.type === 'number')
    options.push(fc.integer(), fc.integer({ min: 0, max: 100 }))
  if (schema.type === 'boolean') options.push(fc.boolean())
  if (schema.type === 'array' && schema.items !== undefined && depth < 4)
    options.push(fc.array(near(schema.items, depth + 1), { maxLength: 3 }))
  if (schema.properties !== undefined && depth < 4) {
    const fields = Object.fromEntries(
      Object.entries(schema.properties).map(([name, each]) => [name, near(each, depth + 1)]),
    )
    const record = fc.record(fields, { requiredKeys: [...(schema.required ?? [])] })
    // Mostly what fits: deep checks are reached only by what passes the first ones.
    options.push(record, record, record, record)
  }
  return fc.oneof(...options)
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method]) => method !== 'head')
    .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)

function pathValue(name: string): fc.Arbitrary<string> {
  const known: Readonly<Record<string, string>> = {
    app_id: appId,
    endpoint_id: endpointId,
    event_type_name: 'known.type',
  }
  const right = fc.constantFrom(known[name] ?? 'target', 'target')
  return fc.oneof(
    right,
    right,
    right,
    fc.constantFrom('nobody', 'x'.repeat(256), '%00', '..%2f', '🎺', 'a b'),
    fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/^\.+$/.test(text)),
  )
}

async function send(method: string, url: URL, headers: Record<string, string>, body: string | undefined) {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  // A stream of events ends when whoever reads it hangs up.
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (isEndless) await response.body?.cancel()
  return { status: response.status, text: isEndless ? '' : await response.text() }
}

/** What the operation itself does not answer is told by the server, in the same shape. */
function checkAnswer(method: string, path: string, status: number, text: string): void {
  expect(status, text).toBeLessThan(500)
  const isTheServers = [405, 414, 431].includes(status) || (status === 404 && text.includes('unknown_route'))
  if (isTheServers)
    expect(JSON.parse(text)).toEqual({
      code: expect.any(String) as string,
      detail: expect.any(String) as string,
    })
  else validator.check(method, path, status, text)
}

describe.each(operations)('$method $path', ({ method, path, operation }) => {
  test('answers anything in a documented shape', async () => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const query = (operation.parameters ?? []).filter((each) => each.in === 'query')
    const schema = operation.requestBody?.content['application/json']?.schema
    const requests = fc.record({
      segments: fc.tuple(...names.map(pathValue)),
      query: fc.record(Object.fromEntries(query.map((each) => [each.name, near(each.schema)])), {
        requiredKeys: [],
      }),
      body: schema === undefined ? fc.constant(undefined) : near(schema),
    })
    await fc.assert(
      fc.asyncProperty(requests, async ({ segments, query: values, body }) => {
        const filled = names.reduce(
          (text, name, index) => text.replace(`{${name}}`, encodeURIComponent(segments[index] ?? '')),
          path,
        )
        // These would take the others' target away.
        if (method === 'DELETE' && /\/(app|endpoint)\/[^/]+$/.test(filled)) return
        const url = new URL(filled, app.url)
        if (!url.pathname.startsWith('/api/v1')) return
        for (const [name, value] of Object.entries(values))
          url.searchParams.append(
            name,
            (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 2_000),
          )
        const headers = {
          authorization: `Bearer ${app.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        }
        const { status, text } = await send(
          method,
          url,
          headers,
          body === undefined ? undefined : JSON.stringify(body),
        )
        checkAnswer(method, path, status, text)
      }),
      { numRuns: 40 },
    )
  })
})

/** Paths whose every parameter is there, with a body that would be taken. */
const takers: readonly (readonly [method: string, path: string, body: object])[] = [
  ['POST', '/api/v1/app', { name: 'A', metadata: { a: 'b' } }],
  ['PATCH', '/api/v1/app/{app_id}', { name: 'A' }],
  ['POST', '/api/v1/app/{app_id}/endpoint', { url: 'https://customer.invalid/', channels: ['a'] }],
  ['PUT', '/api/v1/event-type/{event_type_name}', { description: 'A', schemas: { 1: { type: 'object' } } }],
  ['POST', '/api/v1/app/{app_id}/msg', { eventType: 'a', payload: { n: [1, '\u00e9', null] }, tags: ['t'] }],
  ['POST', '/api/v1/app/{app_id}/msg/batch', { messages: [{ eventType: 'a', payload: { n: {} } }] }],
  ['POST', '/api/v1/auth/app-portal-access/{app_id}', { expiry: 3_600 }],
]

function urlOf(path: string): URL {
  return new URL(path.replace('{app_id}', sizedAppId).replace('{event_type_name}', 'known.type'), app.url)
}

/** Sends headers that `fetch` would not. */
async function sendAsIs(method: string, url: URL, headers: Record<string, string>, body: string) {
  const asked = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
  return { status: answer.statusCode ?? 0, text }
}

describe('whatever the operation', () => {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.integer({ min: 0, max: 12 }),
    insert: fc.oneof(
      fc.constantFrom('', '"', '{', '}', '[', ',', ':', '\\', '\u0000', '\ufeff', '1e999', '-', '{"a":'),
      fc.constantFrom('"__proto__":{},', '"constructor":1,', '[['.repeat(5_000), '"payload":{},', 'null'),
      fc.string({ maxLength: 8 }),
    ),
  })

  test('a body with pieces missing and others put in is taken or refused by name', async () => {
    const requests = fc.record({
      taker: fc.constantFrom(...takers),
      mutations: fc.array(mutation, { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(requests, async ({ taker: [method, path, body], mutations }) => {
        let text = JSON.stringify(body)
        for (const { at, drop, insert } of mutations) {
          const place = Math.floor(at * text.length)
          text = text.slice(0, place) + insert + text.slice(place + drop)
        }
        const headers = { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' }
        const answer = await send(method, urlOf(path), headers, text)
        checkAnswer(method, path, answer.status, answer.text)
      }),
      { numRuns: 300 },
    )
  })

  test('headers of any kind do no harm', async () => {
    const value = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((code) => code !== 0x7f)
        .map((code) => String.fromCharCode(code)),
    })
    const headers = fc.record(
      {
        authorization: fc.oneof(
          value,
          value.map((text) => `Bearer ${text}`),
          fc.constantFrom(
            '',
            'Bearer',
            'Bearer  ',
            'Basic YTpi',
            'bearer a.b.c',
            `Bearer ${'a'.repeat(9_000)}`,
          ),
          fc
            .tuple(fc.nat(200), value)
            .map(([at, text]) => `Bearer ${app.token.slice(0, at)}${text}${app.token.slice(at + 1)}`),
        ),
        'content-type': fc.oneof(
          value,
          fc.constantFrom(
            'application/json; charset=utf-16',
            'application/json;',
            'APPLICATION/JSON',
            'application/jsonx',
            'multipart/form-data',
            'application/x-www-form-urlencoded',
            ';',
          ),
        ),
        'content-encoding': fc.constantFrom('gzip', 'br', 'x'),
        'idempotency-key': fc.oneof(value, fc.constant('k'.repeat(9_000))),
        'x-request-id': value,
        accept: value,
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...takers), headers, async ([method, path, body], given) => {
        const whole = { authorization: `Bearer ${app.token}`, 'content-type': 'application/json', ...given }
        const answer = await sendAsIs(method, urlOf(path), whole, JSON.stringify(body))
        checkAnswer(method, path, answer.status, answer.text)
      }),
      { numRuns: 300 },
    )
  })

  test('requests that never end hold nobody else up', async () => {
    const port = Number(new URL(app.url).port)
    const head = `POST /api/v1/app HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${app.token}\r\n`
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        socket.write(
          n % 2 === 0 ? head : `${head}content-type: application/json\r\ncontent-length: 99\r\n\r\n{`,
        )
        return socket
      }),
    )
    const headers = { authorization: `Bearer ${app.token}` }
    for (let n = 0; n < 20; n++)
      expect((await send('GET', urlOf('/api/v1/app/{app_id}'), headers, undefined)).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  test('the server is as ready after all that as before', async () => {
    expect((await send('GET', new URL('/health/ready', app.url), {}, undefined)).status).toBe(200)
  })
})
