import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { createServer as createTlsServer, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, selfSigned } from '#test/support/certificate.ts'
import { startDeafServer } from '#test/support/deaf-server.ts'
import { startDnsServer, type Zone } from '#test/support/dns-server.ts'
import { answering, type RawServer, startRawServer } from '#test/support/raw-server.ts'
import { HttpClient, type HttpResult } from './client.ts'
import { guardedConnector } from './connector.ts'
import { NameResolver } from './resolver.ts'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const lastOk = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'

function clientWith(dnsServers: readonly string[] = []): HttpClient {
  return new HttpClient({
    allowSubnets: ['127.0.0.0/8', '::1/128'],
    httpsOnly: false,
    maxSockets: 100,
    dnsServers,
  })
}

function post(client: HttpClient, url: string, deadlineMs = 5_000): Promise<HttpResult> {
  return client.post({ url, headers: [], body: 'hello', deadlineMs })
}

/** Connections to the port that wait for their SYN to be answered, as Linux counts them. */
function halfOpen(port: number): number {
  const peer = `:${port.toString(16).toUpperCase().padStart(4, '0')} 02 `
  return readFileSync('/proc/net/tcp', 'utf8').split(peer).length - 1
}

// Linux alone lets a test fill a backlog, and lists half-open connections.
describe.skipIf(process.platform !== 'linux')('a connection that hangs', () => {
  test('is given up at the deadline, and leaves no socket behind', async () => {
    await using server = await startDeafServer()
    await using dns = await startDnsServer(() => ['127.0.0.1', '127.0.0.2'])
    await using client = clientWith([dns.address])
    const urls = [`http://127.0.0.1:${server.port}/`, `http://hang.test:${server.port}/`]
    const posts = Promise.all(urls.flatMap((url) => [post(client, url, 200), post(client, url, 200)]))
    expect(client.openSockets).toBe(4)
    for (const result of await posts) expect(result).toMatchObject({ kind: 'failed', reason: 'timeout' })
    expect(client.openSockets).toBe(0)
    // A destroyed socket is closed at the end of the event loop's turn.
    await new Promise((resolve) => setImmediate(resolve))
    expect(halfOpen(server.port)).toBe(0)
  })

  test('ends at once when the client is disposed', async () => {
    await using server = await startDeafServer()
    const client = clientWith()
    const running = post(client, `http://127.0.0.1:${server.port}/`, 60_000)
    await client[Symbol.asyncDispose]()
    expect(await running).toMatchObject({ kind: 'failed', reason: 'connection-lost', reusedSocket: false })
    expect(halfOpen(server.port)).toBe(0)
  })
})

describe('a name with several addresses', () => {
  test('is reached at the one that answers', async () => {
    await using server = await startRawServer(answering(ok))
    await using dns = await startDnsServer(() => ['::1', '127.0.0.1'])
    await using client = clientWith([dns.address])
    expect(await post(client, `http://some.test:${server.port}/`)).toMatchObject({ status: 200, body: 'ok' })
  })

  test('none of which answers says what each of them said', async () => {
    const server = await startRawServer(() => {})
    await server[Symbol.asyncDispose]()
    await using dns = await startDnsServer(() => ['127.0.0.1', '127.0.0.2'])
    await using client = clientWith([dns.address])
    expect(await post(client, `http://none.test:${server.port}/`)).toMatchObject({
      reason: 'connect',
      detail: `connect ECONNREFUSED 127.0.0.1:${server.port}; connect ECONNREFUSED 127.0.0.2:${server.port}`,
      reusedSocket: false,
    })
  })

  test('one of which is denied does not tell which', async () => {
    await using dns = await startDnsServer(() => ['127.0.0.1', '10.20.30.40'])
    await using client = clientWith([dns.address])
    const result = await post(client, 'http://inner.test/')
    expect(result).toMatchObject({
      reason: 'address-denied',
      detail: 'inner.test has an address in a range that webhooks are not sent to (private)',
    })
  })
})

describe('the connector', () => {
  test('judges what the socket says it has reached, after all that came before', async () => {
    await using server = await startRawServer(() => {})
    using resolver = new NameResolver([])
    const guard = { deniedRange: () => null, denial: () => 'denied at last' }
    const open = guardedConnector(guard, resolver)
    const to = { hostname: 'localhost', protocol: 'http:', port: String(server.port) }
    const failure = await new Promise((resolve) => open(to, (...[error]) => resolve(error)))
    expect(failure).toMatchObject({ reason: 'address-denied', message: 'denied at last' })
  })
})

describe('TLS', () => {
  let certificate: Certificate
  beforeAll(() => {
    certificate = selfSigned(['DNS:good.test', 'IP:127.0.0.1'])
    setDefaultCACertificates([certificate.cert])
  })

  const zone: Zone = () => ['127.0.0.1']

  function startTls(options: ServerOptions = {}, answer = lastOk): Promise<RawServer> {
    return startRawServer(
      answering(answer),
      createTlsServer({ ...certificate, ...options }),
      'secureConnection',
    )
  }

  test('names the host that it wants, speaks HTTP/1.1 alone, and resumes its session the next time', async () => {
    const wereResumed: boolean[] = []
    const tls = createTlsServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] })
    tls.on('secureConnection', (socket) => wereResumed.push(socket.isSessionReused()))
    await using server = await startRawServer(answering(lastOk), tls, 'secureConnection')
    await using dns = await startDnsServer(zone)
    await using client = clientWith([dns.address])
    const url = `https://good.test:${server.port}/`
    expect(await post(client, url)).toMatchObject({ kind: 'response', status: 200, body: 'ok' })
    expect(await post(client, url)).toMatchObject({ kind: 'response', status: 200, body: 'ok' })
    const sockets = server.sockets as readonly TLSSocket[]
    expect(sockets.map(({ servername }) => servername)).toEqual(['good.test', 'good.test'])
    expect(sockets.map(({ alpnProtocol }) => alpnProtocol)).toEqual(['http/1.1', 'http/1.1'])
    expect(wereResumed).toEqual([false, true])
  })

  test('keeps a socket as plain HTTP does', async () => {
    await using server = await startTls({}, ok)
    await using client = clientWith()
    const url = `https://127.0.0.1:${server.port}/`
    expect(await post(client, url)).toMatchObject({ status: 200 })
    expect(await post(client, url)).toMatchObject({ status: 200 })
    expect(server.sockets).toHaveLength(1)
    expect((server.sockets[0] as TLSSocket).servername).toBe(false)
  })

  test('refuses a certificate of another name, even one that it has just trusted for its own', async () => {
    await using server = await startTls()
    await using dns = await startDnsServer(zone)
    await using client = clientWith([dns.address])
    expect(await post(client, `https://good.test:${server.port}/`)).toMatchObject({ status: 200 })
    const result = await post(client, `https://bad.test:${server.port}/`)
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls', reusedSocket: false })
    expect(result.kind === 'failed' && result.detail).toContain("does not match certificate's altnames")
    // Whatever reached the server before it was left alone, it was no request.
    for (const socket of server.sockets.slice(1)) expect(socket.bytesRead).toBe(0)
  })

  test('refuses a certificate that nobody vouches for', async () => {
    await using server = await startTls({ ...selfSigned(['IP:127.0.0.1']) })
    await using client = clientWith()
    expect(await post(client, `https://127.0.0.1:${server.port}/`)).toMatchObject({
      kind: 'failed',
      reason: 'tls',
    })
    expect(client.openSockets).toBe(0)
  })

  test.each<[string, () => Promise<RawServer>]>([
    [
      'speaks plain HTTP',
      () =>
        startRawServer(
          () => {},
          createHttpServer((_, response) => response.end()),
        ),
    ],
    ['hangs up', () => startRawServer((socket) => socket.once('data', () => socket.destroy()))],
    ['talks nonsense', () => startRawServer((socket) => socket.once('data', () => socket.write('nonsense')))],
    [
      'demands a certificate of the client',
      () => startTls({ requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' }),
    ],
    [
      'speaks only what is too old',
      () => startTls({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }),
    ],
  ])('with a server that %s fails as TLS', async (_, start) => {
    await using server = await start()
    await using client = clientWith()
    const result = await post(client, `https://127.0.0.1:${server.port}/`)
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls', reusedSocket: false })
  })

  test('with a server that never shakes hands ends at the deadline', async () => {
    await using server = await startRawServer(() => {})
    await using client = clientWith()
    const result = await post(client, `https://127.0.0.1:${server.port}/`, 200)
    expect(result).toMatchObject({ kind: 'failed', reason: 'timeout' })
    expect(client.openSockets).toBe(0)
  })

  test('works with a real HTTPS server', async () => {
    const server = createHttpsServer(certificate, (request, response) => response.end(request.headers.host))
    await using raw = await startRawServer(() => {}, server)
    await using client = clientWith()
    const host = `127.0.0.1:${raw.port}`
    expect(await post(client, `https://${host}/`)).toMatchObject({ status: 200, body: host })
  })
})
