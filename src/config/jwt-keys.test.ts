import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { StartRefused } from '#core/errors.ts'
import { jwtKeysOf } from './jwt-keys.ts'
import type { JwtAlgorithm } from './options.ts'

const pem = { type: 'pkcs8', format: 'pem' } as const
const publicPem = { type: 'spki', format: 'pem' } as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const ed25519Pem = ed25519.privateKey.export(pem)

function refusal(algorithm: JwtAlgorithm, secret: string): string {
  try {
    jwtKeysOf(algorithm, secret)
  } catch (error) {
    if (error instanceof StartRefused) return error.message
    throw error
  }
  return 'accepted'
}

describe('keys of tokens', () => {
  test('are all that the list holds, in its order, and each signs and verifies with HMAC', () => {
    const { algorithm, keys } = jwtKeysOf('HS256', `${'n'.repeat(32)}, ${'o'.repeat(40)}`)
    expect(algorithm).toBe('HS256')
    const texts = keys.map(({ signingKey }) => signingKey?.export().toString('utf8'))
    expect(texts).toEqual(['n'.repeat(32), 'o'.repeat(40)])
    for (const { signingKey, verifyingKey } of keys) expect(verifyingKey).toBe(signingKey)
  })

  test.each([
    ['as it is', (text: string) => text],
    ['with its line ends escaped', (text: string) => text.replaceAll('\n', '\\n')],
    ['as base64', (text: string) => Buffer.from(text).toString('base64')],
  ])('are read from a PEM text %s', (_, write) => {
    const [key] = jwtKeysOf('EdDSA', write(ed25519Pem)).keys
    const data = Buffer.from('x')
    const signature = sign(null, data, key?.signingKey ?? '')
    expect(verify(null, data, key?.verifyingKey ?? '', signature)).toBe(true)
    expect(verify(null, data, ed25519.publicKey, signature)).toBe(true)
  })

  test('that are public verify and do not sign', () => {
    const list = [rsa.privateKey.export(pem), rsa.publicKey.export(publicPem)].join(',')
    const { keys } = jwtKeysOf('RS256', list)
    expect(keys.map(({ signingKey, verifyingKey }) => [signingKey?.type, verifyingKey.type])).toEqual([
      ['private', 'public'],
      [undefined, 'public'],
    ])
  })

  test('that do not fit are refused by their place in the list, never by their text', () => {
    const short = 'short-secret'
    expect(refusal('HS256', `${'n'.repeat(32)},${short}`)).toBe(
      'key 2 of POSTHORN_JWT_SECRET has 12 characters; accepted are at least 32',
    )
    expect(refusal('HS512', `${'n'.repeat(32)},`)).toContain('key 2 of POSTHORN_JWT_SECRET has 0 characters')
    expect(refusal('EdDSA', short)).toBe(
      'key 1 of POSTHORN_JWT_SECRET is no key; accepted are ed25519 keys as PEM or its base64',
    )
    expect(refusal('RS256', ed25519Pem)).toBe(
      'key 1 of POSTHORN_JWT_SECRET is of another kind; RS256 takes rsa keys',
    )
    expect(refusal('EdDSA', rsa.publicKey.export(publicPem))).toContain('EdDSA takes ed25519 keys')
    expect(refusal('RS256', ed25519Pem.slice(0, 60))).toContain('is no key')
  })
})
