import { connect, type Socket } from 'node:net'
import { type Running, start } from '#test/support/start-app.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let app: Running
let appId = ''
beforeAll(async () => {
  app = await start()
  appId = (await app.svix.application.create({ name: 'Sized' })).id
})
afterAll(() => app[Symbol.asyncDispose]())

async function send(method: string, url: URL, headers: Record<string, string>, body: string | undefined) {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  return { status: response.status, text: await response.text() }
}

describe('a request that is none', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    send(
      'POST',
      new URL(`/api/v1/app/${appId}/msg`, app.url),
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
    const response = await fetch(new URL(`/api/v1/app/${appId}/msg`, app.url), {
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
    const answer = await rawAnswer(app.url, (socket) => socket.write(bytes))
    expect(answer).toMatchObject({ status, json: { code: 'generic_error' } })
  })

  test.each([
    ['its headers take', ''],
    ['its body takes', 'content-length: 1000\r\n\r\n{"name":"'],
  ])('by the time that %s to arrive is answered by 408, however steadily it drips', async (_, rest) => {
    await using slow = await start({ config: { receiveTimeoutMs: 200 } })
    const answer = await rawAnswer(slow.url, (socket) => {
      socket.write(`POST /api/v1/app HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${slow.token}\r\n`)
      socket.write(`content-type: application/json\r\n${rest}`)
      const drip = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    expect(answer).toMatchObject({ status: '408', json: { code: 'generic_error' } })
    expect((await slow.svix.application.create({ name: 'Quick' })).name).toBe('Quick')
  })
})

/** What comes back on a socket of its own until the server closes it. */
async function rawAnswer(
  url: string,
  begin: (socket: Socket) => void,
): Promise<{ readonly status: string | undefined; readonly json: unknown }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  // What drips on may meet a socket that is closed.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.on('close', resolve))
  begin(socket)
  await closed
  return {
    status: answer.split(' ', 2)[1],
    json: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)),
  }
}
