import { decoded } from '../bytes.ts'
import { refused, shown } from '../refusal.ts'
import type { HashName, SignaturePlace, Timestamp } from '../row.ts'
import { expand } from '../template.ts'
import { checkWindow } from '../timestamp.ts'
import type { Refusal, SourceSettings } from '../verify.ts'
import { itemsOf, oneTextAt, type RequestView } from '../view.ts'

/** What hmac, digest and public-key schemes have in common: a signature somewhere, over a template. */
export interface SignedTextScheme {
  readonly signature: SignaturePlace
  readonly signed: string
  readonly timestamp?: Timestamp
}

export interface Candidate {
  readonly bytes: Buffer
  /** Only where each signature names its own. */
  readonly algorithm: HashName | null
}

/** More than any rotation needs; each costs a comparison, or a public-key operation. */
const maxSignatures = 32

/** A scheme whose timestamp's header is named by the source, with that name; without the timestamp if there is none. */
export function withNamedTimestamp<S extends SignedTextScheme>(scheme: S, { options }: SourceSettings): S {
  if (scheme.timestamp?.isNamedBySetting !== true) return scheme
  const name = options?.timestampHeader?.trim() ?? ''
  if (name !== '') return { ...scheme, timestamp: { ...scheme.timestamp, at: `header:${name}` } }
  const { timestamp: _, ...rest } = scheme
  return { ...rest, signed: '{body}' } as S
}

/** The signatures of the request as bytes, or why there are none. */
export function candidatesOf(
  view: RequestView,
  signature: SignaturePlace,
  isNamed = false,
): readonly Candidate[] | Refusal {
  const items = itemsOf(view, signature)
  if (items.length === 0)
    return refused('missing_signature', `The request has no ${placeWords(signature.at)}`)
  const { prefix } = signature
  const texts = prefix === undefined ? items : items.filter((item) => item.startsWith(prefix))
  if (texts.length === 0) {
    return refused('malformed_signature', `The ${placeWords(signature.at)} holds no "${prefix ?? ''}"`)
  }
  if (texts.length > maxSignatures) {
    return refused(
      'malformed_signature',
      `The ${placeWords(signature.at)} holds more than ${maxSignatures} signatures`,
    )
  }
  const candidates = texts.flatMap((text) => {
    const bare = text.slice(prefix?.length ?? 0)
    return isNamed ? namedCandidate(bare, signature) : candidate(bare, signature, null)
  })
  if (candidates.length > 0) return candidates
  return refused(
    'malformed_signature',
    `The ${placeWords(signature.at)} is not ${signature.encoding} as the provider writes it`,
  )
}

function candidate(
  text: string,
  { encoding }: SignaturePlace,
  algorithm: HashName | null,
): readonly Candidate[] {
  const bytes = decoded(text, encoding)
  return bytes === null ? [] : [{ bytes, algorithm }]
}

function namedCandidate(text: string, signature: SignaturePlace): readonly Candidate[] {
  const [, algorithm, value] = /^(sha1|sha256|sha384|sha512)=(.+)$/.exec(text) ?? []
  return value === undefined ? [] : candidate(value, signature, algorithm as HashName)
}

/** The timestamp's characters as they were sent; null where the scheme has none. */
export function timestampOf(
  view: RequestView,
  { signature, timestamp }: SignedTextScheme,
): string | null | Refusal {
  if (timestamp === undefined) return null
  const found = oneTextAt(view, timestamp.at, signature)
  if (found === null)
    return refused('timestamp_missing', `The request has no timestamp (${placeWords(timestamp.at)})`)
  if (found === 'ambiguous') {
    return refused('malformed_signature', `The request has several timestamps (${placeWords(timestamp.at)})`)
  }
  return found.text
}

/** The bytes that must have been signed. */
export function signedBytes(
  view: RequestView,
  { signature, signed }: SignedTextScheme,
  timestamp: string | null,
  secret?: string,
): readonly Uint8Array[] | Refusal {
  const bytes = expand(signed, view, { signature, timestamp, ...(secret === undefined ? {} : { secret }) })
  if (!('lacking' in bytes)) return bytes
  const what = bytes.isAmbiguous ? 'several different values' : 'no value'
  return refused('malformed_signature', `The request has ${what} for ${bytes.lacking}, which is signed`)
}

/** Judged last: a timestamp means nothing until it is known who wrote it. */
export function checkTimestamp(
  view: RequestView,
  { timestamp }: SignedTextScheme,
  text: string | null,
  settings: SourceSettings,
): Refusal | null {
  if (timestamp === undefined || text === null) return null
  const tolerance = settings.toleranceMs ?? timestamp.toleranceMs
  return checkWindow(text, timestamp.unit, tolerance, view.request.receivedAt)
}

export function badSignature(view: RequestView, signature: SignaturePlace, keys: number): Refusal {
  const tried = keys === 1 ? 'the secret' : `any of ${keys} secrets`
  const bytes = view.request.body.length
  return refused(
    'bad_signature',
    `The ${placeWords(signature.at)} does not fit ${tried} for this body of ${bytes} bytes; the secret is another one, or the request was changed on its way`,
  )
}

/** `header:X-Sig` in words. */
export function placeWords(place: string): string {
  return place
    .split('|')
    .map((one) => {
      const colon = one.indexOf(':')
      const [kind, name] = [one.slice(0, colon), one.slice(colon + 1)]
      switch (kind) {
        case 'header':
          return `header ${name}`
        case 'query':
          return `query parameter ${name}`
        case 'form':
          return `form field ${name}`
        case 'field':
          return `item ${shown(name)} of the signature`
        default:
          return `value at ${name} of the body`
      }
    })
    .join(' or ')
}
