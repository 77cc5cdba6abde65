import { describe, expect, test } from 'vitest'
import { Rejected } from '#core/errors.ts'
import { fakeTools, now } from '#test/support/inbound-senders.ts'
import { genericProvider, providers } from './providers/providers.ts'
import { readRow } from './read-row.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

function problemsOf(value: unknown): readonly string[] {
  try {
    readRow(value)
    return []
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.problems.map(({ loc, msg }) => `${loc.slice(3).join('.')}: ${msg}`)
  }
}

const scheme = {
  kind: 'hmac',
  signature: { at: 'header:X-Own-Signature', itemSeparator: ',', prefix: 'v1=', encoding: 'hex' },
  signed: '{timestamp}.{header:X-Own-Id}.{body}',
  timestamp: { at: 'field:t', unit: 's' },
}

describe('a person’s own row', () => {
  test('is read with its defaults, and verifies what it signs', async () => {
    const row = readRow({ scheme, id: ['header:X-Own-Id'], eventType: 'body:kind' })
    expect(row).toMatchObject({
      scheme: { algorithm: 'sha256', secret: 'utf8', timestamp: { toleranceMs: 300_000 } },
      ack: { status: 204 },
      dedupeMs: 86_400_000,
    })
    const settings = { provider: genericProvider, secrets: ['new', 'old'], row }
    const body = Buffer.from('{"kind":"order.paid","big":9007199254740993}')
    const sample = {
      url: 'https://a.test/in',
      body,
      contentType: 'application/json',
      id: 'd1',
      eventType: 'x',
      now,
    }
    const signed = await sign({ ...settings, secrets: ['old'] }, sample)
    if (signed.kind !== 'signed') throw new Error(signed.detail)
    expect(await verify(signed.request, settings, fakeTools())).toMatchObject({
      kind: 'accepted',
      secretIndex: 1,
      messages: [{ id: 'd1', eventType: 'order.paid', body }],
    })
  })

  test('may have every form that the built-in providers have, but for code', () => {
    for (const [key, row] of Object.entries(providers)) {
      const isOwn = ['hmac', 'digest', 'standard', 'token', 'public-key', 'jwt'].includes(row.scheme.kind)
      const isNamed = JSON.stringify(row.scheme).includes('isNamedBySetting')
      const signsNoBody = 'signed' in row.scheme && !row.scheme.signed.includes('{body}')
      const teaches = row.handshakes?.some((name) => ['asana', 'notion'].includes(name)) === true
      // What a source's config holds, and what an answer repeats, is known of these providers alone.
      const { settings: _, secretName: _name, echoes: _echoes, ...own } = row
      if (isOwn && !isNamed && !signsNoBody && !teaches && key !== 'paypal')
        expect(problemsOf(own)).toEqual([])
      else expect(problemsOf(own).length).toBeGreaterThan(0)
    }
  })

  test.each([
    [null, [': Invalid input: expected object, received null']],
    [{}, ['scheme: Invalid input: expected object, received undefined']],
    [
      { scheme: { kind: 'sns' } },
      [
        "scheme.kind: Invalid discriminator value. Expected 'hmac' | 'digest' | 'standard' | 'public-key' | 'token' | 'jwt'",
      ],
    ],
    [
      { scheme: { ...scheme, signed: '{timestamp}' } },
      ['scheme.signed: must hold {body}: otherwise the body could be anything'],
    ],
    [
      { scheme: { ...scheme, signed: '{body}' } },
      ['scheme.signed: must hold {timestamp}: otherwise it could be changed'],
    ],
    [
      { scheme: { ...scheme, signed: '{body}{timestamp}{nonce}' } },
      ['scheme.signed: {nonce} is nothing that can be signed'],
    ],
    [
      { scheme: { ...scheme, signature: { at: 'header:X-S', encoding: 'hex' } } },
      ['scheme.signature.itemSeparator: is required: the timestamp is an item of the signature'],
    ],
    [
      { scheme: { ...scheme, timestamp: undefined } },
      ['scheme.timestamp: is required: {timestamp} stands in the template'],
    ],
    [
      { scheme, dedupeMs: 1_000 },
      ['dedupeMs: must be at least twice toleranceMs: an id forgotten sooner could be sent again'],
    ],
    [
      { scheme: { ...scheme, signature: { at: 'cookie:a', encoding: 'hex' } } },
      [
        'scheme.signature.at: must be header:NAME, query:NAME, form:NAME, field:NAME or body:PATH, or two joined with |',
      ],
    ],
    [{ scheme, handshakes: ['asana'] }, [expect.stringContaining('handshakes.0: Invalid option')]],
    [{ scheme, ack: { status: 302 } }, ['ack.status: Too big: expected number to be <=299']],
    [{ scheme, unknown: 1 }, [': Unrecognized key: "unknown"']],
    [
      { scheme: { kind: 'digest', signature: scheme.signature, signed: '{body}' } },
      ['scheme.signed: must hold {secret}'],
    ],
  ] as const)('is refused with the field that is wrong: %j', (value, expected) => {
    const found = problemsOf(value)
    expect(found).toEqual(expect.arrayContaining([...expected]))
  })
})

test('a generic source without a row takes nothing', async () => {
  const request = {
    method: 'POST',
    url: 'https://a.test',
    headers: [],
    body: Buffer.from('{}'),
    receivedAt: now,
  }
  const verdict = await verify(request, { provider: genericProvider, secrets: [] }, fakeTools())
  expect(verdict).toMatchObject({ kind: 'refused', reason: 'unknown_provider' })
  for (const provider of ['__proto__', 'constructor', 'toString', '']) {
    expect((await verify(request, { provider, secrets: ['a'] }, fakeTools())).kind).toBe('refused')
  }
})
