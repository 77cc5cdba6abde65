import type { Answer } from './verify.ts'

/*
 * The form in which a provider is described: pure data, so that a new provider is a new row and a person can write a row
 * of their own.
 *
 * A *place* says where in a request a text stands: `header:NAME`, `query:NAME`, `form:NAME` (a field of a form body),
 * `body:a.b.0` (a path into a JSON body), `field:NAME` (the item `NAME=…` of the signature's own value). Two joined with
 * `|` are alternatives: the first that is there counts.
 *
 * A *template* says which bytes are signed: text with `{body}`, `{url}`, `{method}`, `{timestamp}` or any place in braces.
 */

type OnePlace = `${'header' | 'query' | 'form' | 'body' | 'field'}:${string}`
export type Place = OnePlace | `${OnePlace}|${OnePlace}`

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512'
export type Encoding = 'hex' | 'base64' | 'base64url'

export interface SignaturePlace {
  readonly at: Place
  /** The value is a list, such as `t=1,v1=abc`; every signature in it is tried. */
  readonly itemSeparator?: string
  /** Stands before each signature; an item without it is no signature. */
  readonly prefix?: string
  readonly encoding: Encoding
}

export interface Timestamp {
  readonly at: Place
  readonly unit: 's' | 'ms' | 'rfc3339'
  /** Into the past and into the future. */
  readonly toleranceMs: number
  /** The header's name is a setting of the source; where that is not set, the template is `{body}` alone. */
  readonly isNamedBySetting?: boolean
}

/** How a secret's text becomes the key's bytes. `auto`: base64 after `whsec_`, the text itself without it. */
export type SecretEncoding = 'utf8' | 'base64' | 'hex' | 'auto'

export interface HmacScheme {
  readonly kind: 'hmac'
  readonly signature: SignaturePlace
  /** `by-prefix`: each signature says its own, `sha256=…`. */
  readonly algorithm: HashName | 'by-prefix'
  readonly secret: SecretEncoding
  readonly signed: string
  readonly timestamp?: Timestamp
}

/** A plain hash of a text that holds the secret: `{secret}` in the template. */
export interface DigestScheme {
  readonly kind: 'digest'
  readonly signature: SignaturePlace
  readonly algorithm: HashName
  readonly signed: string
  readonly timestamp?: Timestamp
}

/** Standard Webhooks 1.0, `v1` and `v1a`, under its own header names or Svix's. */
export interface StandardScheme {
  readonly kind: 'standard'
  readonly secret: SecretEncoding
  readonly toleranceMs: number
}

export interface PublicKeyScheme {
  readonly kind: 'public-key'
  readonly algorithm: 'ed25519' | 'ecdsa-p256' | 'rsa-sha256'
  /** Of the configured public key: 32 bytes raw (ed25519), base64 of its SPKI, or PEM. */
  readonly key: 'raw-hex' | 'raw-base64' | 'spki-base64' | 'pem'
  readonly signature: SignaturePlace
  readonly signed: string
  readonly timestamp?: Timestamp
}

/** The provider sends the secret itself: any of these ways will do. */
export interface TokenScheme {
  readonly kind: 'token'
  /** `basic`: the secret is `user:password`. */
  readonly accept: readonly { readonly at: Place; readonly form: 'plain' | 'bearer' | 'basic' }[]
}

/** A JWT signed with the secret, or with a key that is configured as a JWK. */
export interface JwtScheme {
  readonly kind: 'jwt'
  /** A leading `Bearer ` is taken off. */
  readonly at: Place
  readonly algorithm: 'HS256' | 'ES256'
  readonly secret: 'utf8' | 'jwk'
  readonly issuer?: string
  /** Of the token, by its `iat`. */
  readonly maxAgeMs?: number
  /** The claim that holds the body's SHA-256; null where the token does not cover the body. */
  readonly bodyHash: { readonly claim: string; readonly encoding: 'hex' | 'base64' } | null
}

/** Nothing is proven: the source's own URL is all that a sender must know. */
interface UrlScheme {
  readonly kind: 'url'
}

/** What no row can say: a file of `schemes/` each. */
export interface CodeScheme {
  readonly kind: 'twilio' | 'sns' | 'paypal' | 'adyen' | 'pubsub' | 'graph' | 'entra'
  readonly toleranceMs?: number
}

export type Scheme =
  | HmacScheme
  | DigestScheme
  | StandardScheme
  | PublicKeyScheme
  | TokenScheme
  | JwtScheme
  | UrlScheme
  | CodeScheme

export const handshakeNames = [
  'adobe-sign',
  'asana',
  'cloudevents',
  'discord',
  'discord-events',
  'dropbox',
  'event-grid',
  'front',
  'graph',
  'meta',
  'monday',
  'notion',
  'okta',
  'slack',
  'sns',
  'trello',
  'twitch',
  'websub',
  'x',
  'xero',
  'zoom',
] as const
export type HandshakeName = (typeof handshakeNames)[number]

export const settingNames = [
  /** The URL as the provider has it, where it signs that; the request's own query is added if this one has none. */
  'publicUrl',
  /** Meta: the token that its verification request must hold. */
  'verifyToken',
  /** PayPal: the webhook's id. */
  'webhookId',
  /** AWS SNS: the only topic that is listened to. */
  'topicArn',
  /** Google Pub/Sub, Entra: whom tokens must be made for. */
  'audience',
  /** Google Pub/Sub: the service account that pushes. */
  'serviceAccount',
  /** Entra: the directory that issues tokens. */
  'tenantId',
  /** Microsoft Graph: the application's id; set when notifications carry resource data. */
  'appId',
  /** WebSub: the only topic whose subscription is confirmed. */
  'topic',
  /** CloudEvents: the only origin that is granted permission. */
  'allowedOrigin',
  /** Grafana: the header that was chosen for the timestamp. */
  'timestampHeader',
  /** LiveKit: the API key that tokens must be issued by. */
  'issuer',
  /** Tailscale: how far a timestamp may be away, instead of what the provider recommends. */
  'timestampGraceSeconds',
] as const
export type SettingName = (typeof settingNames)[number]

export interface ProviderRow {
  readonly name: string
  /** Where the provider says how it signs. */
  readonly docs: string
  readonly scheme: Scheme
  /** What a source's config calls the secret, where the provider has another word for it. */
  readonly secretName?: 'clientId'
  /** Joined with `:`; null where no part of a request tells one event from another. */
  readonly id: readonly Place[] | null
  readonly eventType: Place | null
  readonly handshakes?: readonly HandshakeName[]
  readonly settings?: Readonly<Partial<Record<SettingName, 'required' | 'optional'>>>
  /** How the body is split into messages; whole where it is not said. */
  readonly format?: 'cloudevents'
  readonly dedupeMs: number
  readonly ack: Answer
  /** The header of a proven request that its answer must hold, too. */
  readonly echoes?: string
  /** The provider gives up waiting after this. */
  readonly deadlineMs: number
}
