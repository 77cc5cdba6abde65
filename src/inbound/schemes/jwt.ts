import { createHash } from 'node:crypto'
import {
  importJWK,
  type JWK,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
  type CryptoKey,
  errors,
} from 'jose'
import { decoded, equalTexts } from '../bytes.ts'
import { refused } from '../refusal.ts'
import type { JwtScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import type { Refusal, SourceSettings } from '../verify.ts'
import { oneTextAt, type RequestView } from '../view.ts'
import { proven, type Verifier } from './proof.ts'
import { placeWords } from './signed-text.ts'

/** Clocks may differ by this where a token expires or begins. */
export const clockToleranceS = 60

async function keyFrom(secret: string, scheme: JwtScheme): Promise<Uint8Array | CryptoKey | null> {
  if (scheme.secret === 'utf8') return keyOf(secret, 'utf8')
  try {
    return await importJWK(JSON.parse(secret) as JWK, scheme.algorithm)
  } catch {
    return null
  }
}

/** What a library's error about a token means here. */
export function tokenRefusal(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return refused('timestamp_out_of_window', 'The token has expired')
  if (error instanceof errors.JWTClaimValidationFailed) {
    const isTime = error.claim === 'iat' || error.claim === 'nbf' || error.claim === 'exp'
    return refused(
      isTime ? 'timestamp_out_of_window' : 'wrong_recipient',
      `The token's claim "${error.claim}" is not what the source expects`,
    )
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
    return refused('malformed_signature', 'The token is no JWT')
  }
  return refused('bad_signature', 'The token does not fit any key of the source')
}

/** The JWT at a place, without `Bearer `. */
export function tokenAt(view: RequestView, at: JwtScheme['at']): { readonly token: string } | Refusal {
  const found = oneTextAt(view, at)
  if (found === null) return refused('missing_signature', `The request has no ${placeWords(at)}`)
  if (found === 'ambiguous')
    return refused('malformed_signature', `The request has several ${placeWords(at)}`)
  const token = found.text.replace(/^bearer +/i, '')
  const parts = token.split('.')
  if (parts.length === 3 && parts.every((part) => decoded(part, 'base64url') !== null)) return { token }
  return refused('malformed_signature', `The ${placeWords(at)} is no JWT`)
}

function optionsOf(scheme: JwtScheme, { options }: SourceSettings, receivedAt: number): JWTVerifyOptions {
  const issuer = scheme.issuer ?? options?.issuer
  return {
    algorithms: [scheme.algorithm],
    currentDate: new Date(receivedAt),
    clockTolerance: clockToleranceS,
    ...(issuer === undefined || issuer === '' ? {} : { issuer }),
    ...(scheme.maxAgeMs === undefined ? {} : { maxTokenAge: scheme.maxAgeMs / 1000 }),
  }
}

function bodyHashFits(body: Uint8Array, payload: JWTPayload, { bodyHash }: JwtScheme): boolean {
  if (bodyHash === null) return true
  const claim = payload[bodyHash.claim]
  return (
    typeof claim === 'string' &&
    equalTexts(claim, createHash('sha256').update(body).digest(bodyHash.encoding))
  )
}

/** A JWT (RFC 7519) that holds the body's hash in a claim. */
export const verifyJwt: Verifier<JwtScheme> = async (view, scheme, settings) => {
  const made = await Promise.all(settings.secrets.map((secret) => keyFrom(secret, scheme)))
  const keys = usableKeys(settings.secrets, (secret) => made[settings.secrets.indexOf(secret)] ?? null)
  if (isRefusal(keys)) return keys
  const found = tokenAt(view, scheme.at)
  if (isRefusal(found)) return found
  const options = optionsOf(scheme, settings, view.request.receivedAt)
  let refusal: Refusal | undefined
  for (const { index, key } of keys) {
    try {
      const { payload } = await jwtVerify(found.token, key, options)
      if (bodyHashFits(view.request.body, payload, scheme)) return proven(index, null)
      return refused('bad_signature', 'The token is right, but made for another body')
    } catch (error) {
      const own = tokenRefusal(error)
      if (refusal === undefined || refusal.reason === 'bad_signature') refusal = own
    }
  }
  return refusal ?? refused('bad_signature', 'The token does not fit any key of the source')
}
