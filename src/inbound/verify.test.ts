import { createHash, createHmac } from 'node:crypto'
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fakeTools, now, send, settingsFor } from '#test/support/inbound-senders.ts'
import { genericProvider, providers, urlOnlyRow } from './providers/providers.ts'
import { secretProblem } from './secret-problem.ts'
import { type InboundRequest, secretHeadersOf, type SourceSettings, verify } from './verify.ts'

const tools = fakeTools()
const form = 'application/x-www-form-urlencoded'

function post(
  body: string | Uint8Array,
  headers: InboundRequest['headers'] = [],
  url = 'https://a.test/in',
): InboundRequest {
  return { method: 'POST', url, headers, body: Buffer.from(body), receivedAt: now }
}

async function sent(provider: string, body = '{"id":"evt_1"}', type?: string): Promise<InboundRequest> {
  const request = await send(provider, Buffer.from(body), type)
  if (request === null) throw new Error(`${provider} cannot be signed for`)
  return request
}

const judge = (provider: string, request: InboundRequest, more: Partial<SourceSettings> = {}) =>
  verify(request, { ...settingsFor(provider).settings, ...more }, tools)

const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')

describe('several values where one is expected', () => {
  test('of a signature are each tried', async () => {
    const [secret = ''] = settingsFor('github').settings.secrets
    const right = ['X-Hub-Signature-256', `sha256=${hex(secret, '{}')}`] as const
    const wrong = ['X-Hub-Signature-256', `sha256=${hex('other', '{}')}`] as const
    expect((await judge('github', post('{}', [wrong, right]))).kind).toBe('accepted')
    expect((await judge('github', post('{}', [wrong, wrong]))).kind).toBe('refused')
  })

  test('of a signed timestamp or id are refused', async () => {
    const stripe = await sent('stripe')
    const twice = stripe.headers.map(
      ([name, value]) => [name, name === 'Stripe-Signature' ? `t=1,${value}` : value] as const,
    )
    expect(await judge('stripe', { ...stripe, headers: twice })).toMatchObject({
      reason: 'malformed_signature',
    })
    for (const name of ['webhook-id', 'webhook-timestamp']) {
      const standard = await sent('standard-webhooks')
      const headers = [...standard.headers, [name, '1']] as const
      expect(await judge('standard-webhooks', { ...standard, headers })).toMatchObject({
        reason: 'malformed_signature',
      })
    }
  })

  test('more than any rotation needs are refused', async () => {
    const many = Array.from({ length: 40 }, () => `v1=${'ab'.repeat(32)}`).join(',')
    expect(await judge('pagerduty', post('{}', [['X-PagerDuty-Signature', many]]))).toMatchObject({
      reason: 'malformed_signature',
    })
  })
})

test('Standard Webhooks: an id that is not signed does not pass for the one that is', async () => {
  const request = await sent('svix')
  const svix = request.headers.map(([name, value]) => [name.replace('webhook-', 'svix-'), value] as const)
  expect(await judge('svix', { ...request, headers: svix })).toMatchObject({ messages: [{ id: 'id-1' }] })
  const headers = [...svix, ['webhook-id', 'id-2']] as const
  expect((await judge('svix', { ...request, headers })).kind).toBe('refused')
})

test('Box signs with a primary and a secondary key, and either will do', async () => {
  const { headers, ...rest } = await sent('box')
  const renamed = headers.map(([name, value]) => [name.replace('Primary', 'Secondary'), value] as const)
  const wrong = ['Box-Signature-Primary', Buffer.alloc(32).toString('base64')] as const
  expect((await judge('box', { ...rest, headers: [...renamed, wrong] })).kind).toBe('accepted')
})

test('Grafana signs the timestamp where its header is named, and then must send it', async () => {
  const settings = settingsFor('grafana').settings
  const [secret = ''] = settings.secrets
  const options = { timestampHeader: 'X-My-Time' }
  const time = String(now / 1000)
  const signature = ['X-Grafana-Alerting-Signature', hex(secret, `${time}:{}`)] as const
  const timed = post('{}', [signature, ['X-My-Time', time]])
  expect((await judge('grafana', timed, { options })).kind).toBe('accepted')
  expect(await judge('grafana', timed)).toMatchObject({ reason: 'bad_signature' })
  expect(await judge('grafana', post('{}', [signature]), { options })).toMatchObject({
    reason: 'timestamp_missing',
  })
  const late = { ...timed, receivedAt: now + 301_000 }
  expect(await judge('grafana', late, { options })).toMatchObject({ reason: 'timestamp_out_of_window' })
})

test('HubSpot signs its URL with some escapes undone, and only those', async () => {
  const [secret = ''] = settingsFor('hubspot').settings.secrets
  const url = 'https://a.test/in?a=%3A%2f%40&b=%26%20'
  const time = String(now)
  const text = `POSThttps://a.test/in?a=:/@&b=%26%20{}${time}`
  const headers = [
    ['X-HubSpot-Signature-v3', createHmac('sha256', secret).update(text).digest('base64')],
    ['X-HubSpot-Request-Timestamp', time],
  ] as const
  expect((await judge('hubspot', post('{}', headers, url))).kind).toBe('accepted')
})

describe('the URL that is signed', () => {
  test('is the one that is configured, with the request’s query', async () => {
    const [secret = ''] = settingsFor('square').settings.secrets
    const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64')
    const headers = [['x-square-hmacsha256-signature', sign('https://public.test/hook?x=1{}')]] as const
    const request = post('{}', headers, 'http://internal:8080/in/abc?x=1')
    expect((await judge('square', request)).kind).toBe('refused')
    for (const publicUrl of ['https://public.test/hook', 'https://public.test/hook?x=1']) {
      expect((await judge('square', request, { options: { publicUrl } })).kind).toBe('accepted')
    }
  })

  test('may have its port or not for Twilio, and nothing else changed', async () => {
    const [token = ''] = settingsFor('twilio').settings.secrets
    const at = (url: string) =>
      [['X-Twilio-Signature', createHmac('sha1', token).update(url).digest('base64')]] as const
    const judged = async (signed: string, called: string) =>
      (await judge('twilio', post('', at(signed), called))).kind
    expect(await judged('https://a.test:443/in?q=a', 'https://a.test/in?q=a')).toBe('accepted')
    expect(await judged('https://a.test/in?q=a', 'https://a.test:8443/in?q=a')).toBe('accepted')
    expect(await judged('https://a.test/in?q=it%27s', "https://a.test/in?q=it's")).toBe('accepted')
    expect(await judged('https://a.test/in?q=a', 'https://a.test/in?q=b')).toBe('refused')
    expect(await judged('https://a.test/in', 'https://b.test/in')).toBe('refused')
  })
})

describe('Twilio', () => {
  test('is refused with a body that its signature does not cover', async () => {
    const [token = ''] = settingsFor('twilio').settings.secrets
    const signature = [
      'X-Twilio-Signature',
      createHmac('sha1', token).update('https://a.test/in').digest('base64'),
    ] as const
    expect(
      await judge('twilio', post('{}', [['content-type', 'application/json'], signature])),
    ).toMatchObject({
      reason: 'unsupported_content_type',
      status: 415,
    })
    expect(await judge('twilio', post('a=%FF', [['content-type', form], signature]))).toMatchObject({
      reason: 'unparsable_body',
    })
  })
})

describe('Mailgun', () => {
  test('is taken as JSON and as a form, known by the token that it may use once', async () => {
    for (const [body, type] of [
      ['{"event-data":{"event":"opened"}}', 'application/json'],
      ['event=opened', form],
    ] as const) {
      expect(await judge('mailgun', await sent('mailgun', body, type))).toMatchObject({
        kind: 'accepted',
        messages: [{ id: 'id-1', eventType: 'opened' }],
      })
    }
  })
})

describe('tokens', () => {
  test('are taken in every way that the provider has', async () => {
    const basic = `Basic ${Buffer.from('user:pass:word').toString('base64')}`
    const secrets = ['user:pass:word', 'token-1']
    for (const header of [
      ['Authorization', basic],
      ['authorization', basic.replace('Basic', 'basic')],
      ['X-Webhook-Token', 'token-1'],
    ] as const) {
      expect((await judge('postmark', post('{}', [header]), { secrets })).kind).toBe('accepted')
    }
    for (const value of [
      'Basic',
      'Basic !!',
      'Bearer token-1',
      `Basic ${Buffer.from('user:pass').toString('base64')}`,
    ]) {
      expect((await judge('postmark', post('{}', [['Authorization', value]]), { secrets })).kind).toBe(
        'refused',
      )
    }
  })

  test('are named as headers that must not be shown', () => {
    expect(secretHeadersOf(settingsFor('gitlab-token').settings)).toContain('x-gitlab-token')
    expect(secretHeadersOf(settingsFor('netlify').settings)).toContain('x-webhook-signature')
    expect(secretHeadersOf(settingsFor('github').settings)).not.toContain('x-hub-signature-256')
  })
})

describe('a compressed body', () => {
  test('is judged as it came, and as it was before', async () => {
    const [secret = ''] = settingsFor('github').settings.secrets
    for (const [coding, bytes] of [
      ['gzip', gzipSync('{"a":1}')],
      ['deflate', deflateSync('{"a":1}')],
    ] as const) {
      const before = [
        ['content-encoding', coding],
        ['X-Hub-Signature-256', `sha256=${hex(secret, '{"a":1}')}`],
      ] as const
      expect(await judge('github', post(bytes, before))).toMatchObject({
        messages: [{ body: Buffer.from('{"a":1}'), isDecoded: true }],
      })
      const signature = createHmac('sha256', secret).update(bytes).digest('hex')
      const after = [
        ['content-encoding', coding],
        ['X-Hub-Signature-256', `sha256=${signature}`],
      ] as const
      expect(await judge('github', post(bytes, after))).toMatchObject({
        messages: [{ body: bytes, isDecoded: false }],
      })
    }
  })

  test('may not grow without limit', async () => {
    const [secret = ''] = settingsFor('github').settings.secrets
    const huge = Buffer.alloc(9 << 20)
    const signature = createHmac('sha256', secret).update(huge).digest('hex')
    const headers = [
      ['content-encoding', 'gzip'],
      ['X-Hub-Signature-256', `sha256=${signature}`],
    ] as const
    expect(await judge('github', post(gzipSync(huge), headers))).toMatchObject({ reason: 'bad_signature' })
  })
})

test('ids that a double cannot hold stay apart', async () => {
  const ids = await Promise.all(
    ['9007199254740992', '9007199254740993'].map(async (id) =>
      judge('vercel', await sent('vercel', `{"id":${id}}`)),
    ),
  )
  expect(ids).toMatchObject([
    { messages: [{ id: '9007199254740992' }] },
    { messages: [{ id: '9007199254740993' }] },
  ])
})

test('a source that is proven by its URL alone says so by its row', async () => {
  const settings = { provider: genericProvider, secrets: [], row: urlOnlyRow }
  expect((await verify(post('anything'), settings, tools)).kind).toBe('accepted')
})

test('a JWT for another body is refused', async () => {
  const request = await sent('netlify')
  expect(await judge('netlify', { ...request, body: Buffer.from('{}') })).toMatchObject({
    reason: 'bad_signature',
  })
  expect(createHash('sha256').update('{}').digest('hex')).toHaveLength(64)
})

describe('secretProblem', () => {
  test('finds nothing wrong with a secret of the provider’s form, and names the form of another', () => {
    for (const [key, { scheme }] of Object.entries(providers)) {
      for (const secret of settingsFor(key).settings.secrets) expect(secretProblem(scheme, secret)).toBeNull()
      expect(secretProblem(scheme, ' ')).toBe('must not be empty')
    }
    const schemeOf = (key: string) => providers[key]?.scheme ?? { kind: 'url' as const }
    expect(secretProblem(schemeOf('svix'), 'whsec_!')).toContain('base64')
    expect(secretProblem(schemeOf('alertmanager'), 'two words')).toContain('blank')
    expect(secretProblem(schemeOf('alertmanager'), 'user:two words')).toBeNull()
    expect(secretProblem(schemeOf('adyen'), 'xyz')).toContain('hex')
    expect(secretProblem(schemeOf('discord-events'), 'abcd')).toContain('ed25519')
    expect(secretProblem(schemeOf('wise'), 'abcd')).toContain('rsa-sha256')
    expect(secretProblem(schemeOf('plaid'), 'abcd')).toContain('JWK')
  })
})

describe('whatever is sent', () => {
  const names = [...new Set(Object.keys(providers))]
  const headerNames = [
    'X-Hub-Signature-256',
    'X-Hub-Signature',
    'Stripe-Signature',
    'Paddle-Signature',
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'svix-id',
    'svix-signature',
    'Authorization',
    'X-Twilio-Signature',
    'content-type',
    'ce-id',
    'ce-specversion',
    'content-encoding',
    'X-Slack-Signature',
    'X-Slack-Request-Timestamp',
    'PAYPAL-CERT-URL',
    'PAYPAL-TRANSMISSION-SIG',
    'PAYPAL-TRANSMISSION-ID',
    'PAYPAL-TRANSMISSION-TIME',
    'PAYPAL-AUTH-ALGO',
    'X-Signature-Ed25519',
    'X-Signature-Timestamp',
    'Plaid-Verification',
    'x-retell-signature',
    'aeg-event-type',
    'WebHook-Request-Origin',
    'X-Hook-Secret',
  ]
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(t=\d{0,20},?)?(v0|v1|sha256|h1|d|Bearer |Basic )[=, ;]?[\w+/=.-]{0,90}$/),
    fc.constantFrom(
      'gzip',
      form,
      'application/json',
      'application/cloudevents-batch+json',
      'application/cloudevents+json',
      '1.0',
    ),
  )
  const body = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .constantFrom(
        '{"notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"AA=="}}}]}',
        '{"value":[{"clientState":1}],"validationTokens":7}',
        '{"signature":{"timestamp":[],"token":{},"signature":"ab"}}',
        '{"Type":"Notification","Signature":"AA==","SignatureVersion":"1","SigningCertURL":"x","TopicArn":""}',
        '{"challenge":{}}',
        '[[[[',
        '%%%',
        '{"__proto__":{"id":1}}',
      )
      .map((text) => Buffer.from(text)),
  )

  test('is a verdict, never an exception, and never accepted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.constantFrom('POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'x'),
        fc.array(fc.tuple(fc.constantFrom(...headerNames), value), { maxLength: 8 }),
        body,
        fc.oneof(
          fc.webUrl({ withQueryParameters: true }),
          fc.string(),
          fc.constant('https://a.test/?%%&=&challenge'),
        ),
        async (provider, method, headers, bytes, url) => {
          const request = { method, url, headers, body: bytes, receivedAt: now }
          const verdict = await judge(provider, request)
          expect(['refused', 'answered']).toContain(verdict.kind)
          if (verdict.kind === 'refused') {
            expect(verdict.status).toBeGreaterThanOrEqual(400)
            for (const secret of settingsFor(provider).settings.secrets)
              expect(verdict.detail).not.toContain(secret)
          }
        },
      ),
      { numRuns: 3_000, seed: 11 },
    )
  })
})
