/** Header names that belong to the exchange itself or to Posthorn's signature; an endpoint cannot set them. */
const forbiddenNames: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'dnt',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
])

const forbiddenPrefixes: readonly string[] = [
  'access-control-',
  'proxy-',
  'sec-',
  'svix-',
  'webhook-',
  'x-amz-',
  'x-amzn-',
  'x-google-',
  'x-goog-',
  'x-gfe-',
]

/** Values that are shown to nobody once set. */
const sensitiveNames: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'x-api-key',
  'x-auth-token',
])

const maxValueLength = 4096
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What is wrong with a custom header, or null. Names are tokens and values visible text (RFC 9110 §5.1, §5.5). */
export function headerProblem(name: string, value: string): string | null {
  const lower = name.toLowerCase()
  if (!tokenPattern.test(name)) return 'is no header name'
  if (forbiddenNames.has(lower)) return 'cannot be set: it belongs to the exchange itself'
  const prefix = forbiddenPrefixes.find((each) => lower.startsWith(each))
  if (prefix !== undefined) return `cannot be set: names that begin with ${prefix} are reserved`
  if (value.length > maxValueLength)
    return `has a value of ${value.length} characters, at most ${maxValueLength} are taken`
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value))
    return 'has a value with characters that no header can carry'
  return null
}

export function isSensitiveHeader(name: string): boolean {
  return sensitiveNames.has(name.toLowerCase())
}
