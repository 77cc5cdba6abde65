import type { Place, SignaturePlace } from './row.ts'
import { oneTextAt, type RequestView } from './view.ts'

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }

/** Text and names in braces, by turns. */
export function partsOf(template: string): readonly TemplatePart[] {
  return template
    .split(/\{([^{}]*)\}/)
    .map((part, index) =>
      index % 2 === 0 ? ({ kind: 'text', text: part } as const) : ({ kind: 'name', name: part } as const),
    )
    .filter((part) => part.kind === 'name' || part.text !== '')
}

export interface Given {
  readonly signature: SignaturePlace
  /** The timestamp's own characters. */
  readonly timestamp: string | null
  readonly secret?: string
}

/** The signed bytes in their order, or the place that has no text or several. The body is put in as it is. */
export function expand(
  template: string,
  view: RequestView,
  { signature, timestamp, secret }: Given,
): readonly Uint8Array[] | { readonly lacking: string; readonly isAmbiguous: boolean } {
  const bytes: Uint8Array[] = []
  for (const part of partsOf(template)) {
    if (part.kind === 'text') {
      bytes.push(Buffer.from(part.text))
      continue
    }
    switch (part.name) {
      case 'body':
        bytes.push(view.request.body)
        break
      case 'url':
        bytes.push(Buffer.from(view.url))
        break
      case 'url:hubspot':
        bytes.push(Buffer.from(hubspotUrl(view.url)))
        break
      case 'method':
        bytes.push(Buffer.from(view.request.method.toUpperCase()))
        break
      case 'secret':
        bytes.push(Buffer.from(secret ?? ''))
        break
      case 'timestamp':
        if (timestamp === null) return { lacking: 'timestamp', isAmbiguous: false }
        bytes.push(Buffer.from(timestamp, 'latin1'))
        break
      default: {
        const found = oneTextAt(view, part.name as Place, signature)
        if (found === null || found === 'ambiguous') {
          return { lacking: part.name, isAmbiguous: found === 'ambiguous' }
        }
        bytes.push(textBytes(part.name, found.text))
      }
    }
  }
  return bytes
}

/** A header's characters are its bytes, one each. */
function textBytes(place: string, text: string): Buffer {
  const isHeader = place.startsWith('header:') || place.startsWith('field:')
  return Buffer.from(text, isHeader ? 'latin1' : 'utf8')
}

const plainInHubspot: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
}

/** HubSpot's version 3 signs the URL with some of its escapes undone, and only those. */
function hubspotUrl(url: string): string {
  return url.replaceAll(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) => {
    return plainInHubspot[escape.toUpperCase()] ?? escape
  })
}
