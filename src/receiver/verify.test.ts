import { newSecretPair, signedWebhook } from '#test/support/signed-webhook.ts'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, test } from 'vitest'
import { unwrap } from './unwrap.ts'
import { type Verification, verify } from './verify.ts'
import { WebhookError } from './webhook-error.ts'

const { sender: secret } = newSecretPair('hmac256')
const pair = newSecretPair('ed25519')
const body = '{"big":12345678901234567890,"text":"\\u00e9 🎺"}'

function reason(result: Verification): string {
  return result.ok ? 'ok' : result.reason
}

interface Draft {
  text: string
  readonly headers: Record<string, string>
}

/** What may happen to a webhook on its way. */
const changes: readonly ((draft: Draft) => void)[] = [
  () => {},
  (draft) => (draft.text += ' '),
  (draft) => (draft.text = draft.text.replace('1', '2')),
  ({ headers }) => (headers['webhook-id'] += 'x'),
  ({ headers }) => (headers['webhook-id'] = ''),
  ({ headers }) => delete headers['webhook-timestamp'],
  ({ headers }) => (headers['webhook-timestamp'] = String(Number(headers['webhook-timestamp']) - 301)),
  ({ headers }) => (headers['webhook-timestamp'] = 'x'),
  changedSignature((value) => `v1,AAAA ${value}`),
  changedSignature((value) => `v2,AAAA v1a,AAAA ${value} v1,`),
  changedSignature((value) => `  ${value}  `),
  changedSignature((value) => value.replace('v1,', 'v2,')),
  changedSignature((value) => value.replace('=', '')),
  changedSignature((value) => value.replace(',', ' ')),
  changedSignature((value) => value.toLowerCase()),
]

function changedSignature(change: (value: string) => string): (draft: Draft) => void {
  return ({ headers }) => {
    headers['webhook-signature'] = change(headers['webhook-signature'] ?? '')
  }
}

describe('the published vectors', () => {
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
  }
  const vector = '{"test": 2432232314}'
  const now = () => 1_614_265_330_000

  test.each([
    ['v1', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    [
      'v1a',
      'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    ],
  ])('of %s verify', async (_version, key, signature) => {
    const request = { headers: { ...headers, 'webhook-signature': signature }, body: vector }
    const result = await verify(request, { secret: key, now })
    expect(result).toMatchObject({ ok: true, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' })
    if (result.ok) {
      expect(result.timestamp).toEqual(new Date('2021-02-25T15:02:10Z'))
      expect(result.text()).toBe(vector)
      expect(result.json()).toEqual({ test: 2432232314 })
    }
  })
})

describe('what Posthorn and the official libraries sign', () => {
  test.each(['posthorn', 'standardwebhooks', 'svix'] as const)('verifies: %s', async (by) => {
    for (const family of ['webhook', 'svix'] as const) {
      const webhook = signedWebhook(secret, body, { by, family })
      expect(reason(await verify(webhook, { secret }))).toBe('ok')
    }
  })

  test('verifies from a Request, from Headers, and from names in any case', async () => {
    const { headers, body: bytes } = signedWebhook(secret, body)
    const request = new Request('http://receiver.test', {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    })
    expect(reason(await verify(request, { secret }))).toBe('ok')
    expect(reason(await verify({ headers: new Headers(headers), body }, { secret }))).toBe('ok')
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    )
    expect(reason(await verify({ headers: upper, body: new Uint8Array(bytes).buffer }, { secret }))).toBe(
      'ok',
    )
  })

  test('verifies whichever of the secrets and of the signatures is right', async () => {
    const other = newSecretPair('hmac256').sender
    const first = signedWebhook(other, body)
    const second = signedWebhook(secret, body)
    const signature = `${first.headers['webhook-signature']} ${second.headers['webhook-signature']}`
    const rotated = { body, headers: { ...second.headers, 'webhook-signature': signature } }
    expect(reason(await verify(rotated, { secret }))).toBe('ok')
    expect(reason(await verify(rotated, { secret: other }))).toBe('ok')
    expect(reason(await verify(second, { secrets: [other, secret] }))).toBe('ok')
    expect(reason(await verify(second, { secret: other, secrets: [secret] }))).toBe('ok')
    expect(reason(await verify(second, { secret: other }))).toBe('signature_mismatch')
  })

  test('verifies where two headers of the name were joined', async () => {
    const { headers } = signedWebhook(secret, body)
    const twice = new Headers(headers)
    twice.set('webhook-signature', 'v1,AAAA')
    twice.append('webhook-signature', headers['webhook-signature'] ?? '')
    expect(reason(await verify({ headers: twice, body }, { secret }))).toBe('ok')
  })

  test('verifies with a symmetric and an asymmetric secret at a time', async () => {
    const asymmetric = signedWebhook(pair.sender, body)
    expect(asymmetric.headers['webhook-signature']).toMatch(/^v1a,/)
    expect(reason(await verify(asymmetric, { secrets: [secret, pair.receiver] }))).toBe('ok')
    expect(reason(await verify(asymmetric, { secret }))).toBe('signature_kind')
    expect(reason(await verify(signedWebhook(secret, body), { secret: pair.receiver }))).toBe(
      'signature_kind',
    )
  })

  test('takes the one whole family of headers, and no mixture', async () => {
    const standard = signedWebhook(secret, body)
    const svix = signedWebhook(secret, body, { family: 'svix' })
    const { 'webhook-id': _, ...withoutId } = standard.headers
    expect(reason(await verify({ body, headers: { ...withoutId, ...svix.headers } }, { secret }))).toBe('ok')
    const mixed = { ...withoutId, 'svix-id': 'msg_1' }
    expect(reason(await verify({ body, headers: mixed }, { secret }))).toBe('headers_missing')
  })
})

describe('secrets', () => {
  test('are the raw characters where that is said', async () => {
    const raw = 'my own secret'
    const at = String(Math.floor(Date.now() / 1000))
    const mac = createHmac('sha256', raw).update(`msg_1.${at}.${body}`).digest('base64')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${mac}` }
    expect(reason(await verify({ headers, body }, { secret: { raw } }))).toBe('ok')
    expect(reason(await verify({ headers, body }, { secret: raw }))).toBe('secret_invalid')
  })

  test('may lack their prefix', async () => {
    const webhook = signedWebhook(secret, body)
    expect(reason(await verify(webhook, { secret: secret.slice('whsec_'.length) }))).toBe('ok')
  })

  const unusable: readonly (readonly [string, unknown])[] = [
    ['is not there', undefined],
    ['is null', null],
    ['is a number', 1],
    ['is empty', ''],
    ['is white space', ' \n'],
    ['has only its prefix', 'whsec_'],
    ['has a line break', `${secret}\n`],
    ['has a private key', pair.sender],
    ['has an unknown prefix', secret.replace('whsec_', 'whkey_')],
    ['is a public key of the wrong length', 'whpk_AAEC'],
    ['is no base64', 'whsec_!!!!'],
    ['is zeros', `whpk_${Buffer.alloc(32).toString('base64')}`],
    ['is raw and empty', { raw: '' }],
    ['is raw and white space', { raw: ' ' }],
    ['is raw and no text', { raw: undefined }],
  ]
  test.each(unusable)('fail closed where one %s, even beside a right one', async (_what, value) => {
    const webhook = signedWebhook(secret, body)
    const alone = await verify(webhook, { secrets: [value as string] })
    expect(reason(alone)).toBe('secret_invalid')
    const beside = await verify(webhook, { secrets: [secret, value as string] })
    expect(reason(beside)).toBe('secret_invalid')
    expect(JSON.stringify(beside)).not.toContain(secret.slice(6, 20))
  })

  test('fail closed where an empty key has signed', async () => {
    const at = String(Math.floor(Date.now() / 1000))
    const mac = createHmac('sha256', '').update(`msg_1.${at}.${body}`).digest('base64')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${mac}` }
    for (const empty of ['', 'whsec_', { raw: '' }]) {
      expect(reason(await verify({ headers, body }, { secret: empty }))).toBe('secret_invalid')
    }
    expect(reason(await verify({ headers, body }, {}))).toBe('secret_invalid')
  })
})

describe('the time', () => {
  test('may differ by the tolerance, and no more', async () => {
    const at = 1_700_000_000_000
    const webhook = signedWebhook(secret, body, { at })
    const with_ = async (offsetMs: number, toleranceSeconds?: number) =>
      reason(
        await verify(webhook, {
          secret,
          now: () => at + offsetMs,
          ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
        }),
      )
    expect(await with_(300_000)).toBe('ok')
    expect(await with_(300_001)).toBe('timestamp_too_old')
    expect(await with_(-300_000)).toBe('ok')
    expect(await with_(-300_001)).toBe('timestamp_too_new')
    expect(await with_(300_001, 301)).toBe('ok')
    expect(await with_(1000, 0)).toBe('timestamp_too_old')
    expect(await with_(0, Number.NaN)).toBe('timestamp_too_old')
  })

  test.each([
    '',
    '1.5',
    '-1',
    '+1',
    '0x10',
    '1e9',
    '01700000000',
    ' 1700000000',
    '1700000000000',
    '٣',
    'now',
  ])('is refused where the header is %j', async (timestamp) => {
    const headers = { ...signedWebhook(secret, body).headers, 'webhook-timestamp': timestamp }
    const expected = timestamp === '' ? 'headers_missing' : 'timestamp_malformed'
    expect(reason(await verify({ headers, body }, { secret }))).toBe(expected)
  })
})

describe('a body', () => {
  test('that was parsed is refused with the reason', async () => {
    const { headers } = signedWebhook(secret, body)
    for (const parsed of [JSON.parse(body), undefined, null, 5]) {
      expect(reason(await verify({ headers, body: parsed as string }, { secret }))).toBe('body_not_raw')
    }
  })

  test('of a Request that was read is refused with the reason', async () => {
    const { headers } = signedWebhook(secret, body)
    const request = new Request('http://receiver.test', { method: 'POST', headers, body })
    await request.text()
    expect(reason(await verify(request, { secret }))).toBe('body_not_raw')
  })

  test('beyond the limit is refused while it is read', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(1024))
      },
    })
    const { headers } = signedWebhook(secret, body)
    const request = new Request('http://receiver.test', {
      method: 'POST',
      headers,
      body: endless,
      duplex: 'half',
    })
    expect(reason(await verify(request, { secret, maxBodyBytes: 10_000 }))).toBe('body_too_large')
    expect(pulled).toBeLessThan(15)
  })

  test('keeps its byte order mark as text, and loses it as JSON', async () => {
    const marked = '\uFEFF{"a":1}'
    const result = await verify(signedWebhook(secret, marked), { secret })
    expect(result.ok && result.text()).toBe(marked)
    expect(result.ok && result.json()).toEqual({ a: 1 })
  })
})

describe('unwrap', () => {
  test('gives the message with its data', async () => {
    const message = await unwrap(signedWebhook(secret, '{"a":1}'), { secret })
    expect(message).toMatchObject({ id: 'msg_1', data: { a: 1 } })
  })

  test('throws the reason with the status to answer', async () => {
    const webhook = signedWebhook(secret, body)
    const thrown = async (request: Parameters<typeof unwrap>[0], key = secret) => {
      const error = await unwrap(request, { secret: key }).catch((caught: unknown) => caught)
      return error instanceof WebhookError ? [error.reason, error.status, error.statusCode] : error
    }
    expect(await thrown({ headers: {}, body })).toEqual(['headers_missing', 400, 400])
    expect(await thrown({ ...webhook, body: 'other' })).toEqual(['signature_mismatch', 401, 401])
    expect(await thrown(webhook, '')).toEqual(['secret_invalid', 500, 500])
    expect(await thrown(signedWebhook(secret, 'no JSON'))).toEqual(['body_not_json', 400, 400])
  })
})

describe('whatever comes', () => {
  const key = fc.constantFrom({ sign: secret, check: secret }, { sign: pair.sender, check: pair.receiver })

  test('any bytes that are signed verify, and arrive as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), key, async (bytes, { sign, check }) => {
        const result = await verify(signedWebhook(sign, bytes), { secret: check })
        expect(result.ok && Buffer.from(result.body)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('one bit or character that is changed makes it fail', async () => {
    const part = fc.constantFrom('body', 'webhook-id', 'webhook-timestamp', 'webhook-signature')
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        key,
        part,
        fc.nat(),
        fc.nat(),
        async (bytes, { sign, check }, where, position, change) => {
          const webhook = signedWebhook(sign, bytes)
          const headers = { ...webhook.headers }
          if (where === 'body') {
            const index = position % webhook.body.length
            webhook.body[index] = (webhook.body[index] ?? 0) ^ (1 << (change % 8))
          } else {
            const value = headers[where] ?? ''
            const index = position % value.length
            const printable = String.fromCharCode(33 + (change % 94))
            fc.pre(printable !== value[index])
            headers[where] = value.slice(0, index) + printable + value.slice(index + 1)
          }
          const result = await verify({ headers, body: webhook.body }, { secret: check })
          expect(result.ok).toBe(false)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('another spelling of the same signature makes it fail', async () => {
    // The last characters of the base64 have bits that no byte takes.
    for (const [sign, check] of [
      [secret, secret],
      [pair.sender, pair.receiver],
    ] as const) {
      const webhook = signedWebhook(sign, body)
      const right = webhook.headers['webhook-signature'] ?? ''
      const spelt = right.replace(/.(?==+$)/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))
      const bytes = (text: string) => Buffer.from(text.replace(/^v1a?,/, ''), 'base64')
      expect(bytes(spelt)).toEqual(bytes(right))
      const headers = { ...webhook.headers, 'webhook-signature': spelt }
      expect(reason(await verify({ headers, body }, { secret: check }))).toBe('signature_mismatch')
    }
  })

  test('headers of any form never throw', async () => {
    const name = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'svix-id', 'x')
    const piece = fc.constantFrom('v1,', 'v1a,', ',', ' ', 'AAAA', '=', '17e9', '\0', '\u{1F600}', '\uD800')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    const value = fc.oneof(text, fc.array(text), fc.constantFrom(undefined, null, 5, {}))
    const headers = fc.oneof(
      fc.dictionary(name, value),
      fc.constantFrom(null, undefined, 5, 'webhook-id', [], [1], [[]], new Map()),
    )
    await fc.assert(
      fc.asyncProperty(headers, key, async (given, { check }) => {
        const result = await verify({ headers: given as Record<string, string>, body }, { secret: check })
        expect(result.ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('a header of many signatures costs a bounded number of verifications', async () => {
    const webhook = signedWebhook(pair.sender, body)
    const right = webhook.headers['webhook-signature'] ?? ''
    const wrong = `v1a,${Buffer.alloc(64).toString('base64')} `
    const with_ = async (count: number) => {
      const headers = { ...webhook.headers, 'webhook-signature': wrong.repeat(count) + right }
      return reason(await verify({ headers, body }, { secret: pair.receiver }))
    }
    expect(await with_(31)).toBe('ok')
    expect(await with_(32)).toBe('signature_mismatch')
  })

  const libraries: readonly (readonly [
    string,
    (text: string, headers: Record<string, string>) => unknown,
  ])[] = [
    [
      'standardwebhooks',
      (text, headers) => new StandardWebhook(secret).verify(text, headers, { jsonParse: false }),
    ],
    ['svix', (text, headers) => new SvixWebhook(secret).verify(text, headers)],
  ]
  describe.each(libraries)('the verdict is that of %s', (_name, theirs) => {
    const change = fc.constantFrom(...changes)

    test('on 200 changed webhooks', async () => {
      await fc.assert(
        fc.asyncProperty(fc.json(), fc.array(change, { maxLength: 2 }), async (json, made) => {
          const webhook = signedWebhook(secret, json)
          const draft: Draft = { text: json, headers: { ...webhook.headers } }
          for (const apply of made) apply(draft)
          const { text, headers } = draft
          let isTheirs = true
          try {
            theirs(text, headers)
          } catch {
            isTheirs = false
          }
          expect((await verify({ headers, body: text }, { secret })).ok).toBe(isTheirs)
        }),
        { numRuns: 200 },
      )
    })
  })
})
