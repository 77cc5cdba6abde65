import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startDnsServer } from '#test/support/dns-server.ts'
import { answering, startRawServer } from '#test/support/raw-server.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { HttpClient, type HttpResult } from './client.ts'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

function clientWith(maxSockets = 100, dnsServers: readonly string[] = []): HttpClient {
  return new HttpClient({ allowSubnets: ['127.0.0.0/8'], httpsOnly: false, maxSockets, dnsServers })
}

function post(client: HttpClient, url: string, deadlineMs = 5_000): Promise<HttpResult> {
  return client.post({ url, headers: [], body: 'hello', deadlineMs })
}

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket?.closed === false) await once(socket, 'close')
}

/** Answers the first request on each socket with one text, the second with another, and then hangs up. */
function answeringInTurn(...answers: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    const left = [...answers]
    socket.on('data', () => {
      const answer = left.shift()
      if (answer === undefined) socket.destroy()
      else if (left.length === 0) socket.end(answer)
      else socket.write(answer)
    })
  }
}

afterEach(() => vi.restoreAllMocks())

describe('a socket', () => {
  test.each([
    [
      'HTTP/1.1 with connection: close',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok',
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['HTTP/1.1 and a body that the end of the connection ends', 'HTTP/1.1 200 OK\r\n\r\nok'],
    ['a keep-alive of 0 s', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nkeep-alive: timeout=0\r\n\r\nok'],
  ])('is not used again after an answer with %s', async (_, answer) => {
    await using server = await startRawServer((socket) => socket.once('data', () => socket.end(answer)))
    await using client = clientWith()
    for (let turn = 0; turn < 5; turn++) {
      expect(await post(client, `http://127.0.0.1:${server.port}/`)).toMatchObject({
        status: 200,
        body: 'ok',
      })
    }
    expect(server.sockets).toHaveLength(5)
  })

  test('that the other side closes while it is idle costs no attempt', async () => {
    await using server = await startRawServer(answering(ok))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ status: 200 })
    server.sockets[0]?.end()
    await closed(server.sockets[0])
    expect(await post(client, url)).toMatchObject({ status: 200 })
    expect(server.sockets).toHaveLength(2)
  })

  test('that the other side closes just as it is taken costs no attempt either', async () => {
    await using server = await startRawServer(answering(ok))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ status: 200 })
    // From here on the event loop hears of the end before it would send.
    await new Promise((resolve) => setImmediate(resolve))
    server.sockets[0]?.destroy()
    expect(await post(client, url)).toMatchObject({ status: 200 })
    expect(server.sockets).toHaveLength(2)
  })

  test('that dies in the midst of an answer does not call for another attempt at once', async () => {
    await using server = await startRawServer(answeringInTurn(ok, 'HTTP/1.1 2'))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ status: 200 })
    expect(await post(client, url)).toMatchObject({ reason: 'connection-lost', reusedSocket: false })
    expect(server.sockets).toHaveLength(1)
  })

  test.each([
    ['with an answer that nobody asked for', `${ok}${ok}`],
    ['with bytes behind the answer', `${ok}nonsense`],
  ])('is not used again %s', async (_, answer) => {
    await using server = await startRawServer(answering(answer))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ status: 200, body: 'ok' })
    expect(await post(client, url)).toMatchObject({ status: 200, body: 'ok' })
    expect(server.sockets).toHaveLength(2)
  })

  test.each([
    ['cut short', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok', 'connection-lost'],
    ['a change of protocol', 'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'protocol'],
    ['a head of 40 kB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 'protocol'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok', 'protocol'],
    ['nothing', '', 'connection-lost'],
  ])('whose answer is %s ends the exchange and is closed', async (_, answer, reason) => {
    await using server = await startRawServer((socket) => socket.once('data', () => socket.end(answer)))
    await using client = clientWith()
    const result = await post(client, `http://127.0.0.1:${server.port}/`)
    expect(result).toMatchObject({ kind: 'failed', reason, reusedSocket: false })
    expect(client.openSockets).toBe(0)
  })

  test('may hint at its answer first', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    await using server = await startRawServer(answering(`${hint}${ok}`))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    const results = [await post(client, url), await post(client, url)]
    for (const result of results) expect(result).toMatchObject({ status: 200, body: 'ok' })
    expect(results[0]).toHaveProperty('headers', { 'content-length': '2' })
  })

  test('is not used beyond a minute, since it keeps an old answer of the name', async () => {
    await using server = await startRawServer(answering(ok))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    const startedAt = performance.now()
    await post(client, url)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(startedAt + 59_000)
    await post(client, url)
    expect(server.sockets).toHaveLength(1)
    clock.mockReturnValue(startedAt + 61_000)
    await post(client, url)
    expect(server.sockets).toHaveLength(2)
    expect(client.openSockets).toBe(1)
  })

  test('is closed a second before the other side would close it', async () => {
    // undici closes two seconds earlier than it was told.
    const brief = ok.replace('\r\n\r\n', '\r\nkeep-alive: timeout=3\r\n\r\n')
    await using server = await startRawServer(answering(brief))
    await using client = clientWith()
    await post(client, `http://127.0.0.1:${server.port}/`)
    await closed(server.sockets[0])
    expect(client.openSockets).toBe(0)
  })

  test('of a body that is longer than what is kept of it is used again', async () => {
    const page = `HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n${'x'.repeat(20_000)}`
    await using server = await startRawServer(answering(page))
    await using client = clientWith()
    for (let n = 0; n < 2; n++) {
      const result = await post(client, `http://127.0.0.1:${server.port}/`)
      expect(result.kind === 'response' && result.body).toHaveLength(16_384)
    }
    expect(server.sockets).toHaveLength(1)
  })

  test('of a body that was cut off at the limit is closed', async () => {
    const long = `HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`
    await using server = await startRawServer(answering(long))
    await using client = clientWith()
    const result = await post(client, `http://127.0.0.1:${server.port}/`)
    expect(result.kind === 'response' && result.body).toHaveLength(16_384)
    expect(client.openSockets).toBe(0)
  })
})

describe('the stock of sockets', () => {
  test('closes those that were used longest ago, whatever their origin, where too many are open', async () => {
    await using busy = await startRawServer(answering(ok))
    await using quiet = await startRawServer(answering(ok))
    await using other = await startRawServer(answering(ok))
    await using client = clientWith(2)
    const [busyUrl, quietUrl, otherUrl] = [busy, quiet, other].map(({ port }) => `http://127.0.0.1:${port}/`)
    for (const url of [busyUrl, quietUrl, busyUrl, otherUrl]) {
      expect(await post(client, url ?? '')).toMatchObject({ status: 200 })
    }
    await closed(quiet.sockets[0])
    expect(client.openSockets).toBe(2)
    expect(await post(client, busyUrl ?? '')).toMatchObject({ status: 200 })
    expect(busy.sockets).toHaveLength(1)
  })

  test('counts sockets that are still connecting', async () => {
    await using receiver = await startReceiver()
    await using client = clientWith()
    const posts = Array.from({ length: 5 }, () => post(client, receiver.url))
    expect(client.openSockets).toBe(5)
    await Promise.all(posts)
    expect(client.openSockets).toBe(5)
  })

  test('gives each request a socket of its own, and the last used first', async () => {
    await using receiver = await startReceiver()
    await using client = clientWith()
    await Promise.all(Array.from({ length: 4 }, () => post(client, receiver.url)))
    for (let turn = 0; turn < 10; turn++) await post(client, receiver.url)
    expect(client.openSockets).toBe(4)
  })

  test('mixes up no answers under load', async () => {
    await using receiver = await startReceiver(({ body }) => ({ status: 200, body }))
    await using client = clientWith(8)
    const sendAll = async (from: number): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) {
        const body = `${from}-${turn}`
        const result = await client.post({ url: receiver.url, headers: [], body, deadlineMs: 5_000 })
        expect(result).toMatchObject({ status: 200, body })
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, from) => sendAll(from)))
    expect(receiver.arrivals).toHaveLength(800)
  })
})

describe('a client that is disposed', () => {
  test('ends what is under way, calls for no other attempt, and leaves no socket', async () => {
    const reached = Promise.withResolvers<void>()
    let requests = 0
    await using server = await startRawServer((socket) =>
      socket.on('data', () => {
        if (++requests === 1) socket.write(ok)
        else reached.resolve()
      }),
    )
    const client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    await post(client, url)
    const running = post(client, url, 60_000)
    await reached.promise
    await client[Symbol.asyncDispose]()
    expect(await running).toMatchObject({ kind: 'failed', reason: 'connection-lost', reusedSocket: false })
    expect(client.openSockets).toBe(0)
    await closed(server.sockets[0])
  })

  test('ends the look-up of a name', async () => {
    const asked = Promise.withResolvers<void>()
    await using dns = await startDnsServer(() => {
      asked.resolve()
      return 'silence'
    })
    const client = clientWith(100, [dns.address])
    const running = post(client, 'http://silent.test/', 60_000)
    await asked.promise
    await client[Symbol.asyncDispose]()
    expect(await running).toMatchObject({ kind: 'failed', reusedSocket: false })
  })

  test('sends nothing any more', async () => {
    await using server = await startRawServer(answering(ok))
    const client = clientWith()
    await client[Symbol.asyncDispose]()
    expect(await post(client, `http://127.0.0.1:${server.port}/`)).toMatchObject({
      kind: 'failed',
      reason: 'connection-lost',
      reusedSocket: false,
    })
    expect(server.sockets).toHaveLength(0)
  })
})

describe('a request that no socket can carry', () => {
  test.each([
    ['a header of several lines', ['x-note', 'a\r\nx-more: b']],
    ['a header without a value', ['x-note']],
    ['a header whose name is none', ['x note', 'a']],
    ['a length of its own', ['content-length', '3']],
  ])('for %s fails without being sent', async (_, headers) => {
    await using server = await startRawServer(answering(ok))
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    const result = await client.post({ url, headers, body: 'hello', deadlineMs: 5_000 })
    expect(result).toMatchObject({ kind: 'failed', reason: 'protocol', reusedSocket: false })
    expect(client.openSockets).toBe(0)
  })
})
