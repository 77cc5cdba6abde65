import { createHash, createHmac } from 'node:crypto'
import { parse, stringify } from 'node:querystring'
import { decoded, equalBytes, equalTexts } from '../bytes.ts'
import { refused } from '../refusal.ts'
import type { CodeScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import type { Refusal } from '../verify.ts'
import { formType, type RequestView, textOf } from '../view.ts'
import { proven, type Verifier } from './proof.ts'

const header = 'x-twilio-signature'

/** The scheme, host and port apart, so that nothing else of the URL is rewritten. */
const urlParts = /^(https?:\/\/)((?:[^/?#@]*@)?)(\[[^\]]*\]|[^/?#:]*)(:\d+)?(.*)$/is

/** Twilio signs the URL with or without the port, and some of its services sign an escaped form of the query. */
function spellings(url: string): readonly string[] {
  const normal = URL.canParse(url) ? new URL(url).href : url
  const escaped = [url, normal, requoted(normal)]
  return [...new Set(escaped.flatMap(withAndWithoutPort))]
}

function withAndWithoutPort(url: string): readonly string[] {
  const [, scheme, user, host, port, rest] = urlParts.exec(url) ?? []
  if (scheme === undefined) return [url]
  const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80'
  const head = `${scheme}${user ?? ''}${host ?? ''}`
  return [`${head}${port ?? ''}${rest ?? ''}`, `${head}${rest ?? ''}`, `${head}${port ?? usual}${rest ?? ''}`]
}

function requoted(url: string): string {
  const at = url.indexOf('?')
  return at === -1 || at === url.length - 1
    ? url
    : `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`
}

/** A form's fields by name, each followed by its values: sorted, and each value once. */
export function formText(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].toSorted(byCodeUnits)
  return names
    .flatMap((name) => [...new Set(form.getAll(name))].toSorted(byCodeUnits).map((value) => name + value))
    .join('')
}

const byCodeUnits = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** What stands behind the URL: the form; nothing where the URL itself holds the body's hash, or there is no body. */
function signedFields(view: RequestView): string | Refusal {
  const { body } = view.request
  const [hash] = new URLSearchParams(view.url.split('?')[1] ?? '').getAll('bodySHA256')
  if (hash !== undefined) {
    if (equalTexts(hash, createHash('sha256').update(body).digest('hex'))) return ''
    return refused('bad_signature', 'The body is not the one whose hash is in the URL')
  }
  if (body.length === 0) return ''
  if (view.mediaType !== formType) {
    return refused(
      'unsupported_content_type',
      'Twilio signs forms, or a URL with bodySHA256; this body is neither',
    )
  }
  // An escape that is no UTF-8 would be read as the same character as any other such.
  if (textOf(body) === null || !isDecodable(body)) return refused('unparsable_body', 'The form is not UTF-8')
  return formText(view.form())
}

function isDecodable(body: Uint8Array): boolean {
  try {
    decodeURIComponent(Buffer.from(body).toString('latin1'))
    return true
  } catch {
    return false
  }
}

export function twilioSignature(token: string, url: string, fields: string): Buffer {
  return createHmac('sha1', token).update(url).update(fields).digest()
}

/** HMAC-SHA1 over the public URL and the sorted form fields. */
export const verifyTwilio: Verifier<CodeScheme> = (view, _scheme, settings) => {
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, 'utf8'))
  if (isRefusal(keys)) return keys
  const values = view.header(header)
  if (values.length === 0) return refused('missing_signature', `The request has no header ${header}`)
  const candidates = values.flatMap((value) => decoded(value, 'base64') ?? [])
  if (candidates.length === 0 || candidates.length > 8) {
    return refused('malformed_signature', `The header ${header} is not base64 as the provider writes it`)
  }
  const fields = signedFields(view)
  if (isRefusal(fields)) return fields
  const urls = spellings(view.url)
  const fits = keys.find(({ secret }) =>
    urls.some((url) => {
      const right = twilioSignature(secret, url, fields)
      return candidates.some((candidate) => equalBytes(right, candidate))
    }),
  )
  if (fits !== undefined) return proven(fits.index, fits.secret)
  return refused(
    'bad_signature',
    'The signature does not fit: the token is another one, or the source’s publicUrl is not the URL that Twilio calls',
  )
}
