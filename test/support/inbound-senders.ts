import { execFileSync } from 'node:child_process'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, SignJWT } from 'jose'
import { providers } from '#inbound/providers/providers.ts'
import { entraKeys, googleKeys } from '#inbound/schemes/issued-tokens.ts'
import { paypalText } from '#inbound/schemes/paypal.ts'
import { snsText } from '#inbound/schemes/sns.ts'
import { sign } from '#inbound/sign.ts'
import type { InboundRequest, SourceSettings, Tools } from '#inbound/verify.ts'

/** The instant at which samples are sent and judged. */
export const now = Date.UTC(2030, 0, 2, 3, 4, 5)
export const sourceUrl = 'https://in.example.com/in/abc?tenant=1'

const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 5)])
const ed25519Private = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' })
/** Always the same pair, so that its signatures are the same in every run. */
const ed25519 = { privateKey: ed25519Private, publicKey: createPublicKey(ed25519Private) }
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' })

/** A self-signed certificate, valid long enough for `now`. */
function selfSigned(key: KeyObject): string {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-cert-'))
  try {
    const [file, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(keyFile, pem(key), { mode: 0o600 })
    const args = [
      'req',
      '-x509',
      '-new',
      '-key',
      keyFile,
      '-out',
      file,
      '-days',
      '4000',
      '-subj',
      '/CN=sender.test',
    ]
    execFileSync('openssl', args, { stdio: 'ignore' })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let certificate: string | undefined
export function rsaCertificate(): string {
  return (certificate ??= selfSigned(rsa.privateKey))
}

export const certificateUrls = {
  sns: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
  paypal: 'https://api.paypal.com/v1/notifications/certs/CERT-1',
}

/** Tools that know the providers' pinned URLs and count what is fetched. */
export function fakeTools(
  more: Readonly<Record<string, string>> = {},
): Tools & { readonly fetched: string[] } {
  const fetched: string[] = []
  return {
    fetched,
    maxBodyBytes: 1_048_576,
    async get(url) {
      fetched.push(url)
      const body = more[url] ?? (await known(url))
      return body === null ? { kind: 'failed', detail: 'unknown' } : { kind: 'response', status: 200, body }
    },
  }
}

async function known(url: string): Promise<string | null> {
  if (Object.values(certificateUrls).includes(url)) return rsaCertificate()
  if (url === googleKeys || url === entraKeys('tenant-1') || url === entraKeys('common')) {
    return JSON.stringify({
      keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }],
    })
  }
  return null
}

export function issuedToken(claims: Readonly<Record<string, unknown>>, kid = 'k1'): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuedAt(now / 1000)
    .setExpirationTime(now / 1000 + 600)
    .sign(rsa.privateKey)
}

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:topic'

export function snsBody(fields: Readonly<Record<string, string>>, key = rsa.privateKey): Buffer {
  const message = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: topicArn,
    Message: 'hello',
    Timestamp: new Date(now).toISOString(),
    SignatureVersion: '2',
    SigningCertURL: certificateUrls.sns,
    ...fields,
  }
  const hash = message.SignatureVersion === '1' ? 'sha1' : 'sha256'
  const Signature = signBytes(hash, Buffer.from(snsText(message)), key).toString('base64')
  return Buffer.from(JSON.stringify({ ...message, Signature }))
}

function adyenBody(merchantReference: string): Buffer {
  const NotificationRequestItem = {
    additionalData: {},
    amount: { value: 1130, currency: 'EUR' },
    pspReference: '7914073381342284',
    eventCode: 'AUTHORISATION',
    eventDate: '2019-05-06T17:15:34.121+02:00',
    merchantAccountCode: 'TestMerchant',
    merchantReference,
    operations: ['CANCEL'],
    paymentMethod: 'visa',
    success: 'true',
  }
  return Buffer.from(JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem }] }))
}

const jwk = JSON.stringify(p256.publicKey.export({ format: 'jwk' }))
const spki = p256.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const rsaSpki = rsa.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const rawEd25519 = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')

const utf8Secret = 'a secret of 32 characters, $& $$'

/** Settings with a secret of the provider's form, and what its private key is where it has one. */
export function settingsFor(provider: string): {
  readonly settings: SourceSettings
  readonly privateKey?: string
} {
  const scheme = providers[provider]?.scheme
  const options = {
    webhookId: 'WH-1',
    topicArn,
    audience: 'aud-1',
    serviceAccount: 'push@project.iam.gserviceaccount.com',
    tenantId: 'tenant-1',
    verifyToken: 'agreed',
    topic: 'https://feed.example.com/atom',
  }
  const settings = (secret: string) => ({ provider, secrets: [secret], options })
  switch (scheme?.kind) {
    case 'public-key':
      switch (scheme.key) {
        case 'raw-hex':
          return { settings: settings(rawEd25519.toString('hex')), privateKey: pem(ed25519.privateKey) }
        case 'raw-base64':
          return { settings: settings(rawEd25519.toString('base64')), privateKey: pem(ed25519.privateKey) }
        case 'spki-base64':
          return scheme.algorithm === 'rsa-sha256'
            ? { settings: settings(rsaSpki), privateKey: pem(rsa.privateKey) }
            : { settings: settings(spki), privateKey: pem(p256.privateKey) }
        case 'pem': {
          const key = rsa.publicKey.export({ format: 'pem', type: 'spki' })
          return { settings: settings(key), privateKey: pem(rsa.privateKey) }
        }
      }
      break
    case 'standard':
      return {
        settings: settings(
          scheme.secret === 'utf8' ? utf8Secret : `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
        ),
      }
    case 'hmac':
      return {
        settings: settings(scheme.secret === 'hex' ? '44782DEF547AAA06C910C43932B1EB0C71FC68D9' : utf8Secret),
      }
    case 'adyen':
      return { settings: settings('44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056') }
    case 'jwt':
      return scheme.secret === 'jwk'
        ? { settings: settings(jwk), privateKey: pem(p256.privateKey) }
        : { settings: settings(utf8Secret) }
    case 'token': {
      const isBasic = scheme.accept[0]?.form === 'basic'
      return { settings: settings(isBasic ? 'user:pass:word' : 'token-0123456789abcdef') }
    }
    case 'sns':
    case 'paypal':
    case 'pubsub':
    case 'entra':
      return { settings: { ...settings(''), secrets: [] } }
    default:
      return { settings: settings(utf8Secret) }
  }
  throw new Error(`no settings for ${provider}`)
}

/** A request as the provider would send it at `at`; null where the provider never sends such a body. */
export async function send(
  provider: string,
  body: Uint8Array,
  contentType = 'application/json',
  at = now,
): Promise<InboundRequest | null> {
  const { settings, privateKey } = settingsFor(provider)
  const type = ['content-type', contentType] as const
  const request = (headers: InboundRequest['headers'], sent: Uint8Array = body): InboundRequest => ({
    method: 'POST',
    url: sourceUrl,
    headers: [type, ...headers],
    body: sent,
    receivedAt: at,
  })
  const isText =
    Buffer.from(body).toString('utf8') !== '' && Buffer.from(Buffer.from(body).toString('utf8')).equals(body)
  switch (providers[provider]?.scheme.kind) {
    case 'sns':
      return isText ? request([], snsBody({ Message: Buffer.from(body).toString('utf8') })) : null
    case 'graph': {
      const clientState = settings.secrets[0]
      const value = [{ clientState, changeType: 'updated', note: Buffer.from(body).toString('base64') }]
      return request([], Buffer.from(JSON.stringify({ value })))
    }
    case 'paypal': {
      const [id, time] = ['69cd13f0-d67a-11e5-baa3-778b53f4ae55', new Date(at).toISOString()]
      const signature = signBytes('sha256', Buffer.from(paypalText(id, time, 'WH-1', body)), rsa.privateKey)
      return request([
        ['PAYPAL-TRANSMISSION-ID', id],
        ['PAYPAL-TRANSMISSION-TIME', time],
        ['PAYPAL-TRANSMISSION-SIG', signature.toString('base64')],
        ['PAYPAL-CERT-URL', certificateUrls.paypal],
        ['PAYPAL-AUTH-ALGO', 'SHA256withRSA'],
      ])
    }
    case 'pubsub': {
      const email = settings.options?.serviceAccount
      const claims = { iss: 'https://accounts.google.com', aud: 'aud-1', email, email_verified: true }
      return request([['Authorization', `Bearer ${await issuedToken(claims)}`]])
    }
    case 'entra': {
      const claims = { iss: 'https://login.microsoftonline.com/tenant-1/v2.0', aud: 'aud-1' }
      return request([['Authorization', `Bearer ${await issuedToken(claims)}`]])
    }
    case 'adyen':
      if (!isText) return null
  }
  const signed = await sign(settings, {
    url: sourceUrl,
    body: provider === 'adyen' ? adyenBody(Buffer.from(body).toString('utf8')) : body,
    contentType,
    id: 'id-1',
    eventType: 'thing.happened',
    now: at,
    ...(privateKey === undefined ? {} : { privateKey }),
  })
  if (signed.kind === 'not_signable') return null
  if (provider !== 'cloudevents') return signed.request
  return { ...signed.request, headers: [...signed.request.headers, ...binaryEvent] }
}

const binaryEvent = [
  ['ce-specversion', '1.0'],
  ['ce-type', 'thing.happened'],
  ['ce-source', '/things'],
  ['ce-id', 'id-1'],
] as const
