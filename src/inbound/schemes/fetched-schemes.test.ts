import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  certificateUrls,
  fakeTools,
  issuedToken,
  now,
  send,
  settingsFor,
  snsBody,
} from '#test/support/inbound-senders.ts'
import { type InboundRequest, type SourceSettings, type Tools, verify } from '../verify.ts'
import { entraKeys, googleKeys, graphPublisher } from './issued-tokens.ts'

function post(body: string | Uint8Array, headers: InboundRequest['headers'] = []): InboundRequest {
  return {
    method: 'POST',
    url: 'https://in.example.com/in/abc',
    headers,
    body: Buffer.from(body),
    receivedAt: now,
  }
}

const judge = (
  provider: string,
  request: InboundRequest,
  tools: Tools = fakeTools(),
  more: Partial<SourceSettings> = {},
) => verify(request, { ...settingsFor(provider).settings, ...more }, tools)

async function sent(provider: string): Promise<InboundRequest> {
  const request = await send(provider, Buffer.from('{"id":"e1"}'))
  if (request === null) throw new Error(`${provider} cannot be signed for`)
  return request
}

const withHeader = (request: InboundRequest, name: string, value: string): InboundRequest => ({
  ...request,
  headers: request.headers.map(([each, old]) => [each, each === name ? value : old]),
})

const strangeHosts = [
  'https://evil.example/cert.pem',
  'http://HOST/cert.pem',
  'https://HOST.evil.example/cert.pem',
  'https://evil.example/HOST/cert.pem',
  'https://HOST@evil.example/cert.pem',
  'https://user:pass@HOST/cert.pem',
  'https://HOST:444/cert.pem',
  'file:///HOST/cert.pem',
  '//HOST/cert.pem',
  '',
]

describe('AWS SNS', () => {
  test('is taken in both signature versions, with or without a subject', async () => {
    for (const fields of [{ SignatureVersion: '1' }, { SignatureVersion: '2' }, { Subject: 'a\nb' }]) {
      expect(await judge('aws-sns', post(snsBody(fields)))).toMatchObject({
        kind: 'accepted',
        messages: [{ id: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324', eventType: 'Notification' }],
      })
    }
    expect(await judge('aws-sns', post(snsBody({ SignatureVersion: '3' })))).toMatchObject({
      reason: 'malformed_signature',
    })
  })

  test('of another topic is refused, and of any without a topic', async () => {
    expect(
      await judge('aws-sns', post(snsBody({ TopicArn: 'arn:aws:sns:eu-west-1:9:other' }))),
    ).toMatchObject({
      reason: 'wrong_recipient',
    })
    expect(await judge('aws-sns', post(snsBody({})), fakeTools(), { options: {} })).toMatchObject({
      reason: 'setting_missing',
      status: 503,
    })
  })

  test('has no certificate fetched from elsewhere', async () => {
    for (const host of strangeHosts) {
      const tools = fakeTools()
      const SigningCertURL = host.replace('HOST', 'sns.eu-west-1.amazonaws.com')
      expect(await judge('aws-sns', post(snsBody({ SigningCertURL })), tools)).toMatchObject({
        reason: 'untrusted_certificate_url',
      })
      expect(tools.fetched).toEqual([])
    }
  })

  test('that names a key twice is refused: others might read the one that is not signed', async () => {
    const body = snsBody({}).toString()
    for (const key of ['Message', '\\u004dessage']) {
      const twice = body.replace('{', `{"${key}" \n\t : "evil",`)
      expect(await judge('aws-sns', post(twice))).toMatchObject({ reason: 'unparsable_body' })
    }
  })

  test('is refused when old, and by another clock than the certificate’s', async () => {
    const old = snsBody({ Timestamp: new Date(now - 3 * 3_600_000).toISOString() })
    expect(await judge('aws-sns', post(old))).toMatchObject({ reason: 'timestamp_out_of_window' })
    const later = { ...post(snsBody({})), receivedAt: now + 20 * 365 * 86_400_000 }
    expect(await judge('aws-sns', later)).toMatchObject({ reason: 'bad_signature' })
  })

  test('is asked for again while its certificate cannot be fetched, and then the fetch is tried again', async () => {
    const tools = fakeTools()
    let isDown = true
    const failing: Tools = {
      maxBodyBytes: tools.maxBodyBytes,
      get: (url) => (isDown ? Promise.resolve({ kind: 'failed', detail: 'down' }) : tools.get(url)),
    }
    expect(await judge('aws-sns', post(snsBody({})), failing)).toMatchObject({
      reason: 'key_unavailable',
      status: 503,
    })
    isDown = false
    expect((await judge('aws-sns', post(snsBody({})), failing)).kind).toBe('accepted')
    expect((await judge('aws-sns', post(snsBody({})), failing)).kind).toBe('accepted')
    expect(tools.fetched).toEqual([certificateUrls.sns])
  })
})

describe('PayPal', () => {
  test('has no certificate fetched from elsewhere', async () => {
    const request = await sent('paypal')
    for (const host of [...strangeHosts, 'https://paypal.com.evil.example/c', 'https://evilpaypal.com/c']) {
      const tools = fakeTools()
      const changed = withHeader(request, 'PAYPAL-CERT-URL', host.replace('HOST', 'api.paypal.com'))
      const { kind } = await judge('paypal', changed, tools)
      expect([host, kind]).toEqual([host, 'refused'])
      expect(tools.fetched).toEqual([])
    }
  })

  test('is refused for another webhook, another algorithm, and when its transmission is old', async () => {
    const request = await sent('paypal')
    expect(await judge('paypal', request, fakeTools(), { options: { webhookId: 'WH-2' } })).toMatchObject({
      reason: 'bad_signature',
    })
    expect(await judge('paypal', withHeader(request, 'PAYPAL-AUTH-ALGO', 'SHA1withRSA'))).toMatchObject({
      reason: 'malformed_signature',
    })
    const late = { ...request, receivedAt: now + 5 * 86_400_000 }
    expect(await judge('paypal', late)).toMatchObject({ reason: 'timestamp_out_of_window' })
  })

  test('is known by the transmission, which its signature covers, not by the body, which a CRC stands for', async () => {
    expect(await judge('paypal', await sent('paypal'))).toMatchObject({
      messages: [{ id: '69cd13f0-d67a-11e5-baa3-778b53f4ae55' }],
    })
  })
})

const bearer = (token: string) => [['Authorization', `Bearer ${token}`]] as const
const google = {
  iss: 'https://accounts.google.com',
  aud: 'aud-1',
  email: 'push@project.iam.gserviceaccount.com',
  email_verified: true,
}

describe('Google Pub/Sub', () => {
  test.each([
    ['another audience', { aud: 'aud-2' }, 'wrong_recipient'],
    ['another issuer', { iss: 'https://evil.example' }, 'wrong_recipient'],
    ['another account', { email: 'other@project.iam.gserviceaccount.com' }, 'wrong_recipient'],
    ['an account that is not verified', { email_verified: false }, 'wrong_recipient'],
  ])('is refused with a token for %s', async (_, claims, reason) => {
    const token = await issuedToken({ ...google, ...claims })
    expect(await judge('google-pubsub', post('{}', bearer(token)))).toMatchObject({ reason })
  })

  test('is refused with a token that has expired, that nobody signed, or that another key signed', async () => {
    const token = await issuedToken(google)
    const late = { ...post('{}', bearer(token)), receivedAt: now + 700_000 }
    expect(await judge('google-pubsub', late)).toMatchObject({ reason: 'timestamp_out_of_window' })
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
    expect(await judge('google-pubsub', post('{}', bearer(none)))).toMatchObject({
      reason: 'malformed_signature',
    })
    const { privateKey } = await generateKeyPair('RS256')
    const forged = await new SignJWT(google)
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setExpirationTime(now / 1000 + 600)
      .sign(privateKey)
    expect(await judge('google-pubsub', post('{}', bearer(forged)))).toMatchObject({
      reason: 'bad_signature',
    })
  })

  test('may have a new key: the set is fetched anew, but not for every unknown key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256')
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k2', alg: 'RS256' }]
    const fetched: string[] = []
    const tools: Tools = {
      maxBodyBytes: 1_048_576,
      get: (url) => {
        fetched.push(url)
        const body = fetched.length === 1 ? '{"keys":[]}' : JSON.stringify({ keys })
        return Promise.resolve({ kind: 'response', status: 200, body })
      },
    }
    const token = (kid: string) =>
      new SignJWT(google)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setExpirationTime(now / 1000 + 6_000)
        .sign(privateKey)
    const at = async (shift: number, kid: string) =>
      judge('google-pubsub', { ...post('{}', bearer(await token(kid))), receivedAt: now + shift }, tools)
    expect((await at(0, 'k2')).kind).toBe('refused')
    expect((await at(61_000, 'k2')).kind).toBe('accepted')
    expect(fetched).toEqual([googleKeys, googleKeys])
    for (let count = 0; count < 20; count++) expect((await at(62_000, 'k3')).kind).toBe('refused')
    expect(fetched).toHaveLength(2)
  })
})

describe('Microsoft Graph', () => {
  const secret = settingsFor('microsoft-graph').settings.secrets[0] ?? ''
  const body = (states: readonly unknown[], validationTokens?: readonly string[]) =>
    JSON.stringify({
      value: states.map((clientState) => ({ clientState, changeType: 'created' })),
      validationTokens,
    })
  const issuer = 'https://login.microsoftonline.com/84bd8158-6d4d-4958-8b9f-9d6445542f95/v2.0'
  const rich = { options: { appId: 'app-1' } }

  test('must know the client state in every notification', async () => {
    expect((await judge('microsoft-graph', post(body([secret, secret])))).kind).toBe('accepted')
    expect(await judge('microsoft-graph', post(body([secret, 'x'])))).toMatchObject({
      reason: 'bad_signature',
    })
    expect(await judge('microsoft-graph', post(body([secret, null])))).toMatchObject({
      reason: 'missing_signature',
    })
    expect(await judge('microsoft-graph', post(body([])))).toMatchObject({ reason: 'unparsable_body' })
  })

  test('must bring Graph’s own tokens where there is resource data', async () => {
    const right = await issuedToken({ iss: issuer, aud: 'app-1', azp: graphPublisher })
    const others = await Promise.all([
      issuedToken({ iss: issuer, aud: 'app-1', azp: 'another-app' }),
      issuedToken({ iss: issuer, aud: 'app-2', azp: graphPublisher }),
      issuedToken({ iss: 'https://evil.example/', aud: 'app-1', azp: graphPublisher }),
    ])
    expect((await judge('microsoft-graph', post(body([secret], [right])), fakeTools(), rich)).kind).toBe(
      'accepted',
    )
    expect((await judge('microsoft-graph', post(body([secret])), fakeTools(), rich)).kind).toBe('refused')
    for (const other of [...others, 'no token']) {
      const request = post(body([secret], [right, other]))
      expect((await judge('microsoft-graph', request, fakeTools(), rich)).kind).toBe('refused')
    }
  })
})

test('Event Grid with Entra ID takes tokens of its own directory alone', async () => {
  const token = await issuedToken({ iss: 'https://sts.windows.net/tenant-1/', aud: 'aud-1' })
  const tools = fakeTools()
  expect((await judge('azure-event-grid-entra', post('[]', bearer(token)), tools)).kind).toBe('accepted')
  expect(tools.fetched).toEqual([entraKeys('tenant-1')])
  const other = await issuedToken({ iss: 'https://sts.windows.net/tenant-2/', aud: 'aud-1' })
  expect(await judge('azure-event-grid-entra', post('[]', bearer(other)))).toMatchObject({
    reason: 'wrong_recipient',
  })
})
