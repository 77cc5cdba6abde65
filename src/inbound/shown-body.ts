import { holdsSecretInBody, type SourceSettings } from './verify.ts'

const maxShownBytes = 16 * 1024
const hidden = '(hidden)'

/** The beginning of a refused body, without the source's secrets, or what may be one. */
export function shownBody(body: Uint8Array, settings: SourceSettings): string {
  if (holdsSecretInBody(settings)) return '(hidden: the provider sends a secret in it)'
  const forms = settings.secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((form) => form !== '')
    .toSorted((one, other) => other.length - one.length)
  const maxBytes = Math.max(0, ...forms.map((form) => Buffer.byteLength(form)))
  // A secret that the end would halve is looked for as a whole.
  const text = textOf(body.subarray(0, maxShownBytes + maxBytes))
  const end = textOf(body.subarray(0, maxShownBytes)).length
  return without(forms, text, end).toWellFormed().replaceAll('\u0000', '\uFFFD')
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** A text up to its end, where each of the forms that begins before that is hidden; of two at one place the first. */
function without(forms: readonly string[], text: string, end: number): string {
  if (forms.length === 0) return text.slice(0, end)
  const pattern = new RegExp(forms.map(literally).join('|'), 'g')
  let shown = ''
  let at = 0
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (index >= end) break
    shown += text.slice(at, index) + hidden
    at = index + found.length
  }
  return shown + text.slice(at, end)
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}
