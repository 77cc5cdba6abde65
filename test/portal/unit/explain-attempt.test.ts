import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { judge } from '#core/verdict.ts'
import { HttpClient } from '#http/client.ts'
import { selfSigned } from '#test/support/certificate.ts'
import { startDnsServer } from '#test/support/dns-server.ts'
import { answering, startRawServer } from '#test/support/raw-server.ts'
import { en } from '../../../portal/src/locales/en/index.ts'
import { zh } from '../../../portal/src/locales/zh/index.ts'
import { explainAttempt, type FailureKind } from '../../../portal/src/lib/explain-attempt.ts'

type Attempt = Parameters<typeof explainAttempt>[0]

const failed = (responseStatusCode: number, response = ''): Attempt => ({
  status: 2,
  responseStatusCode,
  response,
})

function kindOf(text: string): FailureKind | undefined {
  return explainAttempt(failed(0, text))?.kind
}

interface Way {
  readonly dnsServers?: readonly string[]
  readonly allowSubnets?: readonly string[]
  readonly httpsOnly?: boolean
  readonly deadlineMs?: number
}

/** Sends for real, and explains what is recorded of it. */
async function explained(url: string, way: Way = {}): Promise<FailureKind | undefined> {
  const { deadlineMs = 2_000, httpsOnly = false, dnsServers = [], allowSubnets = ['127.0.0.0/8'] } = way
  await using client = new HttpClient({ allowSubnets, httpsOnly, maxSockets: 10, dnsServers })
  const answer = await client.post({ url, headers: [], body: '{}', deadlineMs })
  const { responseStatus, responseBody } = judge(
    answer,
    { trigger: 'scheduled', attemptCount: 0 },
    null,
    [],
    0,
    0,
  )
  return explainAttempt(failed(responseStatus, responseBody))?.kind
}

describe('an exchange that fails', () => {
  test('because of the URL', async () => {
    expect(await explained('/hooks')).toBe('invalidUrl')
    expect(await explained('http://127.0.0.1/', { httpsOnly: true })).toBe('httpsOnly')
    expect(await explained('https://me:secret@127.0.0.1/')).toBe('credentialsInUrl')
  })

  test('because of the name or the address', async () => {
    await using dns = await startDnsServer((name) => (name === 'inner.test' ? ['10.1.2.3'] : null))
    const dnsServers = [dns.address]
    expect(await explained('http://nowhere.test/', { dnsServers })).toBe('nameUnknown')
    expect(await explained('http://inner.test/', { dnsServers })).toBe('addressDenied')
    expect(await explained('http://10.1.2.3/')).toBe('addressDenied')
  })

  test('because nothing listens, or nobody answers in time', async () => {
    const gone = await startRawServer(() => {})
    await gone[Symbol.asyncDispose]()
    expect(await explained(`http://127.0.0.1:${gone.port}/`)).toBe('refused')
    await using silent = await startRawServer(() => {})
    expect(await explained(`http://127.0.0.1:${silent.port}/`, { deadlineMs: 100 })).toBe('timeout')
  })

  test('because of what comes back', async () => {
    await using hasty = await startRawServer((socket) => socket.on('data', () => socket.end()))
    expect(await explained(`http://127.0.0.1:${hasty.port}/`)).toBe('connectionLost')
    await using rude = await startRawServer((socket) => socket.on('data', () => socket.resetAndDestroy()))
    expect(await explained(`http://127.0.0.1:${rude.port}/`)).toBe('connectionLost')
    await using mail = await startRawServer(answering('220 mail.example ESMTP\r\n'))
    expect(await explained(`http://127.0.0.1:${mail.port}/`)).toBe('badAnswer')
    await using upgrading = await startRawServer(
      answering('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    )
    expect(await explained(`http://127.0.0.1:${upgrading.port}/`)).toBe('badAnswer')
    await using verbose = await startRawServer(
      answering(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`),
    )
    expect(await explained(`http://127.0.0.1:${verbose.port}/`)).toBe('headersTooLarge')
  })

  test('because of TLS', async () => {
    const certificate = selfSigned(['IP:127.0.0.1'])
    await using own = await startRawServer(() => {}, createTlsServer(certificate), 'secureConnection')
    expect(await explained(`https://127.0.0.1:${own.port}/`)).toBe('certificateSelfSigned')
    await using plain = await startRawServer(answering('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await explained(`https://127.0.0.1:${plain.port}/`)).toBe('notTls')
    await using closing = await startRawServer((socket) => socket.end())
    expect(await explained(`https://127.0.0.1:${closing.port}/`)).toBe('tlsFailed')
  })
})

test.each<[string, FailureKind]>([
  // As OpenSSL and Node.js say it.
  ['tls: certificate has expired', 'certificateExpired'],
  ['tls: certificate is not yet valid', 'certificateEarly'],
  [
    "tls: Hostname/IP does not match certificate's altnames: Host: a.test. is not in the cert's altnames: DNS:b.test",
    'certificateName',
  ],
  ['tls: self-signed certificate in certificate chain', 'certificateSelfSigned'],
  ['tls: unable to verify the first certificate', 'certificateIncomplete'],
  ['tls: unable to get local issuer certificate', 'certificateIncomplete'],
  [
    'tls: 0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../rec_layer_s3.c:918:SSL alert number 116\n (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)',
    'clientCertificate',
  ],
  ['tls: 0:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure', 'tlsFailed'],
  ['tls: read ECONNRESET', 'tlsFailed'],
  ['connect: connect ETIMEDOUT 192.0.2.1:443', 'connectTimeout'],
  ['connect: connect ENETUNREACH 2001:db8::1:443; connect ECONNREFUSED 192.0.2.1:443', 'refused'],
  ['connect: connect EHOSTUNREACH 192.0.2.1:443', 'unreachable'],
  ['connect: socket hang up', 'connectFailed'],
  ['connect: the connection was closed here', 'serverStopping'],
  ['connection-lost: the client is closed', 'serverStopping'],
  ['connection-lost: other side closed', 'connectionLost'],
  ['unresolved: some.test has no address (ETIMEOUT)', 'nameServerFailed'],
  ['unresolved: some.test has no address (ESERVFAIL)', 'nameServerFailed'],
  ['unresolved: some.test has no address (ENODATA)', 'nameUnknown'],
  ['not sent: the payload has expired or was expunged', 'contentGone'],
  ['held back: the server died 3 times in a row with this delivery in hand; resend it by hand', 'heldBack'],
  ['the server died with this delivery in hand and may have sent it; it is sent again', 'interrupted'],
  ['EXPUNGED', 'expunged'],
  // Lists may leave the text out.
  ['', 'noAnswer'],
])('%s', (text, kind) => {
  expect(kindOf(text)).toBe(kind)
})

test.each<[number, FailureKind]>([
  [200, 'ruleNotMet'],
  [301, 'redirect'],
  [302, 'redirect'],
  [304, 'otherRedirect'],
  [307, 'redirect'],
  [308, 'redirect'],
  [400, 'badRequest'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'notFound'],
  [405, 'methodNotAllowed'],
  [408, 'requestTimeout'],
  [409, 'conflict'],
  [410, 'gone'],
  [413, 'tooLarge'],
  [415, 'unsupportedType'],
  [418, 'clientError'],
  [422, 'unprocessable'],
  [429, 'tooMany'],
  [500, 'serverError'],
  [502, 'badGateway'],
  [503, 'unavailable'],
  [504, 'gatewayTimeout'],
  [522, 'edge'],
  [599, 'serverError'],
  [999, 'unusualStatus'],
])('an answer of %d', (status, kind) => {
  // What an endpoint writes never passes for what this server records.
  expect(explainAttempt(failed(status, 'timeout: no complete answer within 5 ms'))).toEqual({
    kind,
    status,
    waitedMs: null,
  })
})

test('how long was waited is told', () => {
  expect(explainAttempt(failed(0, 'timeout: no complete answer within 15000 ms'))?.waitedMs).toBe(15_000)
})

test('only what has failed or was canceled is explained', () => {
  const attempt = { responseStatusCode: 0, response: 'canceled before it was sent' }
  expect(explainAttempt({ ...attempt, status: 4 })?.kind).toBe('canceled')
  for (const status of [0, 1, 3] as const) expect(explainAttempt({ ...attempt, status })).toBeNull()
})

test('every kind says in both languages what happened and what to do', () => {
  for (const { failures } of [en, zh]) {
    for (const [kind, { cause, advice }] of Object.entries(failures.kinds)) {
      expect(`${cause} ${advice}`.length, kind).toBeGreaterThan(20)
    }
  }
})
