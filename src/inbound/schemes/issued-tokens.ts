import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose'
import { equalTexts } from '../bytes.ts'
import { fetchedText, refetchedText } from '../fetched-keys.ts'
import { refused } from '../refusal.ts'
import type { CodeScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import type { Refusal, Tools } from '../verify.ts'
import { valueAt } from '../view.ts'
import { clockToleranceS, tokenAt, tokenRefusal } from './jwt.ts'
import { proven, type Verifier } from './proof.ts'

/** The keys of Google's tokens. */
export const googleKeys = 'https://www.googleapis.com/oauth2/v3/certs'
const googleIssuers = ['https://accounts.google.com', 'accounts.google.com']

/** The keys of Entra's tokens, of one directory or of all (`common`). */
export const entraKeys = (tenant: string): string =>
  `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/discovery/v2.0/keys`
/** Microsoft Graph's own application, which its notifications' tokens are made for the benefit of. */
export const graphPublisher = '0bf30f3b-4a52-48df-9a82-234910c4a086'

/** The claims of a token that one of the keys at a pinned URL signed with RS256. */
async function claimsOf(
  token: string,
  keysUrl: string,
  options: JWTVerifyOptions,
  tools: Tools,
  now: number,
): Promise<{ readonly claims: JWTPayload } | Refusal> {
  const full = {
    ...options,
    algorithms: ['RS256'],
    currentDate: new Date(now),
    clockTolerance: clockToleranceS,
  }
  for (const fetch of [fetchedText, refetchedText]) {
    const keys = keySet(await fetch(tools, keysUrl, now))
    if (keys === null) return refused('key_unavailable', 'The issuer’s keys could not be fetched')
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), full)
      return { claims: payload }
    } catch (error) {
      // The issuer may have a new key since.
      if (fetch === fetchedText && error instanceof errors.JWKSNoMatchingKey) continue
      return tokenRefusal(error)
    }
  }
  return refused('bad_signature', 'The token does not fit any key of its issuer')
}

function keySet(text: string | null): JSONWebKeySet | null {
  if (text === null) return null
  try {
    const json = JSON.parse(text) as JSONWebKeySet
    return Array.isArray(json.keys) ? json : null
  } catch {
    return null
  }
}

/** Google Pub/Sub push: a Google token for this source's audience, of the service account that pushes. It says nothing about the body. */
export const verifyPubSub: Verifier<CodeScheme> = async (view, _scheme, { options }, tools) => {
  const found = tokenAt(view, 'header:Authorization')
  if (isRefusal(found)) return found
  const audience = options?.audience ?? ''
  const checked = { issuer: googleIssuers, audience, requiredClaims: ['exp', 'email'] }
  const result = await claimsOf(found.token, googleKeys, checked, tools, view.request.receivedAt)
  if (isRefusal(result)) return result
  const { claims } = result
  if (
    claims['email_verified'] === true &&
    equalTexts(String(claims['email']), options?.serviceAccount ?? '')
  ) {
    return proven(null, null)
  }
  return refused('wrong_recipient', 'The token is of another service account than the source’s')
}

/** Entra (Azure Event Grid with Entra ID): a token of the source's directory, for its audience. */
export const verifyEntra: Verifier<CodeScheme> = async (view, _scheme, { options }, tools) => {
  const found = tokenAt(view, 'header:Authorization')
  if (isRefusal(found)) return found
  const tenant = options?.tenantId ?? ''
  const checked = {
    issuer: [`https://sts.windows.net/${tenant}/`, `https://login.microsoftonline.com/${tenant}/v2.0`],
    audience: options?.audience ?? '',
    requiredClaims: ['exp'],
  }
  const result = await claimsOf(found.token, entraKeys(tenant), checked, tools, view.request.receivedAt)
  return isRefusal(result) ? result : proven(null, null)
}

/**
 * Microsoft Graph: every notification of the body must hold the source's `clientState`; where the source has an
 * application id (notifications with resource data), every validation token must be Graph's own, for that application.
 */
export const verifyGraph: Verifier<CodeScheme> = async (view, _scheme, settings, tools) => {
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, 'utf8'))
  if (isRefusal(keys)) return keys
  const list = valueAt(view.json(), 'value')
  if (!Array.isArray(list) || list.length === 0)
    return refused('unparsable_body', 'The body has no notifications in "value"')
  const states = list.map((each) => valueAt(each, 'clientState'))
  if (states.some((state) => typeof state !== 'string' || state === '')) {
    return refused('missing_signature', 'A notification has no clientState')
  }
  const fits = keys.find(({ secret }) => states.every((state) => equalTexts(String(state), secret)))
  if (fits === undefined)
    return refused('bad_signature', 'A notification’s clientState is none of the source’s secrets')
  const appId = settings.options?.appId ?? ''
  const refusal =
    appId === ''
      ? null
      : await checkGraphTokens(
          valueAt(view.json(), 'validationTokens'),
          appId,
          tools,
          view.request.receivedAt,
        )
  return refusal ?? proven(fits.index, null)
}

async function checkGraphTokens(
  tokens: unknown,
  appId: string,
  tools: Tools,
  now: number,
): Promise<Refusal | null> {
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > 32) {
    return refused('missing_signature', 'The body has no validationTokens, or too many')
  }
  for (const token of tokens) {
    const result = await claimsOf(
      String(token),
      entraKeys('common'),
      { audience: appId, requiredClaims: ['exp'] },
      tools,
      now,
    )
    if (isRefusal(result)) return result
    const { iss, azp, appid } = result.claims
    const isEntra = /^https:\/\/(sts\.windows\.net\/[^/]+\/|login\.microsoftonline\.com\/[^/]+\/v2\.0)$/.test(
      String(iss),
    )
    if (!isEntra || (azp ?? appid) !== graphPublisher) {
      return refused('wrong_recipient', 'A validation token is not made by Microsoft Graph')
    }
  }
  return null
}
