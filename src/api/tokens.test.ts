import { createHmac, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import type { JwtKeys } from '#config/jwt-keys.ts'
import { newId } from '#core/ids.ts'
import { describe, expect, test } from 'vitest'
import { capabilities, signApplicationToken, signOrganisationToken, TokenVerifier } from './tokens.ts'

const orgId = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
const appId = newId('app_', Date.now())
const now = Date.now()
const seconds = Math.floor(now / 1000)

function hmacKeys(secret = randomBytes(32)): JwtKeys {
  const key = createSecretKey(secret)
  return { algorithm: 'HS256', keys: [{ signingKey: key, verifyingKey: key }] }
}

const secret = randomBytes(32)
const keys = hmacKeys(secret)

/** A token in any form, good or bad. */
function token(header: object, claims: object, signedWith: Buffer | null = secret, hash = 'sha256'): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${signedWith === null ? '' : createHmac(hash, signedWith).update(signed).digest('base64url')}`
}

async function callerOf(text: string | undefined, of: JwtKeys = keys, at = now) {
  return await new TokenVerifier(of).callerOf(text, at)
}

const good = { alg: 'HS256', typ: 'JWT' }
const claims = { sub: orgId, iat: seconds, nbf: seconds, exp: seconds + 600 }

describe('a token', () => {
  test('of an organisation stands for it, whoever issued it', async () => {
    const text = token(good, { ...claims, iss: 'svix-server' })
    expect(await callerOf(`Bearer ${text}`)).toEqual({ kind: 'organisation', orgId, subject: orgId })
    expect(await callerOf(`bearer ${text}`)).toMatchObject({ orgId })
    expect(await callerOf(`Bearer ${await signOrganisationToken(keys, orgId, now)}`)).toMatchObject({ orgId })
  })

  test('of an application carries what it was made with', async () => {
    const text = await signApplicationToken(
      keys,
      {
        orgId,
        appId,
        expiresInSeconds: 60,
        capabilities: ['ViewBase', 'CreateAttempts'],
        featureFlags: ['beta'],
        sessionId: 'ada',
      },
      now,
    )
    expect(await callerOf(`Bearer ${text}`)).toEqual({
      kind: 'application',
      orgId,
      appId,
      subject: appId,
      capabilities: new Set(['ViewBase', 'CreateAttempts']),
      featureFlags: ['beta'],
      sessionId: 'ada',
      issuedAt: now,
    })
  })

  test('of an application that names no capabilities has them all, and one that names none has none', async () => {
    const all = await callerOf(`Bearer ${token(good, { ...claims, sub: appId, org: orgId })}`)
    expect(all).toMatchObject({ capabilities: new Set(capabilities), issuedAt: seconds * 1000 })
    const none = await callerOf(`Bearer ${token(good, { ...claims, sub: appId, org: orgId, cap: [] })}`)
    expect(none).toMatchObject({ capabilities: new Set() })
    const unknown = await callerOf(
      `Bearer ${token(good, { ...claims, sub: appId, org: orgId, cap: ['Root'] })}`,
    )
    expect(unknown).toMatchObject({ capabilities: new Set() })
  })

  test.each<readonly [string, string | undefined]>([
    ['that is missing', undefined],
    ['that is empty', 'Bearer '],
    ['under another scheme', `Basic ${token(good, claims)}`],
    ['without a scheme', token(good, claims)],
    ['that is garbage', 'Bearer one.two.three'],
    ['that is signed by nothing', `Bearer ${token({ alg: 'none' }, claims, null)}`],
    ['with an algorithm in other letters', `Bearer ${token({ alg: 'None' }, claims, null)}`],
    ['that is signed with another key', `Bearer ${token(good, claims, randomBytes(32))}`],
    ['that is signed with another algorithm', `Bearer ${token({ alg: 'HS512' }, claims, secret, 'sha512')}`],
    [
      'whose claims were changed',
      `Bearer ${token(good, claims).replace(/\.[^.]+\./, `.${token({}, { ...claims, sub: 'org_other' }).split('.')[1]}.`)}`,
    ],
    ['that has expired', `Bearer ${token(good, { ...claims, exp: seconds - 61 })}`],
    ['that is not valid yet', `Bearer ${token(good, { ...claims, nbf: seconds + 300 })}`],
    ['without a subject', `Bearer ${token(good, { ...claims, sub: undefined })}`],
    ['that demands an extension', `Bearer ${token({ ...good, crit: ['x'], x: 1 }, claims)}`],
  ])('%s is refused', async (_, header) => {
    await expect(async () => callerOf(header)).rejects.toMatchObject({
      kind: 'unauthenticated',
      code: 'authentication_failed',
    })
  })

  test.each([
    ['a subject that is no organisation', { sub: 'user_1' }],
    ['an organisation that is none', { sub: appId, org: 'team_1' }],
    ['an organisation that is no text', { sub: appId, org: 7 }],
    ['a subject that is no application', { sub: 'app_short', org: orgId }],
  ])('with %s is told so', async (_, wrong) => {
    await expect(callerOf(`Bearer ${token(good, { ...claims, ...wrong })}`)).rejects.toMatchObject({
      kind: 'bad_request',
      code: 'bad_token',
    })
  })

  test('that was verified is known by heart until it expires', async () => {
    const verifier = new TokenVerifier(keys)
    const text = `Bearer ${token(good, claims)}`
    expect(verifier.callerOf(text, now)).toBeInstanceOf(Promise)
    await verifier.callerOf(text, now)
    expect(verifier.callerOf(text, now)).toMatchObject({ orgId })
    expect(verifier.callerOf(text, claims.exp * 1000)).toBeInstanceOf(Promise)
  })

  test('of an older key is good while that key is still configured', async () => {
    const older = hmacKeys()
    const newer = hmacKeys()
    const text = `Bearer ${await signOrganisationToken(older, orgId, now)}`
    const both: JwtKeys = { algorithm: 'HS256', keys: [...newer.keys, ...older.keys] }
    expect(await callerOf(text, both)).toMatchObject({ orgId })
    await expect(callerOf(text, newer)).rejects.toMatchObject({ code: 'authentication_failed' })
    const made = `Bearer ${await signOrganisationToken(both, orgId, now)}`
    expect(await callerOf(made, newer)).toMatchObject({ orgId })
  })

  test.each(['EdDSA', 'RS256'] as const)(
    'of the algorithm %s is verified with the public key',
    async (algorithm) => {
      const pair =
        algorithm === 'EdDSA'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa', { modulusLength: 2048 })
      const of: JwtKeys = { algorithm, keys: [{ signingKey: null, verifyingKey: pair.publicKey }] }
      const text = await new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(pair.privateKey)
      expect(await callerOf(`Bearer ${text}`, of)).toMatchObject({ orgId })
      // The public key, taken for a secret: what a verifier falls for that lets the token choose the algorithm.
      const pem = pair.publicKey.export({ type: 'spki', format: 'pem' })
      const forged = token(good, claims, Buffer.from(pem))
      await expect(callerOf(`Bearer ${forged}`, of)).rejects.toMatchObject({ code: 'authentication_failed' })
      expect(() => signOrganisationToken(of, orgId, now)).toThrow(/cannot make them/)
    },
  )
})
