import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fakeTools, now, send, settingsFor } from '#test/support/inbound-senders.ts'
import { providers } from './providers/providers.ts'
import type { ProviderRow } from './row.ts'
import { partsOf } from './template.ts'
import { type InboundRequest, type SourceSettings, verify } from './verify.ts'

const tools = fakeTools()
const kinds = Object.entries(providers)

async function verdictOf(request: InboundRequest, settings: SourceSettings): Promise<string> {
  const verdict = await verify(request, settings, tools)
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind
}

async function sent(provider: string, body: string | Uint8Array, type?: string): Promise<InboundRequest> {
  const request = await send(provider, typeof body === 'string' ? Buffer.from(body) : body, type)
  if (request === null) throw new Error(`${provider} sends no such body`)
  return request
}

const plainBody = '{"id":"evt_1","type":"thing.happened","webhook_code":"A"}'

/** Schemes that say nothing about the body, so that any body passes. */
const uncovered = new Set(['token', 'pubsub', 'entra'])
/** Schemes that cover some of what is parsed from the body. */
const partlyCovered = new Set(['mailgun', 'adyen', 'aws-sns', 'microsoft-graph', 'monday'])

const awkward: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'bytes that are no UTF-8',
    Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x7d]),
    'application/octet-stream',
  ],
  ['a byte order mark', Buffer.from('\ufeff{"a":1}'), 'application/json'],
  ['$$ and $&', Buffer.from('{"a":"$$ $& $1 $` {body} {timestamp}"}'), 'application/json'],
  ['CRLF line ends', Buffer.from('{\r\n  "a": 1\r\n}\r\n'), 'application/json'],
  ['a number beyond 2^53', Buffer.from('{"id":9007199254740993,"x":1e400}'), 'application/json'],
  ['a key twice', Buffer.from('{"a":1,"a":2}'), 'application/json'],
  ['escapes beside their characters', Buffer.from('{"a":"\\u00e9 é 🎺 \\ud83c"}'), 'application/json'],
  ['gzip bytes', gzipSync('{"a":1}'), 'application/octet-stream'],
  ['a form', Buffer.from('b=2&a=1%20%2B+x&a=1&c=%F0%9F%8E%BA&d='), 'application/x-www-form-urlencoded'],
  [
    'multipart',
    Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
    'multipart/form-data; boundary=x',
  ],
  ['nothing', Buffer.alloc(0), 'application/json'],
  ['1 MB', Buffer.from(`{"a":"${'x'.repeat(1 << 20)}"}`), 'application/json'],
]

test('there are more than sixty providers, each with a docs page, an answer and a deadline', () => {
  expect(kinds.length).toBeGreaterThan(60)
  for (const [key, row] of kinds) {
    expect(key).toMatch(/^[a-z0-9-]+$/)
    expect(row.docs).toMatch(/^https:\/\//)
    expect(row.ack.status).toBeGreaterThanOrEqual(200)
    expect(row.ack.status).toBeLessThan(300)
    expect(row.deadlineMs).toBeGreaterThan(0)
  }
})

test('no id is forgotten while its timestamp is still accepted', () => {
  for (const [, { scheme, dedupeMs }] of kinds) {
    const tolerance =
      'toleranceMs' in scheme ? scheme.toleranceMs : 'timestamp' in scheme ? scheme.timestamp?.toleranceMs : 0
    // A timestamp may lie as far ahead as behind.
    expect(dedupeMs).toBeGreaterThanOrEqual(2 * (tolerance ?? 0))
  }
})

describe.each(kinds)('%s', (provider, row) => {
  const { settings } = settingsFor(provider)

  test('accepts what it signed, as it came', async () => {
    const request = await sent(provider, plainBody)
    const verdict = await verify(request, settings, tools)
    expect(verdict).toMatchObject({ kind: 'accepted', answer: row.ack })
    if (verdict.kind !== 'accepted') return
    expect(verdict.messages).toHaveLength(1)
    expect(Buffer.from(verdict.messages[0]?.body ?? []).equals(request.body)).toBe(true)
  })

  test('accepts bodies that break others', async () => {
    for (const [what, body, type] of awkward) {
      const request = await send(provider, body, type)
      if (request === null) continue
      // Linear's timestamp is in the JSON body, so it has no other bodies.
      if (provider === 'linear' && type.includes('form')) continue
      expect([what, await verdictOf(request, settings)]).toEqual([what, 'accepted'])
    }
  })

  test('refuses a request without a signature, and any without a secret', async () => {
    const request = await sent(provider, plainBody)
    const bare = withoutProof(request)
    expect(await verdictOf(bare, settings)).toMatch(/^(missing_signature|unparsable_body)$/)
    if (settings.secrets.length === 0) return
    for (const secrets of [[], [''], [' ']]) {
      expect(await verdictOf(request, { ...settings, secrets })).toBe('no_secret')
      expect(await verdictOf(bare, { ...settings, secrets })).toBe('no_secret')
    }
  })

  test('tries every secret, the newest first', async () => {
    const [secret] = settings.secrets
    if (secret === undefined) return
    const request = await sent(provider, plainBody)
    const verdict = await verify(request, { ...settings, secrets: ['', secret, secret] }, tools)
    expect(verdict).toMatchObject({ kind: 'accepted', secretIndex: 1 })
  })

  test('refuses one flipped bit of the signature or of what else proves it', async () => {
    const request = await sent(provider, plainBody)
    for (const flipped of flippedProofs(request, row)) {
      expect([flipped.what, await verdictOf(flipped.request, settings)]).not.toEqual([
        flipped.what,
        'accepted',
      ])
    }
  })

  test('refuses one flipped bit of the body', async () => {
    const request = await sent(provider, plainBody)
    const isCovered = !uncovered.has(row.scheme.kind) && !partlyCovered.has(provider)
    for (const body of flips(request.body)) {
      const verdict = await verdictOf({ ...request, body }, settings)
      if (isCovered) expect(verdict).not.toBe('accepted')
    }
  })

  test('answers 405 to other methods, but for its handshakes', async () => {
    // Adobe's handshake is a GET with what proves an event.
    const others = ['PUT', 'DELETE', 'PATCH', ...(provider === 'adobe-sign' ? [] : ['GET'])]
    for (const method of others) {
      const verdict = await verify({ ...(await sent(provider, plainBody)), method }, settings, tools)
      expect(verdict).toMatchObject({ kind: 'refused', status: 405, headers: [['allow', 'POST']] })
    }
  })

  test('holds to its time window', async () => {
    const { scheme } = row
    const tolerance =
      'timestamp' in scheme && scheme.timestamp?.isNamedBySetting !== true
        ? scheme.timestamp?.toleranceMs
        : 'toleranceMs' in scheme
          ? scheme.toleranceMs
          : undefined
    if (tolerance === undefined) return
    const request = await sent(provider, plainBody)
    for (const [shift, expected] of [
      [tolerance, 'accepted'],
      [tolerance + 1_000, 'timestamp_out_of_window'],
      [-tolerance, 'accepted'],
      [-tolerance - 1_000, 'timestamp_out_of_window'],
    ] as const) {
      // A certificate is judged by the same clock, and made just now.
      if (['paypal', 'sns'].includes(scheme.kind)) continue
      expect([shift, await verdictOf({ ...request, receivedAt: now + shift }, settings)]).toEqual([
        shift,
        expected,
      ])
    }
    const wider = { ...settings, toleranceMs: tolerance + 60_000 }
    if (!['paypal', 'sns'].includes(scheme.kind)) {
      expect(await verdictOf({ ...request, receivedAt: now + tolerance + 1_000 }, wider)).toBe('accepted')
    }
  })
})

test('Docusign: the signature of either key of the account proves an event', async () => {
  const { settings } = settingsFor('docusign')
  const { headers, ...request } = await sent('docusign', plainBody)
  const [first, second] = ['X-DocuSign-Signature-1', 'X-DocuSign-Signature-2']
  const right = headers.find(([name]) => name === first)?.[1] ?? ''
  const wrong = Buffer.alloc(32, 1).toString('base64')
  for (const [one, other, expected] of [
    [right, wrong, 'accepted'],
    [wrong, right, 'accepted'],
    [wrong, wrong, 'bad_signature'],
  ] as const) {
    const both = { ...request, headers: [[first, one] as const, [second, other] as const] }
    expect(await verdictOf(both, settings)).toBe(expected)
  }
})

test('Twilio: a flipped bit of a form is refused, or reads the same', async () => {
  const { settings } = settingsFor('twilio')
  const request = await sent('twilio', 'b=2&a=1%20%2B+x&a=1', 'application/x-www-form-urlencoded')
  const fields = (body: Uint8Array) =>
    [...new Set([...new URLSearchParams(Buffer.from(body).toString())].map(String))].toSorted()
  for (const body of flips(request.body)) {
    if ((await verdictOf({ ...request, body }, settings)) === 'accepted') {
      expect(fields(body)).toEqual(fields(request.body))
    }
  }
})

/** The request without what proves it: no header but the content type, no query, an object without the signature. */
function withoutProof({ method, url, headers, receivedAt }: InboundRequest): InboundRequest {
  return {
    method,
    url: url.split('?')[0] ?? url,
    headers: headers.filter(([name]) => name.toLowerCase() === 'content-type' || name.startsWith('ce-')),
    body: Buffer.from('{"notificationItems":[{"NotificationRequestItem":{}}],"value":[{}]}'),
    receivedAt,
  }
}

function* flips(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit += bytes.length > 200 ? 3 : 1) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] as number) ^ (1 << bit)
      yield flipped
    }
  }
}

/** The headers that a scheme proves by, as names in lower case. */
function provingHeaders({ scheme }: ProviderRow): readonly string[] {
  switch (scheme.kind) {
    case 'standard':
      return ['webhook-id', 'webhook-timestamp', 'webhook-signature']
    case 'hmac':
    case 'digest':
    case 'public-key': {
      const named = partsOf(scheme.signed).flatMap((part) => (part.kind === 'name' ? [part.name] : []))
      const places = [scheme.signature.at, ...named]
      if (scheme.timestamp?.isNamedBySetting !== true) places.push(scheme.timestamp?.at ?? '')
      return places
        .flatMap((place) => place.split('|'))
        .flatMap((one) => (one.startsWith('header:') ? [one.slice(7).toLowerCase()] : []))
    }
    case 'token':
      return scheme.accept.flatMap(({ at }) => (at.startsWith('header:') ? [at.slice(7).toLowerCase()] : []))
    case 'jwt':
      return [scheme.at.slice(7).toLowerCase()]
    case 'twilio':
      return ['x-twilio-signature']
    case 'paypal':
      return ['paypal-transmission-id', 'paypal-transmission-time', 'paypal-transmission-sig']
    case 'pubsub':
    case 'entra':
      return ['authorization']
    default:
      return []
  }
}

function* flippedProofs(
  request: InboundRequest,
  row: ProviderRow,
): Generator<{ readonly what: string; readonly request: InboundRequest }> {
  const names = provingHeaders(row)
  for (const [index, [name, value]] of request.headers.entries()) {
    if (!names.includes(name.toLowerCase())) continue
    // The name of an HTTP scheme ("Bearer") may be written in any case.
    const start = name.toLowerCase() === 'authorization' ? value.indexOf(' ') + 1 : 0
    for (let at = start; at < value.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const char = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit))
        const changed = value.slice(0, at) + char + value.slice(at + 1)
        // Space around a header's value is not part of it, and so a value that only gained some is the same.
        if (changed.trim() === value) continue
        yield {
          what: `${name}: ${changed}`,
          request: { ...request, headers: request.headers.with(index, [name, changed]) },
        }
      }
    }
  }
}
