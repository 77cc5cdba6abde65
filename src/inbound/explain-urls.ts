import type { Change } from './explain-finding.ts'

const parts = /^(https?:\/\/)([^/?#]*?)(:\d+)?(\/[^?#]*)?(\?[^#]*)?(?:#.*)?$/i

/** The URL as it was given, and as the provider may have it. What differs is told in words: a URL may hold a secret. */
export function readUrls(url: string): readonly Change<string>[] {
  const readings: Change<string>[] = [{ value: url, finding: null }]
  const [, scheme, host = '', port = '', path = '', query = ''] = parts.exec(url) ?? []
  if (scheme === undefined) return readings
  const isSecure = scheme.toLowerCase() === 'https://'
  const other = isSecure ? 'http://' : 'https://'
  const seen = new Set([url])
  for (const [scheming, schemeWords] of [
    [scheme, ''],
    [other, `${other.slice(0, -3)} instead of ${isSecure ? 'https' : 'http'}`],
  ] as const) {
    const usual = scheming.toLowerCase() === 'https://' ? ':443' : ':80'
    for (const [porting, portWords] of [
      [port, ''],
      ['', 'no port'],
      [usual, `the port ${usual.slice(1)}`],
    ] as const) {
      for (const [pathing, pathWords] of [
        [path, ''],
        path.endsWith('/')
          ? [path.slice(0, -1), 'no slash at the end of the path']
          : [`${path}/`, 'a slash at the end of the path'],
      ] as const) {
        for (const [querying, queryWords] of [
          [query, ''],
          ['', 'no query'],
        ] as const) {
          const value = `${scheming}${host}${porting}${pathing}${querying}`
          if (seen.has(value)) continue
          seen.add(value)
          const words = [schemeWords, portWords, pathWords, queryWords].filter((each) => each !== '')
          readings.push({ value, finding: differs(words.join(', ')) })
        }
      }
    }
  }
  return readings
}

function differs(words: string) {
  return {
    code: 'url_differs',
    found: `The provider signs the URL, and has another one: with ${words}.`,
    tried:
      'The URL with http and https, with and without a port, a slash at the end of the path and its query.',
    fix: 'Set publicUrl to the URL as the provider has it: a proxy in between changes scheme, host and port.',
  }
}
