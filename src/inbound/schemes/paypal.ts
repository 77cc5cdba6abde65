import { verify } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { decoded } from '../bytes.ts'
import { certificateKey, isPinned } from '../certificate.ts'
import { refused, shown } from '../refusal.ts'
import type { CodeScheme } from '../row.ts'
import { isRefusal } from '../secrets.ts'
import { checkWindow } from '../timestamp.ts'
import type { RequestView } from '../view.ts'
import { proven, type Verifier } from './proof.ts'

const paypalHost = /^([a-z0-9-]+\.)+paypal\.com$/
const names = {
  id: 'paypal-transmission-id',
  time: 'paypal-transmission-time',
  signature: 'paypal-transmission-sig',
  certificate: 'paypal-cert-url',
  algorithm: 'paypal-auth-algo',
} as const

/** The text that PayPal signs: the body stands in it as its CRC-32 alone. */
export function paypalText(id: string, time: string, webhookId: string, body: Uint8Array): string {
  return `${id}|${time}|${webhookId}|${crc32(body)}`
}

function oneEach(view: RequestView): Readonly<Record<keyof typeof names, string>> | null {
  const entries = Object.entries(names).map(([key, name]) => [key, new Set(view.header(name))] as const)
  if (entries.some(([, values]) => values.size !== 1)) return null
  return Object.fromEntries(entries.map(([key, values]) => [key, [...values][0]])) as Record<
    keyof typeof names,
    string
  >
}

/**
 * PayPal, offline: RSA-SHA256 with the certificate that the request names, at PayPal's own hosts. A CRC is no hash: who
 * has one signed request can make another body that fits it, so the transmission's id must be remembered for as long as
 * its time is accepted.
 */
export const verifyPaypal: Verifier<CodeScheme> = async (view, scheme, settings, tools) => {
  if (view.header(names.signature).length === 0) {
    return refused('missing_signature', `The request has no header ${names.signature}`)
  }
  const given = oneEach(view)
  const signature = given === null ? null : decoded(given.signature, 'base64')
  if (given === null || signature === null) {
    return refused(
      'malformed_signature',
      'The request lacks one of PayPal’s headers, has one twice, or no base64 in its signature',
    )
  }
  if (given.algorithm.toUpperCase() !== 'SHA256WITHRSA') {
    return refused('malformed_signature', `The algorithm ${shown(given.algorithm)} is not SHA256withRSA`)
  }
  if (!isPinned(given.certificate, paypalHost)) {
    return refused(
      'untrusted_certificate_url',
      `The certificate ${shown(given.certificate)} is not at paypal.com`,
    )
  }
  const key = await certificateKey(tools, given.certificate, view.request.receivedAt)
  if (isRefusal(key)) return key
  const text = paypalText(given.id, given.time, settings.options?.webhookId ?? '', view.request.body)
  if (key.asymmetricKeyType !== 'rsa' || !verify('sha256', Buffer.from(text), key, signature)) {
    return refused(
      'bad_signature',
      'The signature does not fit: the webhook id is another one, or the body was changed',
    )
  }
  const tolerance = settings.toleranceMs ?? scheme.toleranceMs ?? 0
  return checkWindow(given.time, 'rfc3339', tolerance, view.request.receivedAt) ?? proven(null, null)
}
