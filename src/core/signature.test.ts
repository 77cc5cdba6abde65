import { createPublicKey, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, test } from 'vitest'
import { signatures } from './signature.ts'
import { newSecret, parseSecret, shownSecret, signingKeyOf } from './signing-secret.ts'

const now = Date.now()
const timestamp = Math.floor(now / 1000)
const body = '{"big":12345678901234567890,"text":"\\u00e9 🎺"}'

function headers(signature: string) {
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signature }
}

describe('a symmetric secret', () => {
  const secret = newSecret('hmac256')
  const key = signingKeyOf({ key: secret, expiresAt: null })

  test('signs what both official libraries verify', () => {
    const signature = signatures([key], 'msg_1', timestamp, body, now)
    expect(signature).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)
    expect(() => new Webhook(secret).verify(body, headers(signature))).not.toThrow()
    expect(() => new SvixWebhook(secret).verify(body, headers(signature))).not.toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers(signature))).toThrow()
  })

  test('signs together with the one before it until that one expires', () => {
    const old = newSecret('hmac256')
    const keys = [key, signingKeyOf({ key: old, expiresAt: now + 1 })]
    const during = signatures(keys, 'msg_1', timestamp, body, now)
    expect(during.split(' ')).toHaveLength(2)
    expect(() => new Webhook(old).verify(body, headers(during))).not.toThrow()
    expect(() => new Webhook(secret).verify(body, headers(during))).not.toThrow()
    const after = signatures(keys, 'msg_1', timestamp, body, now + 1)
    expect(() => new Webhook(old).verify(body, headers(after))).toThrow()
  })
})

describe('an asymmetric secret', () => {
  const secret = newSecret('ed25519')

  test('signs what its public half verifies', () => {
    const signature = signatures(
      [signingKeyOf({ key: secret, expiresAt: null })],
      'msg_1',
      timestamp,
      body,
      now,
    )
    const [version, value] = signature.split(',')
    const raw = Buffer.from(shownSecret(secret).slice('whpk_'.length), 'base64')
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    })
    expect(version).toBe('v1a')
    expect(
      verify(null, Buffer.from(`msg_1.${timestamp}.${body}`), publicKey, Buffer.from(value ?? '', 'base64')),
    ).toBe(true)
  })

  test('shows only its public half', () => {
    expect(shownSecret(secret)).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
  })
})

describe('parseSecret', () => {
  test('takes what newSecret makes', () => {
    for (const type of ['hmac256', 'ed25519'] as const) {
      const key = newSecret(type)
      expect(parseSecret(key)).toEqual({ key })
    }
  })

  test('takes a bare base64 text as symmetric', () => {
    const bare = Buffer.alloc(24, 7).toString('base64')
    expect(parseSecret(bare)).toEqual({ key: `whsec_${bare}` })
  })

  test.each([
    ['whsec_', 'base64'],
    ['whsec_!!!!', 'base64'],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, '24 to 75 bytes'],
    [`whsec_${Buffer.alloc(76).toString('base64')}`, '24 to 75 bytes'],
    [`whpk_${Buffer.alloc(32).toString('base64')}`, 'whsk_'],
    [`whsk_${Buffer.alloc(32).toString('base64')}`, '64 bytes'],
    [`whsk_${Buffer.alloc(64, 1).toString('base64')}`, 'public half'],
  ])('refuses %s', (text, words) => {
    const parsed = parseSecret(text)
    expect('problem' in parsed ? parsed.problem : '').toContain(words)
  })
})
