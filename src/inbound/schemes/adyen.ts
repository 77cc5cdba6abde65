import { decoded, equalBytes } from '../bytes.ts'
import { hasDuplicateKeys } from '../json-text.ts'
import { refused } from '../refusal.ts'
import type { CodeScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import { scalarAt, textOf, valueAt } from '../view.ts'
import { hmacOf } from './hmac.ts'
import { proven, type Verifier } from './proof.ts'

const signedPaths = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'amount.value',
  'amount.currency',
  'eventCode',
  'success',
] as const
const signaturePath = 'additionalData.hmacSignature'

/** The text that Adyen signs of one `NotificationRequestItem`; a field that is not there counts as empty. */
export function adyenText(item: unknown): string {
  return signedPaths.map((path) => scalarAt(item, path) ?? '').join(':')
}

/**
 * Adyen's standard notifications: each item of the body has its own signature, over eight of its fields; all must fit
 * the same key. What else an item says is not covered.
 */
export const verifyAdyen: Verifier<CodeScheme> = (view, _scheme, settings) => {
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, 'hex'))
  if (isRefusal(keys)) return keys
  const list = valueAt(view.json(), 'notificationItems')
  if (!Array.isArray(list) || list.length === 0) {
    return refused('unparsable_body', 'The body has no notificationItems')
  }
  // The signature covers what was parsed: a second value under one name would be read by others and signed by nobody.
  if (hasDuplicateKeys(textOf(view.request.body) ?? '')) {
    return refused('unparsable_body', 'The body names a key twice')
  }
  const items = list.map((each) => valueAt(each, 'NotificationRequestItem'))
  const texts = items.map((item) => scalarAt(item, signaturePath))
  if (texts.includes(null)) {
    return refused(
      'missing_signature',
      `An item has no ${signaturePath}; HMAC must be switched on for the webhook`,
    )
  }
  const signatures = texts.map((text) => decoded(text ?? '', 'base64'))
  if (signatures.includes(null))
    return refused('malformed_signature', `An item's ${signaturePath} is not base64`)
  const fits = keys.find(({ key }) =>
    items.every((item, at) =>
      equalBytes(hmacOf('sha256', key, [Buffer.from(adyenText(item))]), signatures[at] ?? Buffer.alloc(0)),
    ),
  )
  if (fits !== undefined) return proven(fits.index, fits.secret)
  return refused('bad_signature', `An item's ${signaturePath} does not fit any key of the source`)
}
