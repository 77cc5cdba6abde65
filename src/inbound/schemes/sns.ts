import { verify } from 'node:crypto'
import { certificateKey, isPinned } from '../certificate.ts'
import { decoded } from '../bytes.ts'
import { hasDuplicateKeys } from '../json-text.ts'
import { refused, shown } from '../refusal.ts'
import type { CodeScheme } from '../row.ts'
import { isRefusal } from '../secrets.ts'
import { checkWindow } from '../timestamp.ts'
import { textOf, type RequestView } from '../view.ts'
import { proven, type Verifier } from './proof.ts'

/** With the region’s own form: `sns.s3-…` would be somebody’s bucket. */
export const snsHost = /^sns\.[a-z]{2}(-[a-z]+){1,3}-\d{1,2}\.amazonaws\.com(\.cn)?$/
const certificatePath = /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/
const hashes: Readonly<Record<string, string>> = { '1': 'sha1', '2': 'sha256' }

const notificationKeys = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const
const confirmationKeys = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const

export type SnsMessage = Readonly<Record<string, string>>

/** The message's own texts; null if the body is no JSON object. */
export function snsMessage(view: RequestView): SnsMessage | null {
  const json = view.json()
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  return Object.fromEntries(Object.entries(json).filter(([, value]) => typeof value === 'string'))
}

/** The text that AWS signs: the keys of its type in a fixed order, each with its value on a line of its own. */
export function snsText(message: SnsMessage): string {
  const keys = message['Type'] === 'Notification' ? notificationKeys : confirmationKeys
  return keys.flatMap((key) => (message[key] === undefined ? [] : [`${key}\n${message[key]}\n`])).join('')
}

/** AWS SNS, signature versions 1 and 2, of the one topic that the source is for. */
export const verifySns: Verifier<CodeScheme> = async (view, scheme, settings, tools) => {
  const message = snsMessage(view)
  if (message === null)
    return refused('unparsable_body', 'The body is no SNS message; raw message delivery is not signed')
  // The signature covers what was parsed: a second value under one name would be read by others and signed by nobody.
  if (hasDuplicateKeys(textOf(view.request.body) ?? '')) {
    return refused('unparsable_body', 'The body names a key twice')
  }
  const signature = message['Signature']
  if (signature === undefined) return refused('missing_signature', 'The body has no Signature')
  const bytes = decoded(signature, 'base64')
  const hash = hashes[message['SignatureVersion'] ?? '']
  if (bytes === null || hash === undefined) {
    return refused('malformed_signature', 'The Signature is not base64, or of an unknown SignatureVersion')
  }
  if (message['TopicArn'] !== settings.options?.topicArn) {
    return refused('wrong_recipient', `The topic ${shown(message['TopicArn'] ?? '')} is not the source’s`)
  }
  const url = message['SigningCertURL'] ?? ''
  if (!isPinned(url, snsHost) || !certificatePath.test(new URL(url).pathname)) {
    return refused('untrusted_certificate_url', `The certificate ${shown(url)} is not at an SNS host`)
  }
  const { receivedAt } = view.request
  const key = await certificateKey(tools, url, receivedAt)
  if (isRefusal(key)) return key
  if (key.asymmetricKeyType !== 'rsa' || !verify(hash, Buffer.from(snsText(message)), key, bytes)) {
    return refused('bad_signature', 'The Signature does not fit the message')
  }
  const tolerance = settings.toleranceMs ?? scheme.toleranceMs ?? 0
  return checkWindow(message['Timestamp'] ?? '', 'rfc3339', tolerance, receivedAt) ?? proven(null, null)
}
