import { hash } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { JwtKeys } from '#config/jwt-keys.ts'
import { Rejected, StartRefused } from '#core/errors.ts'
import { isId } from '#core/ids.ts'

/** What a portal token may do, in the words of the Svix API. */
export const capabilities = [
  'ViewBase',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'ManageTransformations',
  'CreateAttempts',
  'ManageEndpoint',
] as const
export type Capability = (typeof capabilities)[number]

/** Who asks. */
export type Caller =
  | { readonly kind: 'organisation'; readonly orgId: string; readonly subject: string }
  | {
      readonly kind: 'application'
      readonly orgId: string
      readonly appId: string
      readonly subject: string
      readonly capabilities: ReadonlySet<Capability>
      readonly featureFlags: readonly string[]
      /** A token that names none is a session by itself. */
      readonly sessionId: string
      readonly issuedAt: number
    }

const issuer = 'posthorn'
const organisationTokenYears = 10
const clockToleranceSeconds = 10
const maxCachedTokens = 10_000
const day = 86_400

export interface ApplicationTokenInput {
  readonly orgId: string
  readonly appId: string
  readonly expiresInSeconds: number
  /** Null for all. */
  readonly capabilities: readonly Capability[] | null
  readonly featureFlags: readonly string[]
  readonly sessionId: string | null
}

/** A token for all of an organisation, for servers. */
export function signOrganisationToken(
  keys: JwtKeys,
  orgId: string,
  now: number,
  expiresInSeconds = organisationTokenYears * 365 * day,
): Promise<string> {
  return sign(keys, { sub: orgId }, now, expiresInSeconds)
}

/** A token for one application, for a customer's browser. */
export function signApplicationToken(
  keys: JwtKeys,
  input: ApplicationTokenInput,
  now: number,
): Promise<string> {
  const claims = {
    sub: input.appId,
    org: input.orgId,
    ...(input.capabilities === null ? {} : { cap: input.capabilities }),
    ...(input.featureFlags.length === 0 ? {} : { feature_flags: input.featureFlags }),
    ...(input.sessionId === null ? {} : { sid: input.sessionId }),
    // Milliseconds, so that a token made right after an expiry is told from one made right before.
    iat_ms: now,
  }
  return sign(keys, claims, now, input.expiresInSeconds)
}

function sign(
  keys: JwtKeys,
  claims: Record<string, unknown>,
  now: number,
  expiresInSeconds: number,
): Promise<string> {
  const signingKey = keys.keys[0]?.signingKey ?? null
  if (signingKey === null) {
    throw new StartRefused(
      'jwt_secret_cannot_sign',
      'the first key of POSTHORN_JWT_SECRET is a public one: it verifies tokens and cannot make them',
      'Put a private key first.',
    )
  }
  const issuedAt = Math.floor(now / 1000)
  return new SignJWT(claims)
    .setProtectedHeader({ alg: keys.algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + expiresInSeconds)
    .sign(signingKey)
}

function unauthenticated(detail = 'Invalid token'): Rejected {
  return new Rejected('unauthenticated', 'authentication_failed', detail)
}

/** Verifies tokens, and remembers those that it has verified: a signature costs more than a request should. */
export class TokenVerifier {
  readonly #keys: JwtKeys
  readonly #known = new Map<string, { readonly caller: Caller; readonly expiresAt: number }>()

  constructor(keys: JwtKeys) {
    this.#keys = keys
  }

  /** Who the `Authorization` header stands for, at once where the token is known. Rejects with `Rejected`. */
  callerOf(header: string | undefined, now: number): Caller | Promise<Caller> {
    if (header === undefined || header.slice(0, 7).toLowerCase() !== 'bearer ') throw unauthenticated()
    const token = header.slice(7).trim()
    const known = this.#known.get(token)
    if (known !== undefined && known.expiresAt > now) return known.caller
    return this.#verify(token)
  }

  async #verify(token: string): Promise<Caller> {
    for (const { verifyingKey } of this.#keys.keys) {
      let payload: Record<string, unknown>
      try {
        const options = { algorithms: [this.#keys.algorithm], clockTolerance: clockToleranceSeconds }
        payload = (await jwtVerify(token, verifyingKey, options)).payload
      } catch {
        // Another key may have signed it; if none has, that is the answer.
        continue
      }
      const caller = callerFrom(payload, token)
      if (this.#known.size >= maxCachedTokens) this.#known.clear()
      const expiresAt = typeof payload.exp === 'number' ? payload.exp * 1000 : Number.POSITIVE_INFINITY
      this.#known.set(token, { caller, expiresAt })
      return caller
    }
    throw unauthenticated()
  }
}

function callerFrom(payload: Record<string, unknown>, token: string): Caller {
  const { sub, org } = payload
  if (typeof sub !== 'string') throw unauthenticated('Invalid token (missing `sub`).')
  if (org === undefined) {
    if (!sub.startsWith('org_')) throw badToken('`sub` names no organisation')
    return { kind: 'organisation', orgId: sub, subject: sub }
  }
  if (typeof org !== 'string' || !org.startsWith('org_')) throw badToken('`org` names no organisation')
  if (!isId('app_', sub)) throw badToken('`sub` names no application')
  const given = Array.isArray(payload.cap) ? (payload.cap as unknown[]) : capabilities
  const issuedAt = typeof payload.iat_ms === 'number' ? payload.iat_ms : Number(payload.iat ?? 0) * 1000
  return {
    kind: 'application',
    orgId: org,
    appId: sub,
    subject: sub,
    capabilities: new Set(capabilities.filter((each) => given.includes(each))),
    featureFlags: Array.isArray(payload.feature_flags) ? payload.feature_flags.map(String) : [],
    // The point is in no session that can be named.
    sessionId: typeof payload.sid === 'string' ? payload.sid : `.${hash('sha256', token, 'base64url')}`,
    issuedAt,
  }
}

function badToken(detail: string): Rejected {
  return new Rejected('bad_request', 'bad_token', `Invalid token: ${detail}.`)
}
