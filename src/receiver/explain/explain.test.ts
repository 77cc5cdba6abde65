import { newSecretPair, signedWebhook } from '#test/support/signed-webhook.ts'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { VerifyOptions } from '../verify.ts'
import { type AnyRequestParts, explain } from './explain.ts'

const { sender: secret } = newSecretPair('hmac256')
const pair = newSecretPair('ed25519')
const body = '{"id":"in_1","text":"é 🎺","link":"a/b","items":[1,2,{"a":null}]}'
const webhook = signedWebhook(secret, body)

async function codes(
  request: Request | AnyRequestParts,
  options: VerifyOptions = { secret },
): Promise<readonly string[]> {
  const findings = await explain(request, options)
  for (const { found, tried, fix } of findings) {
    for (const text of [found, tried, fix]) expect(text).toMatch(/^\S.*[^\s]\.$/s)
  }
  return findings.map(({ code }) => code)
}

/** The received webhook where the sender has signed another body. */
function changed(signed: string | Uint8Array, received: unknown): AnyRequestParts {
  return { headers: signedWebhook(secret, signed).headers, body: received }
}

function withHeaders(change: (headers: Record<string, string>) => Record<string, string>): AnyRequestParts {
  return { body, headers: change({ ...webhook.headers }) }
}

function signedWith(key: string | Uint8Array): AnyRequestParts {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', key).update(`msg_1.${timestamp}.${body}`).digest('base64')
  return {
    body,
    headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
  }
}

test('a webhook that verifies has no findings', async () => {
  expect(await codes(webhook)).toEqual([])
})

describe('the secret', () => {
  test.each([`${secret}\n`, ` ${secret}`, `${secret}\\n`, `\t${secret}\r\n`])(
    'with white space around it: %j',
    async (given) => {
      expect(await codes(webhook, { secret: given })).toContain('secret_whitespace')
    },
  )

  test('with white space around its raw form', async () => {
    expect(await codes(signedWith('own secret'), { secret: { raw: 'own secret\n' } })).toEqual([
      'secret_whitespace',
    ])
  })

  test.each(['"', "'"])('with quotes around it: %s', async (quote) => {
    expect(await codes(webhook, { secret: quote + secret + quote })).toEqual(['secret_quoted'])
  })

  test('whose base64 was read as characters by the sender', async () => {
    expect(await codes(signedWith(secret), { secret })).toEqual(['secret_encoding'])
    expect(await codes(signedWith(secret.slice('whsec_'.length)), { secret })).toEqual(['secret_encoding'])
  })

  test('whose base64 is read as characters by the receiver', async () => {
    expect(await codes(webhook, { secret: { raw: secret } })).toEqual(['secret_encoding'])
    expect(await codes(webhook, { secret: { raw: secret.slice('whsec_'.length) } })).toEqual([
      'secret_encoding',
    ])
  })

  test('that is no base64, and was not meant to be', async () => {
    expect(await codes(signedWith('own secret'), { secret: 'own secret' })).toEqual([
      'secret_unreadable',
      'secret_encoding',
    ])
  })

  test('of a public key where a symmetric one is meant, and the other way', async () => {
    const asymmetric = signedWebhook(pair.sender, body)
    expect(await codes(asymmetric, { secret: pair.receiver.replace('whpk_', 'whsec_') })).toEqual([
      'secret_kind',
    ])
    const key = Buffer.alloc(32, 7)
    const named = `whpk_${key.toString('base64')}`
    expect(await codes(signedWith(key), { secret: named })).toEqual(['secret_kind'])
  })

  test('that is the private key', async () => {
    expect(await codes(signedWebhook(pair.sender, body), { secret: pair.sender })).toEqual(['secret_kind'])
  })

  test('of another kind than the signatures', async () => {
    expect(await codes(webhook, { secret: pair.receiver })).toContain('signature_kind')
    expect(await codes(signedWebhook(pair.sender, body), { secret })).toContain('signature_kind')
  })

  test.each(['', ' ', undefined])('that is not there: %j', async (given) => {
    expect(await codes(webhook, { secrets: [given as string] })).toEqual(['secret_missing'])
    expect(await codes(webhook, {})).toEqual(['secret_missing'])
  })

  test('that no form makes readable', async () => {
    expect(await codes(webhook, { secret: 'whsec_$SECRET' })).toEqual(['secret_unreadable', 'not_explained'])
  })

  test('of another environment cannot be told, and that is said', async () => {
    const [finding, ...others] = await explain(webhook, { secret: newSecretPair('hmac256').sender })
    expect(others).toEqual([])
    expect(finding?.code).toBe('not_explained')
    expect(finding?.fix).toContain('another endpoint or environment')
    expect(finding?.fix).toContain('cannot be told')
  })
})

describe('the body', () => {
  const value: unknown = JSON.parse(body)
  const pythons =
    '{"id": "in_1", "text": "\\u00e9 \\ud83c\\udfba", "link": "a/b", "items": [1, 2, {"a": null}]}'

  test.each([
    ['by JSON.stringify after JSON.parse', JSON.stringify(value, null, 3).replaceAll(/\n +/g, ' '), body],
    ['from an indentation of 2', JSON.stringify(value, null, 2), body],
    ['from an indentation of 4', JSON.stringify(value, null, 4), body],
    ['from an indentation by tabs', JSON.stringify(value, null, '\t'), body],
    ['to an indentation of 2', body, JSON.stringify(value, null, 2)],
    ['from the spaces of Python', '{"id": "in_1", "list": [1, 2]}', '{"id":"in_1","list":[1,2]}'],
  ])('written anew %s', async (title, signed, received) => {
    const expected = title.startsWith('by') ? 'not_explained' : 'body_reserialised'
    expect(await codes(changed(signed, received))).toEqual([expected])
  })

  test.each([
    ['from the escapes of Python', pythons, body],
    ['to the escapes of Python', body, pythons],
    ['from escapes in capitals', body.replace('é', '\\u00E9').replace('🎺', '\\uD83C\\uDFBA'), body],
    [
      'from the escapes of PHP',
      body.replace('é', '\\u00e9').replace('🎺', '\\ud83c\\udfba').replace('/', '\\/'),
      body,
    ],
    ['from the escapes of Go', '{"a":"\\u003cb\\u003e \\u0026"}', '{"a":"<b> &"}'],
  ])('escaped anew %s', async (_title, signed, received) => {
    expect(await codes(changed(signed, received))).toEqual(['body_escapes'])
  })

  test.each([
    ['body_line_endings', 'a\r\nb\r\nc', 'a\nb\nc'],
    ['body_line_endings', 'a\nb\nc', 'a\r\nb\r\nc'],
    ['body_trailing_newline', 'a', 'a\n'],
    ['body_trailing_newline', 'a\n', 'a'],
    ['body_trailing_newline', 'a\r\n', 'a'],
    ['body_byte_order_mark', '\uFEFFa', 'a'],
    ['body_byte_order_mark', 'a', '\uFEFFa'],
    ['body_charset', body.replace('🎺', ''), Buffer.from(body.replace('🎺', '')).toString('latin1')],
    ['body_base64', body, Buffer.from(body).toString('base64')],
    ['body_base64', Buffer.from([0xff, 0, 1]), Buffer.from([0xff, 0, 1]).toString('base64')],
  ])('%s: %j became %j', async (code, signed, received) => {
    expect(await codes(changed(signed, received))).toEqual([code])
  })

  test('that was parsed', async () => {
    expect(await codes(changed(body, value))).toEqual(['body_parsed'])
    expect(await codes(changed(body, undefined))).toEqual(['body_parsed', 'not_explained'])
    expect(await codes(changed(body, { a: 'other' }))).toEqual(['body_parsed', 'not_explained'])
  })

  test('that was a Buffer, written as JSON', async () => {
    const written = JSON.stringify(Buffer.from(body))
    expect(await codes(changed(body, written))).toEqual(['body_parsed'])
    expect(await codes(changed(body, JSON.parse(written)))).toEqual(['body_parsed'])
  })

  test('that is shorter than its header says', async () => {
    const request = withHeaders((headers) => ({ ...headers, 'content-length': '1000' }))
    expect(await codes({ ...request, body: Buffer.from('{"id') })).toEqual(['body_length', 'not_explained'])
  })

  test('of a Request that was read, or is too long', async () => {
    const request = new Request('http://receiver.test', { method: 'POST', headers: webhook.headers, body })
    expect(await codes(request.clone(), { secret, maxBodyBytes: 3 })).toEqual(['body_too_large'])
    await request.text()
    expect(await codes(request)).toEqual(['body_consumed'])
  })
})

describe('the clock', () => {
  test('is named with by how much it is wrong', async () => {
    const late = signedWebhook(secret, body, { at: Date.now() - 3_600_000 })
    const [finding, ...others] = await explain(late, { secret })
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      code: 'clock_skew',
      found: expect.stringMatching(/ 36\d\d seconds ago/) as string,
    })
    const early = signedWebhook(secret, body, { at: Date.now() + 3_600_000 })
    expect((await explain(early, { secret }))[0]?.found).toMatch(
      / (36|35)\d\d seconds ahead, with 300 allowed/,
    )
  })
})

describe('the headers', () => {
  test('that are missing are named', async () => {
    const findings = await explain({ headers: {}, body }, { secret })
    expect(findings.map(({ code, found }) => [code, found])).toEqual([
      ['header_missing', 'There is no header webhook-id.'],
      ['header_missing', 'There is no header webhook-timestamp.'],
      ['header_missing', 'There is no header webhook-signature.'],
    ])
  })

  test.each(['webhook_id', 'HTTP_WEBHOOK_ID', 'x-webhook-id', 'WebhookId', 'webhook-message-id'])(
    'with another name: %s',
    async (name) => {
      const request = withHeaders(({ 'webhook-id': id = '', ...headers }) => ({ ...headers, [name]: id }))
      expect(await codes(request)).toEqual(['header_misnamed'])
    },
  )

  test('of two families', async () => {
    const request = withHeaders(({ 'webhook-id': id = '', ...headers }) => ({ ...headers, 'svix-id': id }))
    expect(await codes(request)).toEqual(['header_families_mixed'])
  })

  test('with another id than was signed', async () => {
    const request = withHeaders((headers) => ({ ...headers, 'webhook-id': 'req_9', 'x-message': 'msg_1' }))
    const [finding, ...others] = await explain(request, { secret })
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      code: 'id_from_elsewhere',
      found: expect.stringContaining('x-message') as string,
    })
  })

  test.each([
    ['milliseconds', (seconds: string) => `${seconds}000`],
    ['white space', (seconds: string) => ` ${seconds}`],
  ])('with a timestamp in another form: %s', async (_form, change) => {
    const request = withHeaders((headers) => ({
      ...headers,
      'webhook-timestamp': change(headers['webhook-timestamp'] ?? ''),
    }))
    expect(await codes(request)).toEqual(['timestamp_malformed'])
  })

  test.each([
    ['signature_joined', (value: string) => `v1,AAAA,${value}`],
    ['signature_joined', (value: string) => `v1,AAAA;${value}`],
    ['signature_joined', (value: string) => `v1,AAAA\n${value}`],
    ['signature_joined', (value: string) => value.replace('v1,', 'v1=')],
    ['signature_joined', (value: string) => value.replace('v1,', '')],
    ['signature_encoding', (value: string) => encodeURIComponent(value)],
    ['signature_encoding', (value: string) => value.replaceAll('+', ' ')],
    ['signature_encoding', (value: string) => value.replaceAll('+', '-').replaceAll('/', '_')],
  ])('with a signature that was changed on its way: %s', async (code, change) => {
    // One that has all the characters that encodings change.
    let text = body
    let signed = signedWebhook(secret, text)
    for (let n = 0; !/\+.*\/|\/.*\+/.test(signed.headers['webhook-signature'] ?? ''); n++) {
      text = `${body} ${n}`
      signed = signedWebhook(secret, text)
    }
    const headers = {
      ...signed.headers,
      'webhook-signature': change(signed.headers['webhook-signature'] ?? ''),
    }
    expect(await codes({ headers, body: text })).toContain(code)
    expect(await codes({ headers, body: text })).not.toContain('not_explained')
  })

  test('with nothing like a signature', async () => {
    const request = withHeaders((headers) => ({ ...headers, 'webhook-signature': '!' }))
    expect(await codes(request)).toEqual(['signature_malformed'])
  })
})

describe('two mistakes at a time', () => {
  test('are both found', async () => {
    const pretty = changed(JSON.stringify(JSON.parse(body), null, 2), body)
    expect(await codes(pretty, { secret: `${secret}\n` })).toEqual(['secret_whitespace', 'body_reserialised'])
    const late = signedWebhook(secret, `${body}\n`, { at: Date.now() - 3_600_000 })
    expect(await codes({ ...late, body }, { secret: { raw: secret } })).toEqual([
      'secret_encoding',
      'body_trailing_newline',
      'clock_skew',
    ])
  })
})

test('no finding holds a part of a secret', async () => {
  const forms = [
    secret,
    `${secret}\n`,
    `"${secret}"`,
    secret.slice(6),
    { raw: secret },
    pair.sender,
    pair.receiver,
  ]
  for (const form of forms) {
    const text = JSON.stringify(await explain({ ...webhook, body: `${body}x` }, { secret: form }))
    expect(text).not.toContain(secret.slice(6, 16))
    expect(text).not.toContain(pair.sender.slice(5, 15))
    expect(text).not.toContain(pair.receiver.slice(5, 15))
  }
})

test('whatever comes, it says something and does not throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'x'),
        fc.string(),
      ),
      fc.oneof(fc.anything(), fc.uint8Array(), fc.string()),
      fc.oneof(fc.string(), fc.record({ raw: fc.string() })),
      async (headers, given, key) => {
        expect(await explain({ headers, body: given }, { secret: key })).not.toEqual([])
      },
    ),
    { numRuns: 100 },
  )
})
