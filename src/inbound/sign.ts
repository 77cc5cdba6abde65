import { createHash, createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { rowOf } from './providers/providers.ts'
import type {
  HmacScheme,
  JwtScheme,
  Place,
  PublicKeyScheme,
  Scheme,
  SignaturePlace,
  StandardScheme,
  Timestamp,
  TokenScheme,
} from './row.ts'
import { adyenText } from './schemes/adyen.ts'
import { digestOf } from './schemes/digest.ts'
import { hmacOf } from './schemes/hmac.ts'
import { withNamedTimestamp } from './schemes/signed-text.ts'
import { formText, twilioSignature } from './schemes/twilio.ts'
import { keyOf } from './secrets.ts'
import { expand, partsOf } from './template.ts'
import { timestampText } from './timestamp.ts'
import type { InboundRequest, SourceSettings } from './verify.ts'
import { formType, textOf, valueAt, viewOf } from './view.ts'

export interface Sample {
  /** The source's URL. */
  readonly url: string
  readonly body: Uint8Array
  readonly contentType: string
  /** What the request is to be known by, where the provider gives an id in a header. */
  readonly id: string
  readonly eventType: string
  /** Epoch milliseconds, for the timestamp. */
  readonly now: number
  /** For providers that sign with a private key: PEM, or `whsk_…`. */
  readonly privateKey?: string
}

export type Signed =
  | { readonly kind: 'signed'; readonly request: InboundRequest }
  /** The provider's scheme needs what only the provider has, or the secret or body is not of its form. */
  | { readonly kind: 'not_signable'; readonly detail: string }

/**
 * A request as the provider would send it, signed with the first of the source's secrets. The body goes out byte for
 * byte, but where the provider writes its signature or timestamp into it.
 */
export async function sign(settings: SourceSettings, sample: Sample): Promise<Signed> {
  const row = rowOf(settings)
  const secret = settings.secrets[0] ?? ''
  if (row === null) return notSignable(`There is no provider "${settings.provider}"`)
  const draft = draftOf(sample)
  fill(draft, row.eventType, sample.eventType)
  for (const [index, place] of (row.id ?? []).entries()) {
    fill(draft, place, index === 0 ? sample.id : `${sample.id}-${index}`)
  }
  const problem = await signDraft(draft, row.scheme, settings, secret, sample)
  if (problem !== null) return notSignable(problem)
  return {
    kind: 'signed',
    request: {
      method: 'POST',
      url: draft.url,
      headers: [...draft.headers],
      body: draft.body,
      receivedAt: sample.now,
    },
  }
}

function notSignable(detail: string): Signed {
  return { kind: 'not_signable', detail }
}

interface Draft {
  url: string
  body: Uint8Array
  readonly headers: Map<string, string>
}

function draftOf({ url, body, contentType }: Sample): Draft {
  return { url, body, headers: new Map([['content-type', contentType]]) }
}

function requestOf({ url, headers, body }: Draft, now: number): InboundRequest {
  return { method: 'POST', url, headers: [...headers], body, receivedAt: now }
}

/** Puts a text where a header of the request is asked for; bodies keep the ids and types that they have. */
function fill(draft: Draft, place: Place | null, text: string): void {
  const header = place?.split('|').find((one) => one.startsWith('header:'))
  if (header !== undefined) draft.headers.set(header.slice('header:'.length), text)
}

function signDraft(
  draft: Draft,
  scheme: Scheme,
  settings: SourceSettings,
  secret: string,
  sample: Sample,
): string | null | Promise<string | null> {
  switch (scheme.kind) {
    case 'hmac':
      return signHmac(draft, withNamedTimestamp(scheme, settings), settings, secret, sample)
    case 'digest':
      return signText(draft, scheme, settings, sample, (bytes) => digestOf(scheme, bytes), secret)
    case 'public-key':
      return signPublicKey(draft, scheme, settings, sample)
    case 'standard':
      return signStandard(draft, scheme, secret, sample)
    case 'token':
      return signToken(draft, scheme, secret)
    case 'jwt':
      return signJwt(draft, scheme, settings, secret, sample)
    case 'twilio':
      return signTwilio(draft, settings, secret)
    case 'adyen':
      return signAdyen(draft, secret)
    case 'url':
      return null
    default:
      return 'Only the provider has the key that these requests are signed with'
  }
}

function signHmac(
  draft: Draft,
  scheme: HmacScheme,
  settings: SourceSettings,
  secret: string,
  sample: Sample,
): string | null {
  const key = keyOf(secret, scheme.secret)
  if (key === null) return 'The source has no secret of the form that the provider gives'
  const algorithm = scheme.algorithm === 'by-prefix' ? 'sha256' : scheme.algorithm
  const signature =
    scheme.algorithm === 'by-prefix' ? { ...scheme.signature, prefix: 'sha256=' } : scheme.signature
  return signText(draft, { ...scheme, signature }, settings, sample, (bytes) => hmacOf(algorithm, key, bytes))
}

function signPublicKey(
  draft: Draft,
  scheme: PublicKeyScheme,
  settings: SourceSettings,
  sample: Sample,
): string | null {
  const key = privateKey(sample)
  if (key === null) return 'The provider signs with a private key, and none was given'
  const hash = scheme.algorithm === 'ed25519' ? null : 'sha256'
  return signText(draft, scheme, settings, sample, (bytes) => signBytes(hash, Buffer.concat(bytes), key))
}

function privateKey({ privateKey: pem }: Sample): KeyObject | null {
  if (pem === undefined) return null
  if (!pem.startsWith('whsk_')) return createPrivateKey(pem)
  const bytes = Buffer.from(pem.slice('whsk_'.length), 'base64')
  const [d, x] = [bytes.subarray(0, 32).toString('base64url'), bytes.subarray(32).toString('base64url')]
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' })
}

interface TextScheme {
  readonly signature: SignaturePlace
  readonly signed: string
  readonly timestamp?: Timestamp
}

/** Fills what the template asks for, makes the signature, and puts it where it belongs. */
function signText(
  draft: Draft,
  { signature, signed, timestamp }: TextScheme,
  settings: SourceSettings,
  sample: Sample,
  make: (bytes: readonly Uint8Array[]) => Buffer,
  secret?: string,
): string | null {
  const time = timestamp === undefined ? null : timestampText(sample.now, timestamp.unit)
  const items: string[] = []
  const inBody: [path: string, text: string][] = []
  const put = (place: string, text: string): void => {
    const own = placeFor(place, draft)
    const name = own.slice(own.indexOf(':') + 1)
    if (own.startsWith('header:')) draft.headers.set(name, text)
    else if (own.startsWith('field:')) items.push(`${name}=${text}`)
    else if (own.startsWith('query:')) draft.url = withQuery(draft.url, name, text)
    else inBody.push([name, text])
  }
  if (timestamp !== undefined && time !== null) put(timestamp.at, time)
  for (const part of partsOf(signed)) {
    if (part.kind !== 'name' || !part.name.includes(':') || part.name === 'url:hubspot') continue
    put(part.name, sample.id)
  }
  const isBodySigned = signed.includes('{body}')
  if (isBodySigned && inBody.length > 0 && !writeInto(draft, inBody)) return bodyProblem
  // Items of the signature's own value that are signed are read from it.
  if (items.length > 0 && signature.at.startsWith('header:'))
    put(signature.at, items.join(signature.itemSeparator))
  const given = { signature, timestamp: time, ...(secret === undefined ? {} : { secret }) }
  const values = new Map(inBody)
  // Where the body is not covered, what is signed of it is written together with the signature.
  const bytes = isBodySigned
    ? expand(signed, viewOf(requestOf(draft, sample.now), settings.options?.publicUrl), given)
    : partsOf(signed).map((part) => {
        const text = part.kind === 'text' ? part.text : part.name === 'timestamp' ? (time ?? '') : undefined
        return Buffer.from(text ?? values.get(nameIn(part, draft)) ?? '')
      })
  if ('lacking' in bytes) return `The request would lack ${bytes.lacking}, which is signed`
  const text = `${signature.prefix ?? ''}${make(bytes).toString(signature.encoding)}`
  const value = signature.itemSeparator === undefined ? text : [...items, text].join(signature.itemSeparator)
  put(signature.at, value)
  return isBodySigned || writeInto(draft, inBody) ? null : bodyProblem
}

const bodyProblem = 'The provider writes into the body, so it must be a JSON object or a form'

function nameIn(
  part: { readonly kind: string; readonly name?: string; readonly text?: string },
  draft: Draft,
): string {
  const place = placeFor(part.name ?? '', draft)
  return place.slice(place.indexOf(':') + 1)
}

/** Of a place's alternatives the one that fits the body: a form's field for a form. */
function placeFor(place: string, draft: Draft): string {
  const all = place.split('|')
  const isForm = draft.headers.get('content-type') === formType
  return all.find((one) => one.startsWith('form:') === isForm) ?? all[0] ?? ''
}

function withQuery(url: string, name: string, text: string): string {
  const [bare = ''] = url.split('#')
  return `${bare}${bare.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=${encodeURIComponent(text)}`
}

/**
 * Adds members to a JSON object, or fields to a form. The rest of its text stays as it is, unless it has one of them
 * already: then the object is written anew.
 */
function writeInto(draft: Draft, pairs: readonly (readonly [path: string, text: string])[]): boolean {
  if (pairs.length === 0) return true
  if (draft.headers.get('content-type') === formType) {
    const fields = new URLSearchParams(pairs.map(([name, text]) => [name, text])).toString()
    draft.body = Buffer.concat([draft.body, Buffer.from(draft.body.length === 0 ? fields : `&${fields}`)])
    return true
  }
  const text = textOf(draft.body)?.trim() ?? ''
  const json = viewOf(requestOf(draft, 0)).json()
  if (typeof json !== 'object' || json === null || Array.isArray(json) || !text.startsWith('{')) return false
  const added: Record<string, unknown> = {}
  for (const [path, value] of pairs)
    setAt(added, path.split('.'), /^\d{1,15}$/.test(value) ? Number(value) : value)
  if (Object.keys(added).some((key) => valueAt(json, key) !== undefined)) {
    draft.body = Buffer.from(JSON.stringify({ ...json, ...added }))
    return true
  }
  const members = JSON.stringify(added).slice(1, -1)
  draft.body = Buffer.from(`{${members}${Object.keys(json).length === 0 ? '' : ','}${text.slice(1)}`)
  return true
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    target[key] = value
    return
  }
  target[key] ??= {}
  setAt(target[key] as Record<string, unknown>, rest, value)
}

function signStandard(draft: Draft, scheme: StandardScheme, secret: string, sample: Sample): string | null {
  const time = timestampText(sample.now, 's')
  const head = Buffer.from(`${sample.id}.${time}.`)
  draft.headers.set('webhook-id', sample.id)
  draft.headers.set('webhook-timestamp', time)
  const own = secret.startsWith('whsk_') ? secret : sample.privateKey
  const key = own === undefined ? null : privateKey({ ...sample, privateKey: own })
  if (key !== null) {
    const bytes = signBytes(null, Buffer.concat([head, draft.body]), key)
    draft.headers.set('webhook-signature', `v1a,${bytes.toString('base64')}`)
    return null
  }
  const symmetric = keyOf(secret, scheme.secret)
  if (symmetric === null) return 'The source has no secret of the form that the provider gives'
  const bytes = hmacOf('sha256', symmetric, [head, draft.body])
  draft.headers.set('webhook-signature', `v1,${bytes.toString('base64')}`)
  return null
}

function signToken(draft: Draft, { accept }: TokenScheme, secret: string): string | null {
  const [first] = accept
  if (secret.trim() === '' || first === undefined) return 'The source has no secret yet'
  const forms = {
    plain: secret,
    bearer: `Bearer ${secret}`,
    basic: `Basic ${Buffer.from(secret).toString('base64')}`,
  }
  const place = first.at.split('|')[0] ?? ''
  const name = place.slice(place.indexOf(':') + 1)
  if (place.startsWith('header:')) draft.headers.set(name, forms[first.form])
  else if (place.startsWith('query:')) draft.url = withQuery(draft.url, name, secret)
  else if (!writeInto(draft, [[name, secret]])) return bodyProblem
  return null
}

async function signJwt(
  draft: Draft,
  scheme: JwtScheme,
  { options }: SourceSettings,
  secret: string,
  sample: Sample,
): Promise<string | null> {
  const key = scheme.secret === 'utf8' ? keyOf(secret, 'utf8') : privateKey(sample)
  if (key === null)
    return 'The source has no secret, or the provider signs with a private key and none was given'
  const { bodyHash } = scheme
  const claims =
    bodyHash === null
      ? {}
      : { [bodyHash.claim]: createHash('sha256').update(draft.body).digest(bodyHash.encoding) }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: scheme.algorithm, typ: 'JWT' })
    .setIssuedAt(Math.floor(sample.now / 1000))
    .setExpirationTime(Math.floor(sample.now / 1000) + 300)
    .setIssuer(scheme.issuer ?? options?.issuer ?? 'sample')
    .sign(key)
  const place = scheme.at.split('|')[0] ?? ''
  const name = place.slice(place.indexOf(':') + 1)
  if (!place.startsWith('header:')) return 'The token is not sent in a header'
  draft.headers.set(name, name.toLowerCase() === 'authorization' ? `Bearer ${token}` : token)
  return null
}

function signTwilio(draft: Draft, { options }: SourceSettings, secret: string): string | null {
  if (secret.trim() === '') return 'The source has no secret yet'
  const isForm = draft.headers.get('content-type') === formType
  if (!isForm && draft.body.length > 0) {
    draft.url = withQuery(draft.url, 'bodySHA256', createHash('sha256').update(draft.body).digest('hex'))
  }
  const view = viewOf(requestOf(draft, 0), options?.publicUrl)
  const fields = isForm ? formText(view.form()) : ''
  draft.headers.set('X-Twilio-Signature', twilioSignature(secret, view.url, fields).toString('base64'))
  return null
}

function signAdyen(draft: Draft, secret: string): string | null {
  const key = keyOf(secret, 'hex')
  const json = viewOf(requestOf(draft, 0)).json()
  const items = valueAt(json, 'notificationItems')
  if (key === null) return 'The source has no secret of the form that the provider gives'
  if (!Array.isArray(items)) return 'The body has no notificationItems'
  for (const each of items) {
    const item = valueAt(each, 'NotificationRequestItem') as Record<string, unknown> | undefined
    if (typeof item !== 'object') return 'A notification item is no object'
    const signature = hmacOf('sha256', key, [Buffer.from(adyenText(item))]).toString('base64')
    item['additionalData'] = { ...(item['additionalData'] as object | undefined), hmacSignature: signature }
  }
  draft.body = Buffer.from(JSON.stringify(json))
  return null
}
