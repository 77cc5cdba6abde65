import { decodeJwt } from 'jose'
import { type JsonSpellings, readBodies } from './explain-bodies.ts'
import { type Change, type Finding, unexplained } from './explain-finding.ts'
import { readSecrets, type SecretReading } from './explain-secrets.ts'
import { readUrls } from './explain-urls.ts'
import { providers, rowOf } from './providers/providers.ts'
import type { ProviderRow, Scheme } from './row.ts'
import { tokenAt } from './schemes/jwt.ts'
import { prove } from './schemes/prove.ts'
import { isRefusal } from './secrets.ts'
import type { InboundRequest, Refusal, SourceSettings, Tools } from './verify.ts'
import { viewOf } from './view.ts'

export type { Finding } from './explain-finding.ts'

/** Larger bodies are tried with one change at a time: each try hashes the whole body. */
const maxBytesForPairs = 64 * 1024

/** Schemes that can be judged without the provider's keys. */
const judgeable = new Set<Scheme['kind']>([
  'hmac',
  'digest',
  'standard',
  'public-key',
  'token',
  'jwt',
  'twilio',
  'adyen',
])

/**
 * Tells why a source refuses a request: it tries the mistakes that are made, alone and two at a time, until the request
 * is proven. For a developer who looks on: it is slow, and its findings are no reason to accept anything. They hold no
 * secret.
 *
 * @param jsonSpellings the ways in which a JSON body may have been written before something wrote it anew
 * @returns nothing where the request is right; `not_explained` alone where no try helps
 */
export async function explain(
  request: InboundRequest,
  settings: SourceSettings,
  jsonSpellings: JsonSpellings,
): Promise<readonly Finding[]> {
  const row = rowOf(settings)
  if (row === null || !judgeable.has(row.scheme.kind)) return [unexplained(null)]
  const { url } = viewOf(request, settings.options?.publicUrl)
  const subject: Subject = { request: { ...request, url }, settings, row, at: instantOf(request, row) }
  const asGiven = { secrets: settings.secrets, scheme: row.scheme }
  if ((await refusalOf(subject, subject.request, asGiven)) === null) return []
  const match = await search(subject, jsonSpellings)
  if (match !== null) {
    const { findings } = match
    const left = await refusalOf(subject, match.request, match.secret)
    return left?.reason === 'timestamp_out_of_window' ? [...findings, clock(left)] : findings
  }
  const other = await otherProvider(subject)
  return [other ?? unexplained(request.body.length)]
}

interface Subject {
  /** With the URL as the provider has it. */
  readonly request: InboundRequest
  readonly settings: SourceSettings
  readonly row: ProviderRow
  /** When the request says it was made, where its proof says so in a token. */
  readonly at: number | null
}

interface Match {
  readonly request: InboundRequest
  readonly secret: SecretReading
  readonly findings: readonly Finding[]
}

/** The first combination with the fewest changes that is proven, whatever the time. */
async function search(subject: Subject, jsonSpellings: JsonSpellings): Promise<Match | null> {
  const { request, settings, row } = subject
  const secrets = readSecrets(settings.secrets, row.scheme)
  const bodies = readBodies(request.body, jsonSpellings)
  const urls = isUrlSigned(row) ? readUrls(request.url) : [{ value: request.url, finding: null }]
  const headerings = readHeaderings(request)
  const maxChanges = request.body.length > maxBytesForPairs ? 1 : 2
  for (let changes = 0; changes <= maxChanges; changes++) {
    for (const headers of headerings) {
      for (const url of urls) {
        for (const body of bodies) {
          const before = costOf(headers) + costOf(url) + costOf(body)
          if (before > changes) continue
          for (const secret of secrets) {
            if (before + costOf(secret) !== changes) continue
            const changed = { ...request, url: url.value, headers: headers.value, body: body.value }
            if (!(await isProven(subject, changed, secret.value))) continue
            const findings = [secret, body, url, headers].map(({ finding }) => finding)
            return {
              request: changed,
              secret: secret.value,
              findings: findings.filter((finding) => finding !== null),
            }
          }
        }
      }
    }
  }
  return null
}

function costOf({ finding }: Change<unknown>): number {
  return finding === null ? 0 : 1
}

const noTools: Tools = {
  get: async () => ({ kind: 'failed', detail: 'nothing is fetched' }),
  maxBodyBytes: 64 * 1024 * 1024,
}

async function isProven(
  { settings, row, at }: Subject,
  request: InboundRequest,
  { secrets, scheme }: SecretReading,
): Promise<boolean> {
  const timeless = { ...request, receivedAt: at ?? request.receivedAt }
  const free = { ...settings, secrets, toleranceMs: Number.POSITIVE_INFINITY }
  return !isRefusal(await prove(viewOf(timeless), { ...row, scheme }, free, noTools))
}

/** Why the request is refused at its own time, or null. */
async function refusalOf(
  { settings, row }: Subject,
  request: InboundRequest,
  { secrets, scheme }: SecretReading,
): Promise<Refusal | null> {
  const proof = await prove(viewOf(request), { ...row, scheme }, { ...settings, secrets }, noTools)
  return isRefusal(proof) ? proof : null
}

function isUrlSigned({ scheme }: ProviderRow): boolean {
  return scheme.kind === 'twilio' || ('signed' in scheme && scheme.signed.includes('{url'))
}

/** As they came, and with the names that CGI, WSGI and PHP make of them undone. */
function readHeaderings({ headers }: InboundRequest): readonly Change<InboundRequest['headers']>[] {
  const plain = headers.map(
    ([name, value]) => [name.replace(/^(?:redirect_)?http_/i, '').replaceAll('_', '-'), value] as const,
  )
  const asGiven = { value: headers, finding: null }
  if (plain.every(([name], index) => name === headers[index]?.[0])) return [asGiven]
  return [
    asGiven,
    {
      value: plain,
      finding: {
        code: 'header_misnamed',
        found: 'The headers have other names than they came with.',
        tried: 'The names without HTTP_, and with - for _.',
        fix: 'Hand the headers over by the names that the provider sends.',
      },
    },
  ]
}

function instantOf(request: InboundRequest, { scheme }: ProviderRow): number | null {
  if (scheme.kind !== 'jwt') return null
  const found = tokenAt(viewOf(request), scheme.at)
  if ('kind' in found) return null
  try {
    const { iat } = decodeJwt(found.token)
    return iat === undefined ? null : iat * 1000
  } catch {
    return null
  }
}

function clock({ detail }: Refusal): Finding {
  return {
    code: 'clock_skew',
    found: `The signature is right, but not at this time: ${detail}.`,
    tried: 'The signature without regard to the time.',
    fix: 'If the request was kept, say when it came (--at). If it has just come, set the clock of this machine (NTP).',
  }
}

/** Whether the request is right as another provider, or another version of this one, signs. */
async function otherProvider(subject: Subject): Promise<Finding | null> {
  for (const [key, row] of Object.entries(providers)) {
    if (key === subject.settings.provider || !judgeable.has(row.scheme.kind)) continue
    const settings = { ...subject.settings, provider: key }
    const other = { ...subject, row, settings, at: instantOf(subject.request, row) }
    if (!(await isProven(other, subject.request, { secrets: settings.secrets, scheme: row.scheme }))) continue
    return {
      code: 'other_provider',
      found: `The request is signed as ${row.name} signs, with this secret.`,
      tried: 'The schemes of all other providers.',
      fix: `Set the provider to ${key}.`,
    }
  }
  return null
}
