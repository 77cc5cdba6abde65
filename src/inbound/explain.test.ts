import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { settingsFor } from '#test/support/inbound-senders.ts'
import { describe, expect, test } from 'vitest'
import { jsonSpellings } from '#src/receiver/explain/json-spellings.ts'
import { explain as explainWith } from './explain.ts'
import { providers } from './providers/providers.ts'
import { sign } from './sign.ts'
import type { InboundRequest, SourceSettings } from './verify.ts'

const now = Date.UTC(2026, 0, 31, 12)
const url = 'https://in.example.com/in/abc'
const secret = 'a secret of 32 characters, $& $$'
const body = '{"id":"evt_1","type":"thing.happened","text":"é 🎺","link":"a/b","items":[1,2,{"a":null}]}'

const explain = (request: InboundRequest, settings: SourceSettings) =>
  explainWith(request, settings, jsonSpellings)

const settingsWith = (provider: string, ...secrets: string[]): SourceSettings => ({ provider, secrets })

async function signed(
  settings: SourceSettings,
  sent: string | Uint8Array = body,
  more: { readonly url?: string; readonly contentType?: string; readonly privateKey?: string } = {},
): Promise<InboundRequest> {
  const sample = {
    url,
    contentType: 'application/json',
    id: 'id-1',
    eventType: 'thing.happened',
    now,
    ...more,
  }
  const result = await sign(settings, { ...sample, body: Buffer.from(sent) })
  if (result.kind === 'not_signable') throw new Error(result.detail)
  return result.request
}

async function codes(request: InboundRequest, settings: SourceSettings): Promise<readonly string[]> {
  const findings = await explain(request, settings)
  for (const { found, tried, fix } of findings) {
    for (const text of [found, tried, fix]) expect(text).toMatch(/^\S.*[^\s]\.$/s)
  }
  return findings.map(({ code }) => code)
}

/** A request of GitHub's whose body is another one than was signed. */
async function changed(sent: string | Uint8Array, received: string | Uint8Array): Promise<readonly string[]> {
  const settings = settingsWith('github', secret)
  return codes({ ...(await signed(settings, sent)), body: Buffer.from(received) }, settings)
}

test('a request that is right has no findings, whoever sent it', async () => {
  for (const [provider, { scheme }] of Object.entries(providers)) {
    if (['sns', 'paypal', 'pubsub', 'entra', 'graph', 'adyen'].includes(scheme.kind)) continue
    const { settings, privateKey } = settingsFor(provider)
    const form = scheme.kind === 'twilio' ? { contentType: 'application/x-www-form-urlencoded' } : {}
    const request = await signed(settings, scheme.kind === 'twilio' ? 'a=1' : body, {
      ...form,
      ...(privateKey === undefined ? {} : { privateKey }),
    })
    expect([provider, await codes(request, settings)]).toEqual([provider, []])
  }
})

describe('the secret', () => {
  test.each([`${secret}\n`, ` ${secret}`, `${secret}\\n`])(
    'with white space around it: %j',
    async (given) => {
      const request = await signed(settingsWith('github', secret))
      expect(await codes(request, settingsWith('github', given))).toEqual(['secret_whitespace'])
    },
  )

  test('with quotes around it, among others', async () => {
    const request = await signed(settingsWith('github', secret))
    expect(await codes(request, settingsWith('github', 'other', `"${secret}"`))).toEqual(['secret_quoted'])
  })

  test.each([
    ['base64', 'base64'],
    ['base64url', 'base64url'],
    ['hex', 'hex'],
  ] as const)('whose %s was decoded by the sender', async (_name, encoding) => {
    const key = Buffer.from('fbff00e0fbff00e0fbff00e0', 'hex')
    const mac = createHmac('sha256', key).update(body).digest('hex')
    const request = await signed(settingsWith('github', 'x'))
    const headers = request.headers.map(
      ([name, value]) => [name, name === 'X-Hub-Signature-256' ? `sha256=${mac}` : value] as const,
    )
    const settings = settingsWith('github', key.toString(encoding))
    expect(await codes({ ...request, headers }, settings)).toEqual(['secret_encoding'])
  })

  test('that is to be decoded from hex, and was given with a line break', async () => {
    const hex = '44782DEF547AAA06C910C43932B1EB0C71FC68D9'
    const request = await signed(settingsWith('adyen-platform', hex))
    expect(await codes(request, settingsWith('adyen-platform', `${hex}\n`))).toEqual(['secret_whitespace'])
  })

  test('that is a token with the word before it', async () => {
    const request = await signed(settingsWith('alertmanager', 'token-1'))
    expect(await codes(request, settingsWith('alertmanager', 'Bearer token-1'))).toEqual(['secret_encoding'])
    expect(await codes(request, settingsWith('alertmanager', 'token-1\n'))).toEqual(['secret_whitespace'])
  })

  test('that is a public key in another form', async () => {
    const { settings, privateKey = '' } = settingsFor('telnyx')
    const request = await signed(settings, body, { privateKey })
    const hex = Buffer.from(settings.secrets[0] ?? '', 'base64').toString('hex')
    expect(await codes(request, settingsWith('telnyx', hex))).toEqual(['secret_encoding'])
  })

  test('of another environment cannot be told, and that is said', async () => {
    const request = await signed(settingsWith('github', secret))
    const [finding, ...others] = await explain(request, settingsWith('github', 'another'))
    expect(others).toEqual([])
    expect(finding?.code).toBe('not_explained')
    expect(finding?.fix).toContain('cannot be told')
  })
})

describe('the body', () => {
  const value: unknown = JSON.parse(body)
  const pythons = '{"id": "evt_1", "text": "\\u00e9 \\ud83c\\udfba", "items": [1, 2, {"a": null}]}'

  test.each([
    ['indented by 2', JSON.stringify(value, null, 2), body],
    ['indented by tabs, with a line break at the end', `${JSON.stringify(value, null, '\t')}\n`, body],
    ['compact', body, JSON.stringify(value, null, 4)],
    ['as Python writes it', pythons, JSON.stringify(JSON.parse(pythons))],
    ['as PHP writes it', '{"a":"\\u00e9","b":"c\\/d"}', '{"a":"é","b":"c/d"}'],
    ['with escapes of upper case', '{"a":"\\u00E9"}', '{"a":"é"}'],
    ['as Go writes it', '{"a":"\\u003cb\\u003e"}', '{"a":"<b>"}'],
    ['as a form with spaces as %20', 'a=b%20c&d=%C3%A9', 'a=b+c&d=%C3%A9'],
  ])('that was sent %s, and written anew', async (_how, sent, received) => {
    expect(await changed(sent, received)).toEqual(['body_reserialised'])
  })

  test.each([
    ['body_line_endings', 'a\r\nb\r\nc', 'a\nb\nc'],
    ['body_line_endings', 'a\nb\nc', 'a\r\nb\r\nc'],
    ['body_trailing_newline', body, `${body}\n`],
    ['body_trailing_newline', `${body}\n`, body],
    ['body_byte_order_mark', '\uFEFFa', 'a'],
    ['body_byte_order_mark', 'a', '\uFEFFa'],
    ['body_charset', '{"a":"é"}', Buffer.from('{"a":"é"}').toString('latin1')],
    ['body_base64', Buffer.from([255, 0, 1]), Buffer.from([255, 0, 1]).toString('base64')],
    ['not_explained', body, body.replace('thing', 'think')],
    ['not_explained', body, Buffer.from([255, 0, 1])],
  ])('%s: %j became %j', async (code, sent, received) => {
    expect(await changed(sent, received)).toEqual([code])
  })

  test('beside a timestamp, and in a token', async () => {
    for (const provider of ['slack', 'stripe', 'livekit', 'hubspot-v1']) {
      const settings = settingsWith(provider, secret)
      const request = await signed(settings, body)
      const received = Buffer.from(JSON.stringify(JSON.parse(request.body.toString()), null, 2))
      expect([provider, await codes({ ...request, body: received }, settings)]).toEqual([
        provider,
        ['body_reserialised'],
      ])
    }
  })
})

describe('the URL, where it is signed', () => {
  test.each([
    ['twilio', 'http://in.example.com/in/abc'],
    ['twilio', 'https://in.example.com/in/abc/'],
    ['square', 'http://in.example.com/in/abc'],
    ['square', 'https://in.example.com:443/in/abc'],
    ['square', 'http://in.example.com:80/in/abc/'],
    ['trello', 'https://in.example.com/in/abc/'],
    ['hubspot', 'https://in.example.com/in/abc?a=b'],
  ])('of %s, given as %s', async (provider, given) => {
    const settings = settingsWith(provider, secret)
    const form = { contentType: 'application/x-www-form-urlencoded' }
    const request = provider === 'twilio' ? await signed(settings, 'a=1', form) : await signed(settings)
    const found = { ...settings, options: { publicUrl: given } }
    expect(await codes({ ...request, url: 'http://10.0.0.1:8071/in/abc' }, found)).toEqual(['url_differs'])
    expect(await codes({ ...request, url: given }, settings)).toEqual(['url_differs'])
  })

  test('is told in words, as it may hold a token', async () => {
    const settings = settingsWith('square', secret)
    const [finding] = await explain(
      { ...(await signed(settings)), url: 'http://in.example.com/in/abc' },
      settings,
    )
    expect(finding?.found).toBe(
      'The provider signs the URL, and has another one: with https instead of http.',
    )
  })
})

describe('the rest', () => {
  test('the time, with what else is wrong', async () => {
    for (const provider of ['slack', 'stripe', 'vonage']) {
      const settings = settingsWith(provider, secret)
      const late = { ...(await signed(settings)), receivedAt: now + 3_600_000 }
      expect([provider, await codes(late, settings)]).toEqual([provider, ['clock_skew']])
      const withNewline = { ...late, body: Buffer.from(`${body}\n`) }
      expect(await codes(withNewline, settings)).toEqual(['body_trailing_newline', 'clock_skew'])
    }
  })

  test('two mistakes at a time', async () => {
    const request = await signed(settingsWith('github', secret), JSON.stringify(JSON.parse(body), null, 2))
    const received = { ...request, body: Buffer.from(body) }
    expect(await codes(received, settingsWith('github', `${secret}\n`))).toEqual([
      'secret_whitespace',
      'body_reserialised',
    ])
  })

  test('headers by the names that CGI gives them', async () => {
    const settings = settingsWith('github', secret)
    const request = await signed(settings)
    const headers = request.headers.map(
      ([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value] as const,
    )
    expect(await codes({ ...request, headers }, settings)).toEqual(['header_misnamed'])
  })

  test('another provider, or another version of it', async () => {
    const request = await signed(settingsWith('hubspot-v1', secret))
    const [finding] = await explain(request, settingsWith('hubspot-v2', secret))
    expect(finding).toMatchObject({ code: 'other_provider', fix: 'Set the provider to hubspot-v1.' })
  })

  test('what only the provider can know', async () => {
    const request = await signed(settingsWith('github', secret))
    for (const provider of ['paypal', 'unheard-of']) {
      const [finding] = await explain(request, settingsWith(provider))
      expect(finding).toMatchObject({ code: 'not_explained', tried: 'Nothing.' })
    }
  })

  test('a large body is tried with one change, in bounded time', async () => {
    const large = JSON.stringify({ a: 'x'.repeat(300_000) }, null, 2)
    const settings = settingsWith('github', secret)
    const request = {
      ...(await signed(settings, large)),
      body: Buffer.from(JSON.stringify(JSON.parse(large))),
    }
    expect(await codes(request, settings)).toEqual(['body_reserialised'])
    expect(await codes(request, settingsWith('github', `${secret}\n`))).toEqual(['not_explained'])
  })

  test('no finding holds a part of a secret or a URL', async () => {
    for (const given of [`${secret}\n`, `"${secret}"`, 'another secret', `whsec_${secret}`]) {
      for (const provider of ['github', 'square', 'alertmanager', 'hubspot-v1']) {
        const request = {
          ...(await signed(settingsWith(provider, secret))),
          url: `http://a.example/in/token`,
        }
        const text = JSON.stringify(await explain(request, settingsWith(provider, given)))
        expect(text).not.toContain('secret of 32')
        expect(text).not.toContain('another secret')
        expect(text).not.toContain('/in/token')
      }
    }
  })

  test('whatever comes, it says something and does not throw', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'github',
          'stripe',
          'twilio',
          'linear',
          'livekit',
          'adyen',
          'mailgun',
          'telnyx',
          'plaid',
        ),
        fc.array(
          fc.tuple(
            fc.constantFrom('x-hub-signature-256', 'stripe-signature', 'authorization', 'x_a'),
            fc.string(),
          ),
        ),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.string(),
        async (provider, headers, bytes, text) => {
          const request = { method: 'POST', url: text, headers, body: bytes, receivedAt: now }
          expect(await explain(request, settingsWith(provider, text))).not.toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})
