import type { AddressGuard } from './address-guard.ts'

/**
 * What is wrong with a URL that a customer wants webhooks at, or null. Names are judged when a socket connects, since
 * what they resolve to may change; a literal address is judged at once, so that its owner hears of it.
 */
export function endpointUrlProblem(text: string, guard: AddressGuard, httpsOnly: boolean): string | null {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return 'is no absolute URL'
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with http:// or https://'
  if (httpsOnly && url.protocol !== 'https:') return 'must begin with https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password'
  const literal = literalAddress(url)
  return literal === null ? null : guard.denial(literal)
}

/** The host as an address, if it is one: the URL parser has brought octal, hexadecimal and short forms to the usual. */
function literalAddress(url: URL): string | null {
  const { hostname } = url
  if (hostname.startsWith('[')) return hostname.slice(1, -1)
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null
}
