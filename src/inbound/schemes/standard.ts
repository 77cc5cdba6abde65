import { type KeyObject, verify } from 'node:crypto'
import { decoded, equalBytes } from '../bytes.ts'
import { refused } from '../refusal.ts'
import type { StandardScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import { checkWindow } from '../timestamp.ts'
import { hmacOf } from './hmac.ts'
import { proven, type Verifier } from './proof.ts'
import { ed25519Key } from './public-key.ts'

const prefixes = ['webhook', 'svix'] as const
const maxSignatures = 32

type StandardKey =
  | { readonly version: 'v1'; readonly bytes: Buffer }
  | { readonly version: 'v1a'; readonly key: KeyObject }

/** `whpk_` is an ed25519 public key; `whsk_` a private one, whose second half is the public one. Anything else is symmetric. */
export function standardKeyOf(secret: string, { secret: encoding }: StandardScheme): StandardKey | null {
  if (encoding !== 'utf8' && /^wh[ps]k_/.test(secret)) {
    const bytes = Buffer.from(secret.slice('whpk_'.length), 'base64')
    const key = ed25519Key(secret.startsWith('whsk_') ? bytes.subarray(32) : bytes)
    return key === null ? null : { version: 'v1a', key }
  }
  const bytes = keyOf(secret, encoding)
  return bytes === null ? null : { version: 'v1', bytes }
}

/** Standard Webhooks 1.0, "Verifying webhook authenticity". Signatures of versions that are not known are passed over. */
export const verifyStandard: Verifier<StandardScheme> = (view, scheme, settings) => {
  const keys = usableKeys(settings.secrets, (secret) => standardKeyOf(secret, scheme))
  if (isRefusal(keys)) return keys
  const prefix = prefixes.find((each) => view.header(`${each}-signature`).length > 0)
  if (prefix === undefined) return refused('missing_signature', 'The request has no header webhook-signature')
  // An id that is not signed must not be taken for the one that is.
  if (prefix === 'svix' && view.header('webhook-id').length > 0) {
    return refused('malformed_signature', 'The request has a webhook-id beside the svix-id that is signed')
  }
  const [id, ...otherIds] = new Set(view.header(`${prefix}-id`))
  const [timestamp, ...otherTimestamps] = new Set(view.header(`${prefix}-timestamp`))
  if (id === undefined || id === '')
    return refused('malformed_signature', `The request has no header ${prefix}-id`)
  if (timestamp === undefined || timestamp === '') {
    return refused('timestamp_missing', `The request has no header ${prefix}-timestamp`)
  }
  if (otherIds.length > 0 || otherTimestamps.length > 0) {
    return refused('malformed_signature', 'The request has several ids or timestamps')
  }
  const signatures = view
    .header(`${prefix}-signature`)
    .flatMap((value) => value.split(' '))
    .flatMap((item) => {
      const [, version, text] = /^(v1a?),(.+)$/.exec(item) ?? []
      const bytes = text === undefined ? null : decoded(text, 'base64')
      return bytes === null ? [] : [{ version, bytes }]
    })
  if (signatures.length === 0 || signatures.length > maxSignatures) {
    return refused(
      'malformed_signature',
      `The header ${prefix}-signature holds no "v1," or "v1a,", or too many`,
    )
  }
  const head = Buffer.from(`${id}.${timestamp}.`, 'latin1')
  const fits = keys.find(({ key }) => {
    const same = signatures.filter(({ version }) => version === key.version)
    if (same.length === 0) return false
    if (key.version === 'v1') {
      const right = hmacOf('sha256', key.bytes, [head, view.request.body])
      return same.some(({ bytes }) => equalBytes(right, bytes))
    }
    const text = Buffer.concat([head, view.request.body])
    return same.some(({ bytes }) => verify(null, text, key.key, bytes))
  })
  if (fits === undefined) {
    return refused(
      'bad_signature',
      `The header ${prefix}-signature does not fit any secret of the source for this body of ${view.request.body.length} bytes`,
    )
  }
  const tolerance = settings.toleranceMs ?? scheme.toleranceMs
  return checkWindow(timestamp, 's', tolerance, view.request.receivedAt) ?? proven(fits.index, fits.secret)
}
