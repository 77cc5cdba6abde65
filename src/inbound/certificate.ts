import { type KeyObject, X509Certificate } from 'node:crypto'
import { fetchedText } from './fetched-keys.ts'
import { refused } from './refusal.ts'
import type { Refusal, Tools } from './verify.ts'

/** Whether a URL leads, by https and the usual port, to a host that only the provider can have. */
export function isPinned(text: string, host: RegExp): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    url.protocol === 'https:' &&
    url.port === '' &&
    url.username === '' &&
    url.password === '' &&
    host.test(url.hostname)
  )
}

/** The public key of the certificate at a pinned URL, if the certificate is valid at `now`. */
export async function certificateKey(tools: Tools, url: string, now: number): Promise<KeyObject | Refusal> {
  const pem = await fetchedText(tools, url, now)
  if (pem === null) return refused('key_unavailable', 'The provider’s certificate could not be fetched')
  try {
    const certificate = new X509Certificate(pem)
    if (certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime()) {
      return certificate.publicKey
    }
    return refused('bad_signature', 'The provider’s certificate is not valid at this time')
  } catch {
    return refused('key_unavailable', 'The provider’s certificate is none that can be read')
  }
}
