import type { Place, SignaturePlace } from './row.ts'
import type { InboundRequest } from './verify.ts'

/** A request with what can be read from it; each part is read once, and only when it is asked for. */
export interface RequestView {
  readonly request: InboundRequest
  /** The URL as the provider has it. */
  readonly url: string
  /** The media type in lower case, without parameters; null if none is said. */
  readonly mediaType: string | null
  /** All values of a header, in order, without the space around them. */
  readonly header: (name: string) => readonly string[]
  readonly query: (name: string) => readonly string[]
  readonly form: () => URLSearchParams
  /** The body as JSON, or undefined if it is none. A byte order mark is passed over. */
  readonly json: () => unknown
}

export const formType = 'application/x-www-form-urlencoded'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @param publicUrl what the source has configured; its own query wins over the request's */
export function viewOf(request: InboundRequest, publicUrl?: string): RequestView {
  let json: { readonly value: unknown } | undefined
  let query: URLSearchParams | undefined
  let form: URLSearchParams | undefined
  const header = (name: string): readonly string[] => {
    const wanted = name.toLowerCase()
    return request.headers.flatMap(([each, value]) => (each.toLowerCase() === wanted ? [value.trim()] : []))
  }
  const type = header('content-type')[0]?.split(';')[0]?.trim().toLowerCase() ?? ''
  const queryAt = request.url.indexOf('?')
  const queryText = queryAt === -1 ? '' : request.url.slice(queryAt)
  return {
    request,
    url:
      publicUrl === undefined || publicUrl === ''
        ? request.url
        : publicUrl.includes('?')
          ? publicUrl
          : publicUrl + queryText,
    mediaType: type === '' ? null : type,
    header,
    query(name) {
      query ??= new URLSearchParams(queryText)
      return query.getAll(name)
    },
    form() {
      form ??= new URLSearchParams(type === formType ? (textOf(request.body) ?? '') : '')
      return form
    },
    json() {
      json ??= { value: parsed(request.body) }
      return json.value
    },
  }
}

/** The bytes as text, or null if they are no UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** Numbers that a double cannot hold stay the text they are, so that two ids never become one. */
const exactNumbers = ((_key: string, value: unknown, context?: { readonly source?: string }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined
    ? context.source
    : value) as (key: string, value: unknown) => unknown

/** Only a long number can be one that a double cannot hold; a reviver makes parsing several times slower. */
const longNumber = /\d{16}/

function parsed(bytes: Uint8Array): unknown {
  const text = textOf(bytes)
  if (text === null) return undefined
  try {
    return JSON.parse(text, longNumber.test(text) ? exactNumbers : undefined) as unknown
  } catch {
    return undefined
  }
}

/** The value at a dotted path; undefined where there is none. Names of an object's prototype are not values. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

/** A text, number or boolean as the text it has in JSON; null for anything else and for the empty text. */
export function scalarAt(json: unknown, path: string): string | null {
  const value = valueAt(json, path)
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** All texts at a place, those of its first alternative that has any. Empty texts do not count. */
export function textsAt(view: RequestView, place: Place, signature?: SignaturePlace): readonly string[] {
  for (const one of place.split('|')) {
    const found = textsAtOne(view, one, signature).filter((text) => text !== '')
    if (found.length > 0) return found
  }
  return []
}

function textsAtOne(view: RequestView, place: string, signature?: SignaturePlace): readonly string[] {
  const colon = place.indexOf(':')
  const name = place.slice(colon + 1)
  switch (place.slice(0, colon)) {
    case 'header':
      return view.header(name)
    case 'query':
      return view.query(name)
    case 'form':
      return view.form().getAll(name)
    case 'body': {
      const text = scalarAt(view.json(), name)
      return text === null ? [] : [text]
    }
    case 'field':
      return signature === undefined ? [] : fields(view, signature, name)
    default:
      return []
  }
}

function fields(view: RequestView, signature: SignaturePlace, name: string): readonly string[] {
  return itemsOf(view, signature).flatMap((item) =>
    item.startsWith(`${name}=`) ? [item.slice(name.length + 1)] : [],
  )
}

/** The items of every value of the signature's place, of all its alternatives. */
export function itemsOf(view: RequestView, { at, itemSeparator }: SignaturePlace): readonly string[] {
  return at
    .split('|')
    .flatMap((one) => textsAtOne(view, one))
    .flatMap((value) => (itemSeparator === undefined ? [value] : value.split(itemSeparator)))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** The one text at a place: null where there is none, `ambiguous` where there are several that differ. */
export function oneTextAt(
  view: RequestView,
  place: Place,
  signature?: SignaturePlace,
): { readonly text: string } | null | 'ambiguous' {
  const [text, ...others] = new Set(textsAt(view, place, signature))
  if (text === undefined) return null
  return others.length === 0 ? { text } : 'ambiguous'
}

/** The first text at a place, or null: for ids and event types, which nothing is proven by. */
export function firstTextAt(view: RequestView, place: Place): string | null {
  return textsAt(view, place)[0] ?? null
}
