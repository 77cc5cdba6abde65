import { readSignatures, signatureHeaders, type WebhookHeaders } from './headers.ts'
import { messageOf, type WebhookMessage } from './message.ts'
import { bytesOf, defaultMaxBodyBytes, readBody } from './read-body.ts'
import { type KeyBytes, readSecrets, type SecretOptions } from './secret.ts'
import { importKey, isSignedWith, signedBytes, type VerificationKey } from './signature-check.ts'
import { type Reason, WebhookError } from './webhook-error.ts'

/** A request in parts, for where there is no `Request`. */
export interface RequestParts {
  readonly headers: WebhookHeaders
  /** As they came: what was parsed and written again has other bytes. A text is taken as UTF-8. */
  readonly body: Uint8Array | ArrayBuffer | string
}

export interface VerifyOptions extends SecretOptions {
  /** How far the signing may lie from now, past or future. Default 300, as Standard Webhooks recommends. */
  readonly toleranceSeconds?: number
  /** Longer bodies of a `Request` are refused while they are read. Default 5 MiB. */
  readonly maxBodyBytes?: number
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

export interface Refusal {
  readonly ok: false
  readonly reason: Reason
  /** For a log: it holds neither secrets nor the body. */
  readonly message: string
}

export type Verification = WebhookMessage | Refusal

/**
 * Whether a request is a webhook that a holder of the secret has signed (Standard Webhooks 1.0, "Verifying webhook
 * authenticity"): the signature is right over the bytes, and was made at most the tolerance ago. It says nothing of
 * whether the same message came before: see `IdempotencyStore`. It never throws, whatever the request is.
 *
 * @param request a `Request`, whose body is read, or its headers and raw body
 */
export async function verify(request: Request | RequestParts, options: VerifyOptions): Promise<Verification> {
  const secrets = readSecrets(options)
  if ('problem' in secrets) return refused('secret_invalid', secrets.problem)
  try {
    const body = isRequest(request)
      ? await readBody(request, options.maxBodyBytes ?? defaultMaxBodyBytes)
      : bytesOf(request.body)
    if (body === null) return notRaw
    return await verifyWith(await importKeys(secrets), request.headers, body, options)
  } catch (error) {
    if (error instanceof WebhookError) return refused(error.reason, error.message)
    throw error
  }
}

const notRaw = refused(
  'body_not_raw',
  'The body is neither bytes nor text. Hand over what came, before anything parses it.',
)

export function isRequest(request: object): request is Request {
  return 'arrayBuffer' in request && typeof request.arrayBuffer === 'function'
}

/** @throws WebhookError where the runtime cannot use one */
export async function importKeys(secrets: readonly KeyBytes[]): Promise<readonly VerificationKey[]> {
  try {
    return await Promise.all(secrets.map(importKey))
  } catch (error) {
    const message = 'The WebCrypto of this runtime cannot use a secret: it may lack Ed25519.'
    throw new WebhookError('secret_invalid', message, { cause: error })
  }
}

/** The way of `verify` once its keys are imported and the body is read. */
export async function verifyWith(
  keys: readonly VerificationKey[],
  headers: WebhookHeaders,
  body: Uint8Array<ArrayBuffer>,
  { toleranceSeconds = 300, now = Date.now }: Pick<VerifyOptions, 'toleranceSeconds' | 'now'>,
): Promise<Verification> {
  const names = signatureHeaders(headers)
  if ('missing' in names) {
    return refused('headers_missing', `The request lacks ${names.missing.join(', ')}.`)
  }
  const { id, timestamp, signature } = names.found
  if (!isTimestamp(timestamp)) {
    return refused('timestamp_malformed', 'The timestamp is no whole number of seconds since 1970.')
  }
  const signatures = readSignatures(signature)
  if (signatures.length === 0) return refused('signature_malformed', 'No signature is readable as v1 or v1a.')
  if (!keys.some(({ version }) => signatures.some((given) => given.version === version))) {
    const versions = [...new Set(signatures.map(({ version }) => version))].join(' and ')
    return refused('signature_kind', `The sender signs with ${versions}, which no secret here is for.`)
  }
  const signed = signedBytes(id, timestamp, body)
  for (const key of keys) {
    if (!(await isSignedWith(key, signatures, signed))) continue
    const ageSeconds = now() / 1000 - Number(timestamp)
    // Written so that a tolerance that is no number refuses everything.
    if (!(ageSeconds <= toleranceSeconds)) {
      return refused('timestamp_too_old', `The message was signed ${Math.round(ageSeconds)} seconds ago.`)
    }
    if (!(-ageSeconds <= toleranceSeconds)) {
      return refused('timestamp_too_new', `The message was signed ${Math.round(-ageSeconds)} seconds ahead.`)
    }
    return messageOf(id, new Date(Number(timestamp) * 1000), body)
  }
  return refused('signature_mismatch', 'No signature is right for this body and a secret of this receiver.')
}

/** Without leading zeros or signs: the header's own characters are what is signed. */
export function isTimestamp(text: string): boolean {
  return /^(0|[1-9]\d{0,11})$/.test(text)
}

function refused(reason: Reason, message: string): Refusal {
  return { ok: false, reason, message }
}
