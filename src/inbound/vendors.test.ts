import { generateKeyPairSync } from 'node:crypto'
import { EventEmitter } from 'node:events'
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  certificateUrls,
  fakeTools,
  now,
  rsaCertificate,
  send,
  settingsFor,
  snsBody,
} from '#test/support/inbound-senders.ts'
import * as sdk from '#test/support/vendor-sdks.ts'
import { sign } from './sign.ts'
import { type InboundRequest, type SourceSettings, verify } from './verify.ts'

const mutations = 200
const tools = fakeTools()
const minute = 60_000

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now })
  vi.spyOn(https, 'get').mockImplementation(((url: string, done: (response: unknown) => void) => {
    const response = Object.assign(new EventEmitter(), {
      statusCode: url === certificateUrls.sns ? 200 : 404,
    })
    done(response)
    if (response.statusCode !== 200) return new EventEmitter()
    response.emit('data', rsaCertificate())
    response.emit('end')
    return new EventEmitter()
  }) as never)
})
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

type Kind =
  | 'good'
  | 'body bit flipped'
  | 'header character changed'
  | 'signature cut short'
  | 'wrong secret'
  | 'a bit older'
  | 'too old'
  | 'a bit ahead'
  | 'far ahead'
  | 'a right signature after a wrong one'
  | 'a wrong signature after the right one'

interface Case {
  readonly provider: string
  readonly judge: sdk.Judge
  /** Names of the headers whose characters are changed; the first holds the signature. */
  readonly headers: readonly string[]
  /** A list of the right signature and a wrong one, in this order. */
  readonly list?: (right: string, wrong: string) => readonly [rightLast: string, rightFirst: string]
  readonly body?: string
  readonly type?: string
  /** Where the vendor's library is known to judge otherwise, and why Posthorn does not follow it. */
  readonly exceptions?: Readonly<Partial<Record<Kind, Exception>>>
  /** Another secret, where one character more or less is not another one. */
  readonly otherSecret?: string
}

interface Exception {
  readonly vendor: boolean
  readonly why: string
  /** Only some requests of the kind. */
  readonly isRare?: boolean
}

const noWindow = {
  'too old': { vendor: true, why: 'the library leaves the time window to its caller' },
  'far ahead': { vendor: true, why: 'the library leaves the time window to its caller' },
} as const
const pastOnly = {
  'far ahead': {
    vendor: true,
    why: 'the library takes timestamps of any future: a signature that never grows old',
  },
} as const
const lastWins = {
  'a wrong signature after the right one': {
    vendor: false,
    why: 'the library takes only the last signature, so that a rotation would fail',
  },
} as const

const padding = {
  'signature cut short': {
    vendor: true,
    isRare: true,
    why: 'the library reads base64 without its padding too, so that two texts are one signature',
  },
} as const

/** Where the signature stands in the body, a flipped bit may fall on its padding. */
const paddingInBody = { 'body bit flipped': padding['signature cut short'] } as const

const equalsList =
  (separator: string, prefix: string) =>
  (right: string, wrong: string): readonly [string, string] => {
    const at = right.indexOf(prefix)
    const wrongItem = wrong.slice(wrong.indexOf(prefix))
    const head = right.slice(0, at)
    return [`${head}${wrongItem}${separator}${right.slice(at)}`, `${right}${separator}${wrongItem}`]
  }
const spaced = (right: string, wrong: string) => [`${wrong} ${right}`, `${right} ${wrong}`] as const
const standardHeaders = ['webhook-signature', 'webhook-id', 'webhook-timestamp']

const cases: readonly Case[] = [
  { provider: 'github', judge: sdk.octokit, headers: ['X-Hub-Signature-256'] },
  { provider: 'meta', judge: sdk.octokit, headers: ['X-Hub-Signature-256'] },
  {
    provider: 'stripe',
    judge: sdk.stripe,
    headers: ['Stripe-Signature'],
    list: equalsList(',', 'v1='),
    exceptions: pastOnly,
  },
  {
    provider: 'slack',
    judge: sdk.slack,
    headers: ['X-Slack-Signature', 'X-Slack-Request-Timestamp'],
    exceptions: pastOnly,
  },
  { provider: 'twilio', judge: sdk.twilio, headers: ['X-Twilio-Signature'] },
  {
    provider: 'twilio',
    judge: sdk.twilio,
    headers: ['X-Twilio-Signature'],
    body: 'CallSid=CA1&From=%2B14158675309&Digits=1234&Tag=b&Tag=a&Tag=b',
    type: 'application/x-www-form-urlencoded',
  },
  { provider: 'linear', judge: sdk.linear, headers: ['Linear-Signature'] },
  {
    provider: 'paddle',
    judge: sdk.paddle,
    headers: ['Paddle-Signature'],
    list: equalsList(';', 'h1='),
    exceptions: { ...pastOnly, ...lastWins },
  },
  { provider: 'adyen', judge: sdk.adyen, headers: [], exceptions: paddingInBody },
  { provider: 'adyen-platform', judge: sdk.adyenPlatform, headers: ['HmacSignature'], exceptions: padding },
  { provider: 'hubspot-v1', judge: sdk.hubspot('v1'), headers: ['X-HubSpot-Signature'] },
  { provider: 'hubspot-v2', judge: sdk.hubspot('v2'), headers: ['X-HubSpot-Signature'] },
  {
    provider: 'hubspot',
    judge: sdk.hubspot('v3'),
    headers: ['X-HubSpot-Signature-v3', 'X-HubSpot-Request-Timestamp'],
    exceptions: pastOnly,
  },
  {
    provider: 'discord-interactions',
    judge: sdk.discord,
    headers: ['X-Signature-Ed25519', 'X-Signature-Timestamp'],
    exceptions: {
      ...noWindow,
      'signature cut short': {
        vendor: true,
        isRare: true,
        why: 'the library reads half a byte of hex as a whole one',
      },
    },
  },
  { provider: 'openai', judge: sdk.openai, headers: standardHeaders, list: spaced, exceptions: padding },
  { provider: 'standard-webhooks', judge: sdk.standardWebhooks, headers: standardHeaders, list: spaced },
  { provider: 'svix', judge: sdk.svix, headers: standardHeaders, list: spaced },
  {
    provider: 'sendgrid',
    judge: sdk.sendgrid,
    headers: ['X-Twilio-Email-Event-Webhook-Signature', 'X-Twilio-Email-Event-Webhook-Timestamp'],
    otherSecret: generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      .publicKey.export({ format: 'der', type: 'spki' })
      .toString('base64'),
    exceptions: {
      ...padding,
      'header character changed': {
        vendor: true,
        isRare: true,
        why: 'the library does not look at all of the DER that holds the signature',
      },
    },
  },
  {
    provider: 'mux',
    judge: sdk.mux,
    headers: ['Mux-Signature'],
    list: equalsList(',', 'v1='),
    exceptions: pastOnly,
  },
  {
    provider: 'workos',
    judge: sdk.workos,
    headers: ['WorkOS-Signature'],
    list: equalsList(',', 'v1='),
    exceptions: {
      ...pastOnly,
      'header character changed': {
        vendor: true,
        isRare: true,
        why: 'the library takes the items by their places and passes over their names',
      },
      'a right signature after a wrong one': {
        vendor: false,
        why: 'the library takes only the first signature, so that a rotation would fail',
      },
    },
  },
  {
    provider: 'twitch',
    judge: sdk.twurple,
    headers: [
      'Twitch-Eventsub-Message-Signature',
      'Twitch-Eventsub-Message-Id',
      'Twitch-Eventsub-Message-Timestamp',
    ],
    exceptions: noWindow,
  },
  {
    provider: 'telegram',
    judge: sdk.grammy,
    headers: ['X-Telegram-Bot-Api-Secret-Token'],
    body: '{"update_id":1}',
  },
  { provider: 'retell', judge: sdk.retell, headers: ['x-retell-signature'] },
  { provider: 'aws-sns', judge: sdk.sns, headers: [], exceptions: paddingInBody },
  { provider: 'square', judge: sdk.square, headers: ['x-square-hmacsha256-signature'] },
  {
    provider: 'telnyx',
    judge: sdk.telnyx,
    headers: ['telnyx-signature-ed25519', 'telnyx-timestamp'],
    otherSecret: Buffer.alloc(32, 9).toString('base64'),
  },
  { provider: 'shopify', judge: sdk.shopify, headers: ['X-Shopify-Hmac-Sha256'] },
]

/** xorshift32: the same numbers in every run. */
function random(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function windowOf(provider: string): number {
  return { paddle: 5_000, linear: minute, twitch: 10 * minute, workos: 3 * minute }[provider] ?? 5 * minute
}

const timed = new Set([
  'stripe',
  'slack',
  'linear',
  'paddle',
  'hubspot',
  'discord-interactions',
  'openai',
  'standard-webhooks',
  'svix',
  'mux',
  'workos',
  'twitch',
  'retell',
  'telnyx',
])

async function* requests(each: Case): AsyncGenerator<readonly [Kind, InboundRequest, string]> {
  const pick = random(7_919)
  const { settings } = settingsFor(each.provider)
  const secret = settings.secrets[0] ?? ''
  const body = Buffer.from(each.body ?? '{"id":"evt_1","type":"thing.happened","text":"naïve 🎺"}')
  const at = async (shift: number) => {
    const request = await send(each.provider, body, each.type, now + shift)
    if (request === null) throw new Error(`${each.provider} cannot be signed for`)
    return { ...request, receivedAt: now }
  }
  const good = await at(0)
  yield ['good', good, secret]
  const [first] = each.headers
  const kinds = [
    0,
    ...(first === undefined ? [] : [1, 2]),
    ...(secret === '' ? [] : [3]),
    ...(timed.has(each.provider) ? [4, 5, 6, 7] : []),
  ]
  for (let count = 1; count < mutations; count++) {
    switch (kinds[pick(kinds.length)]) {
      case 0: {
        const flipped = Buffer.from(good.body)
        const index = pick(flipped.length)
        flipped[index] = (flipped[index] as number) ^ (1 << pick(8))
        yield ['body bit flipped', { ...good, body: flipped }, secret]
        break
      }
      case 1: {
        const name = each.headers[pick(Math.max(each.headers.length, 1))]
        if (name === undefined) break
        const value = sdk.header(good, name)
        const index = pick(value.length)
        // Digits for letters and letters for digits, so that no number reads as the same number.
        const char = 'abcdef0123456789'[pick(16)] as string
        if (char === value[index]) break
        yield [
          'header character changed',
          withHeader(good, name, value.slice(0, index) + char + value.slice(index + 1)),
          secret,
        ]
        break
      }
      case 2: {
        if (first === undefined) break
        const value = sdk.header(good, first)
        yield [
          'signature cut short',
          withHeader(good, first, value.slice(0, value.length - 1 - pick(20))),
          secret,
        ]
        break
      }
      case 3: {
        if (each.list !== undefined && first !== undefined && pick(2) === 0) {
          const right = sdk.header(good, first)
          const wrong = sdk.header(await wronglySigned(each.provider, body, each.type), first)
          const [rightLast, rightFirst] = each.list(right, wrong)
          yield ['a right signature after a wrong one', withHeader(good, first, rightLast), secret]
          yield ['a wrong signature after the right one', withHeader(good, first, rightFirst), secret]
        } else if (secret !== '') {
          yield ['wrong secret', good, each.otherSecret ?? otherSecret(secret, pick)]
        }
        break
      }
      case 4:
        yield ['a bit older', await at(-1_000 * pick(windowOf(each.provider) / 1_000)), secret]
        break
      case 5:
        yield ['too old', await at(-windowOf(each.provider) - 1_000 - 1_000 * pick(10_000)), secret]
        break
      case 6:
        yield ['a bit ahead', await at(1_000 * pick(windowOf(each.provider) / 1_000)), secret]
        break
      case 7:
        yield ['far ahead', await at(windowOf(each.provider) + 1_000 + 1_000 * pick(10_000)), secret]
        break
    }
  }
}

function withHeader(request: InboundRequest, name: string, value: string): InboundRequest {
  const headers = request.headers.map(([each, old]) => [each, each === name ? value : old] as const)
  return { ...request, headers }
}

async function wronglySigned(provider: string, body: Uint8Array, type?: string): Promise<InboundRequest> {
  const request = await send(provider, Buffer.concat([body, Buffer.from(' ')]), type)
  if (request === null) throw new Error(`${provider} cannot be signed for`)
  return request
}

/** Another secret of the same form: one of its characters is another digit or letter. */
function otherSecret(secret: string, pick: (below: number) => number): string {
  const at = 8 + pick(secret.length - 12)
  const char = secret[at] === '1' ? '2' : '1'
  return secret.slice(0, at) + char + secret.slice(at + 1)
}

describe.each(cases)('$provider: Posthorn and the vendor’s library', (each) => {
  test(`judge ${mutations} requests alike, but for what is named`, async () => {
    const seen = new Map<Kind, number>()
    for await (const [kind, request, secret] of requests(each)) {
      const { settings } = settingsFor(each.provider)
      const own: SourceSettings = { ...settings, secrets: secret === '' ? [] : [secret] }
      const verdict = await verify(request, own, tools)
      const vendor = await each.judge(request, secret)
      const ours = verdict.kind !== 'refused'
      const exception = each.exceptions?.[kind]
      const isExcepted =
        exception !== undefined &&
        (exception.isRare !== true || (vendor === exception.vendor && vendor !== ours))
      const expected = isExcepted ? exception.vendor : ours
      expect([kind, show(each, request), 'vendor', vendor]).toEqual([
        kind,
        show(each, request),
        'vendor',
        expected,
      ])
      if (isExcepted) expect([kind, ours]).toEqual([kind, !exception.vendor])
      if (kind === 'good') expect(verdict.kind).toBe('accepted')
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
    }
    expect(seen.get('good')).toBe(1)
    expect([...seen.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(mutations * 0.9)
  })
})

function show({ headers }: Case, request: InboundRequest): string {
  return [
    ...headers.map((name) => `${name}: ${sdk.header(request, name)}`),
    Buffer.from(request.body).toString('base64'),
  ].join('\n')
}

test('AWS SNS: a confirmation of the end of a subscription is signed like one of its beginning', async () => {
  const { settings } = settingsFor('aws-sns')
  const body = snsBody({
    Type: 'UnsubscribeConfirmation',
    Token: 'token',
    SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
  })
  const request: InboundRequest = {
    method: 'POST',
    url: 'https://a.test',
    headers: [],
    body,
    receivedAt: now,
  }
  expect((await verify(request, settings, tools)).kind).toBe('accepted')
  // sns-validator takes the notification's list of keys for it, which AWS does not sign by.
  expect(await sdk.sns(request, '')).toBe(false)
})

test('LiveKit: tokens that its library makes and checks', async () => {
  const body = '{"event":"room_started","id":"EV_1"}'
  const { settings } = settingsFor('livekit')
  const options = { ...settings.options, issuer: 'key-1' }
  const signed = await sign(
    { ...settings, options },
    {
      url: 'https://a.test/in',
      body: Buffer.from(body),
      contentType: 'application/webhook+json',
      id: 'EV_1',
      eventType: 'room_started',
      now,
    },
  )
  if (signed.kind !== 'signed') throw new Error('not signed')
  const [secret = ''] = settings.secrets
  expect(await sdk.livekit(signed.request, secret)).toBe(true)
  expect((await verify(signed.request, { ...settings, options }, tools)).kind).toBe('accepted')
  const changed = { ...signed.request, body: Buffer.from(body.replace('EV_1', 'EV_2')) }
  expect(await sdk.livekit(changed, secret)).toBe(false)
  expect((await verify(changed, { ...settings, options }, tools)).kind).toBe('refused')
  const other = { ...settings, options: { ...options, issuer: 'key-2' } }
  expect(await verify(signed.request, other, tools)).toMatchObject({ reason: 'wrong_recipient' })
})

test('Shopify: the headers of its Events, which have no X-', async () => {
  const { settings } = settingsFor('shopify')
  const [secret = ''] = settings.secrets
  const sent = await send('shopify', Buffer.from('{"id":1}'))
  if (sent === null) throw new Error('not signed')
  const headers = sent.headers.map(([name, value]) => [name.replace(/^X-/, ''), value] as const)
  const request = { ...sent, headers }
  const id = sdk.header(request, 'Shopify-Webhook-Id')
  expect(id).not.toBe('')
  expect(await sdk.shopify(request, secret)).toBe(true)
  expect(await verify(request, settings, tools)).toMatchObject({
    kind: 'accepted',
    messages: [{ id, eventType: 'thing.happened' }],
  })
  const changed = { ...request, body: Buffer.from('{"id":2}') }
  expect(await sdk.shopify(changed, secret)).toBe(false)
  expect(await verify(changed, settings, tools)).toMatchObject({ reason: 'bad_signature' })
})
