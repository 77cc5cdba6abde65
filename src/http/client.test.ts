import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startDnsServer } from '#test/support/dns-server.ts'
import { startRawServer } from '#test/support/raw-server.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { HttpClient, type HttpClientOptions, type HttpResult } from './client.ts'

const loopback = ['127.0.0.0/8', '::1/128']

function clientWith(options: Partial<HttpClientOptions> = {}): HttpClient {
  return new HttpClient({
    allowSubnets: loopback,
    httpsOnly: false,
    maxSockets: 100,
    dnsServers: [],
    ...options,
  })
}

function post(client: HttpClient, url: string, deadlineMs = 2_000): Promise<HttpResult> {
  return client.post({
    url,
    headers: ['Content-Type', 'text/plain', 'X-Case', 'kept'],
    body: 'hello',
    deadlineMs,
  })
}

describe('the address guard', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '127.255.255.254',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fc00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '100.64.0.1',
    '192.88.99.1',
    'localhost',
    'LOCALHOST.',
    'x.localhost',
    '１２７.0.0.1',
  ]

  test('connects to none of the special addresses, whatever their spelling', async () => {
    await using server = await startRawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    )
    await using client = clientWith({ allowSubnets: [] })
    for (const host of spellings) {
      const result = await post(client, `http://${host}:${server.port}/`)
      expect(result, host).toMatchObject({ kind: 'failed', reason: 'address-denied' })
    }
    expect(server.sockets).toHaveLength(0)
    expect(client.openSockets).toBe(0)
  })

  test('connects to none of the addresses that names resolve to, nor to any of a mixed answer', async () => {
    await using server = await startRawServer((socket) => socket.end())
    const zone: Readonly<Record<string, readonly string[]>> = {
      'loop.test': ['127.0.0.1'],
      'six.test': ['::1'],
      'meta.test': ['169.254.169.254'],
      'nat64.test': ['64:ff9b::7f00:1'],
      'mapped.test': ['::ffff:7f00:1'],
      'mixed.test': ['93.184.216.34', '127.0.0.1'],
      'mixed-six.test': ['93.184.216.34', '::1'],
    }
    await using dns = await startDnsServer((name) => zone[name] ?? null)
    await using client = clientWith({ allowSubnets: [], dnsServers: [dns.address] })
    for (const name of Object.keys(zone)) {
      const result = await post(client, `http://${name}:${server.port}/`)
      expect(result, name).toMatchObject({ kind: 'failed', reason: 'address-denied' })
    }
    expect(server.sockets).toHaveLength(0)
  })

  test('is not deceived by a name that changes between look-ups: what was checked is what is connected to', async () => {
    await using server = await startRawServer((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
      ),
    )
    let asked = 0
    // Allowed at first, then what is denied: a second look-up would reach it.
    await using dns = await startDnsServer(() => (asked++ < 2 ? ['127.0.0.2'] : ['127.0.0.1']))
    await using client = clientWith({ allowSubnets: ['127.0.0.2/32'], dnsServers: [dns.address] })
    expect(await post(client, `http://rebind.test:${server.port}/`)).toMatchObject({
      kind: 'response',
      status: 200,
    })
    expect(asked).toBe(2)
    // The cached answer has gone: the next one is judged anew, before anything is connected to.
    await using later = clientWith({ allowSubnets: ['127.0.0.2/32'], dnsServers: [dns.address] })
    expect(await post(later, `http://rebind.test:${server.port}/`)).toMatchObject({
      reason: 'address-denied',
    })
    expect(server.sockets).toHaveLength(1)
  })

  test('lets through what is allowed, and only that', async () => {
    await using receiver = await startReceiver()
    const port = new URL(receiver.url).port
    await using client = clientWith({ allowSubnets: ['127.0.0.1/32'] })
    expect(await post(client, `http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'response', status: 204 })
    expect(await post(client, `http://[::ffff:127.0.0.1]:${port}/`)).toMatchObject({ kind: 'response' })
    expect(await post(client, `http://127.0.0.2:${port}/`)).toMatchObject({ reason: 'address-denied' })
  })

  test('takes only http and https without credentials', async () => {
    await using client = clientWith()
    await using strict = clientWith({ httpsOnly: true })
    for (const url of [
      'ftp://a.test/',
      'file:///etc/passwd',
      'http://user:pass@a.test/',
      'nonsense',
      'http://',
    ]) {
      expect(await post(client, url), url).toMatchObject({ kind: 'failed', reason: 'invalid-url' })
    }
    expect(await post(strict, 'http://a.test/')).toMatchObject({ reason: 'invalid-url' })
  })
})

describe('a name', () => {
  test('that does not exist, or whose server is silent, fails by itself', async () => {
    await using dns = await startDnsServer(() => null)
    await using client = clientWith({ dnsServers: [dns.address] })
    expect(await post(client, 'http://nobody.test/')).toMatchObject({ kind: 'failed', reason: 'unresolved' })
    await using silent = clientWith({ dnsServers: ['127.0.0.1:1'] })
    expect(await post(silent, 'http://nobody.test/', 300)).toMatchObject({ kind: 'failed' })
  })

  test('is asked for once by many at a time, and its answer kept a while', async () => {
    await using receiver = await startReceiver()
    await using dns = await startDnsServer(() => ['127.0.0.1'])
    await using client = clientWith({ dnsServers: [dns.address] })
    const url = `http://many.test:${new URL(receiver.url).port}/`
    await Promise.all(Array.from({ length: 20 }, () => post(client, url)))
    await post(client, url)
    expect(dns.questions).toHaveLength(2)
  })
})

describe('an exchange', () => {
  test('keeps the case of header names, and gives status, headers and body back', async () => {
    await using receiver = await startReceiver(() => ({
      status: 201,
      headers: { 'X-Answer': 'yes' },
      body: 'é ✓',
    }))
    await using client = clientWith()
    const result = await post(client, receiver.url)
    expect(result).toMatchObject({ kind: 'response', status: 201, body: 'é ✓' })
    expect(result.kind === 'response' && result.headers['x-answer']).toBe('yes')
    expect(receiver.arrivals[0]?.rawHeaders).toContain('X-Case')
    expect(receiver.arrivals[0]?.body).toBe('hello')
  })

  test('gives repeated headers as a list, and takes none with a control character', async () => {
    const answers = ['x: 1\r\ny: 2\r\nX: 3', 'x: a\0b', 'x: a\rb', 'x: a\nb: c', 'x: a\r\n b', 'x: a\u007fb']
    await using server = await startRawServer((socket) =>
      socket.on('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\n${answers.shift()}\r\ncontent-length: 0\r\n\r\n`),
      ),
    )
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ kind: 'response', headers: { x: ['1', '3'], y: '2' } })
    while (answers.length > 0) {
      expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'protocol', isSent: true })
    }
  })

  test('that never had a connection is told from one whose answer did not come', async () => {
    await using receiver = await startReceiver(() => 'hold')
    await using client = clientWith()
    expect(await post(client, receiver.url, 50)).toMatchObject({ reason: 'timeout', isSent: true })
    expect(await post(client, 'http://10.1.2.3/')).toMatchObject({ reason: 'address-denied', isSent: false })
    await using server = await startRawServer(() => {})
    const { port } = server
    await server[Symbol.asyncDispose]()
    expect(await post(client, `http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'failed', isSent: false })
  })

  test('does not follow a redirect', async () => {
    await using receiver = await startReceiver(() => ({ status: 307, headers: { location: '/else' } }))
    await using client = clientWith()
    expect(await post(client, receiver.url)).toMatchObject({ kind: 'response', status: 307 })
    expect(receiver.arrivals).toHaveLength(1)
  })

  test('reads 16 KiB of an answer and drops the rest, without cutting a character in two', async () => {
    const answers = ['x'.repeat(1_000_000), `x${'é'.repeat(500_000)}`]
    await using receiver = await startReceiver(() => ({ status: 200, body: answers.shift() ?? '' }))
    await using client = clientWith()
    const results = [await post(client, receiver.url), await post(client, receiver.url)]
    expect(results).toMatchObject([
      { kind: 'response', isCut: true, body: 'x'.repeat(16_384) },
      { kind: 'response', isCut: true, body: `x${'é'.repeat(8_191)}` },
    ])
    expect(await post(client, receiver.url)).toMatchObject({ kind: 'response', isCut: false, body: '' })
  })

  test('gives bytes that are no text as base64', async () => {
    await using server = await startRawServer((socket) =>
      socket.once('data', () =>
        socket.end(
          Buffer.concat([
            Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'),
            Buffer.from([0xff, 0xfe]),
          ]),
        ),
      ),
    )
    await using client = clientWith()
    expect(await post(client, `http://127.0.0.1:${server.port}/`)).toMatchObject({
      status: 200,
      body: '//4=',
    })
  })

  test.each([
    ['says nothing', () => {}],
    ['sends half a head', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    [
      'drips its body',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const timer = setInterval(() => socket.write('1\r\n.\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
      },
    ],
  ])('with an endpoint that %s ends by its one deadline', async (_, behave: (socket: Socket) => void) => {
    await using server = await startRawServer(behave)
    await using client = clientWith()
    const result = await post(client, `http://127.0.0.1:${server.port}/`, 250)
    expect(result).toMatchObject({ kind: 'failed', reason: 'timeout', reusedSocket: false })
    expect(result.durationMs).toBeGreaterThanOrEqual(240)
    expect(result.durationMs).toBeLessThan(1_500)
  })

  test('on a kept-alive socket that dies says so, and on a fresh one does not', async () => {
    let requests = 0
    await using server = await startRawServer((socket) =>
      socket.on('data', () => {
        requests++
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
        else socket.destroy()
      }),
    )
    await using client = clientWith()
    const url = `http://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ kind: 'response', status: 200 })
    expect(await post(client, url)).toMatchObject({ reason: 'connection-lost', reusedSocket: true })
    expect(await post(client, url)).toMatchObject({ reason: 'connection-lost', reusedSocket: false })
    expect(server.sockets).toHaveLength(2)
  })

  test('uses a socket again, and never waits for another request', async () => {
    const gate = Promise.withResolvers<void>()
    await using receiver = await startReceiver(async ({ path }) => {
      if (path === '/slow') await gate.promise
      return { status: 204 }
    })
    await using client = clientWith()
    const slow = Array.from({ length: 30 }, () => post(client, `${receiver.url}/slow`))
    await receiver.arrived(30)
    expect(await post(client, `${receiver.url}/fast`)).toMatchObject({ status: 204 })
    expect(await post(client, `${receiver.url}/fast`)).toMatchObject({ status: 204 })
    expect(client.openSockets).toBe(31)
    gate.resolve()
    await Promise.all(slow)
  })

  test('closes idle sockets where too many are open', async () => {
    await using client = clientWith({ maxSockets: 3 })
    const receivers = await Promise.all(Array.from({ length: 8 }, () => startReceiver()))
    for (const { url } of receivers) await post(client, url)
    expect(client.openSockets).toBeLessThanOrEqual(4)
    await Promise.all(receivers.map((receiver) => receiver[Symbol.asyncDispose]()))
  })

  test('with what is no HTTP is told apart from a connection that is refused', async () => {
    await using server = await startRawServer((socket) =>
      socket.once('data', () => socket.end('SSH-2.0-nonsense\r\n')),
    )
    await using client = clientWith()
    expect(await post(client, `http://127.0.0.1:${server.port}/`)).toMatchObject({ reason: 'protocol' })
    expect(await post(client, 'http://127.0.0.1:1/')).toMatchObject({ reason: 'connect' })
  })

  test('that is under way when the client is disposed ends', async () => {
    await using server = await startRawServer(() => {})
    const client = clientWith()
    const running = post(client, `http://127.0.0.1:${server.port}/`, 10_000)
    await client[Symbol.asyncDispose]()
    expect(await running).toMatchObject({ kind: 'failed' })
  })
})
