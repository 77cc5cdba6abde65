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
  return { status: response.status, text: await response.text() }
}

describe.each(operations)('$method $path', ({ method, path, operation }) => {
  test('answers anything in a documented shape', async () => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const query = (operation.parameters ?? []).filter((each) => each.in === 'query')
    const schema = operation.requestBody?.content['application/json']?.schema
    const request = fc.record({
      segments: fc.tuple(...names.map(pathValue)),
      query: fc.record(Object.fromEntries(query.map((each) => [each.name, near(each.schema)])), {
        requiredKeys: [],
      }),
      body: schema === undefined ? fc.constant(undefined) : near(schema),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ segments, query: values, body }) => {
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
        expect(status, text).toBeLessThan(500)
        if (status === 404 && text.includes('unknown_route')) return
        if (status === 405 || status === 414) return
        validator.check(method, path, status, text)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a request that is none', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    send(
      'POST',
      new URL(`/api/v1/app/${sizedAppId}/msg`, app.url),
      { authorization: `Bearer ${app.token}`, 'content-type': 'application/json', ...headers },
      body,
    )

  test.each([
    ['broken JSON', '{"eventType":', 422, 'value_error.jsondecode'],
    ['no JSON at all', 'eventType=a', 422, 'value_error.jsondecode'],
    [
      'JSON that is nested too deep',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      422,
      'value_error.jsondecode',
    ],
    ['a payload named twice', '{"eventType":"a","payload":{},"payload":{}}', 422, 'payload'],
    ['an event type named twice', '{"eventType":"a","payload":{},"event\\u0054ype":"b"}', 422, 'eventType'],
    ['no payload', '{"eventType":"a"}', 422, '"loc":["body","payload"]'],
    ['a payload that is no object', '{"eventType":"a","payload":[1]}', 422, '"loc":["body","payload"]'],
    ['an event type with a slash', '{"eventType":"a/b","payload":{}}', 422, '"loc":["body","eventType"]'],
  ])('by %s is answered by name', async (_, body, status, words) => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status, text: expect.stringContaining(words) as string })
  })

  test('by bytes that are not UTF-8 is refused', async () => {
    const response = await fetch(new URL(`/api/v1/app/${sizedAppId}/msg`, app.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      body: Buffer.from('{"eventType":"a","payload":{"x":"\xff"}}', 'latin1'),
    })
    expect(response.status).toBe(422)
  })

  test('by its size is answered by 413, whether the body or the payload is too large', async () => {
    const large = (bytes: number) => post(`{"eventType":"a","payload":{"x":"${'x'.repeat(bytes)}"}}`)
    expect(await large(1_048_577)).toMatchObject({
      status: 413,
      text: expect.stringContaining('payload_too_large') as string,
    })
    expect(await large(3_000_000)).toMatchObject({
      status: 413,
      text: expect.stringContaining('payload_too_large') as string,
    })
    expect((await large(1_048_000)).status).toBe(202)
  })

  test('by its content type is answered by 415', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
  })

  test('by its method or path is told from what does not exist', async () => {
    const headers = { authorization: `Bearer ${app.token}` }
    expect(await send('PATCH', new URL('/api/v1/app', app.url), headers, undefined)).toMatchObject({
      status: 405,
    })
    expect((await send('GET', new URL('/api/v2/app', app.url), headers, undefined)).text).toContain(
      'unknown_route',
    )
    expect((await send('GET', new URL('/api/v1/app/nobody', app.url), headers, undefined)).text).toContain(
      '"not_found"',
    )
  })

  test.each([
    ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\nx-huge: ${'x'.repeat(40_000)}\r\n\r\n`, '431'],
    ['what is no HTTP', 'hello\r\n\r\n', '400'],
    [
      'two lengths',
      'POST /api/v1/app HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
      '400',
    ],
  ])('by %s is answered in the API’s own shape', async (_, bytes, status) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(bytes)
    await closed
    expect(answer.split('\r\n', 1)[0]).toContain(status)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ code: 'generic_error' })
  })
})
