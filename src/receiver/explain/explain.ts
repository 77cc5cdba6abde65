import { headerEntries, type Signature } from '../headers.ts'
import { defaultMaxBodyBytes, readBody } from '../read-body.ts'
import type { KeyBytes } from '../secret.ts'
import { importKey, isSignedWith, signedBytes } from '../signature-check.ts'
import { isRequest, isTimestamp, type RequestParts, verify, type VerifyOptions } from '../verify.ts'
import { WebhookError } from '../webhook-error.ts'
import { readBodies } from './body-readings.ts'
import type { Finding, Reading } from './finding.ts'
import { readHeaders } from './header-readings.ts'
import { readSecretsInEveryWay } from './secret-readings.ts'

/** A request in parts whose body may be anything: that it was parsed is one of the findings. */
export type AnyRequestParts = Omit<RequestParts, 'body'> & { readonly body?: unknown }

/** Larger bodies are tried with one change at a time: each try hashes the whole body. */
const maxBytesForPairs = 64 * 1024

/**
 * Tells why `verify` refuses a request: it tries the mistakes that are made, alone and two at a time, until the
 * signature is right. For a developer who looks on, and for tests: it is slow, and its findings are no reason to accept
 * a request. They hold no secret, but may name headers.
 *
 * @returns nothing where the request is right. What is wrong whatever the signature is comes first; `not_explained` is
 *   the last where no try made the signature right, as that of another secret cannot be told from a changed body
 */
export async function explain(
  request: Request | AnyRequestParts,
  options: VerifyOptions,
): Promise<readonly Finding[]> {
  const read = await bodyOf(request, options)
  if ('finding' in read) return [read.finding]
  const { body } = read
  const { headers } = request
  const result = await verify({ headers, body: body as Uint8Array }, options)
  if (result.ok) return []

  const secrets = readSecretsInEveryWay(options)
  const names = readHeaders(headers)
  const bodies = readBodies(body)
  const found = [...names.findings, ...secrets.findings, ...bodies.findings]
  const match = await search([secrets.keys, bodies.bodies, names.ids, names.timestamps, names.signatures])
  if (match === null) {
    const isSearched = names.ids.length > 0 && names.timestamps.length > 0 && names.signatures.length > 0
    return distinct([
      ...found,
      ...kindMismatch(secrets.keys, names.signatures),
      ...(isSearched && secrets.keys.length > 0 ? unexplained(body, headers) : []),
    ])
  }
  return distinct([...found, ...match.findings, ...clockSkew(match.timestamp, options)])
}

async function bodyOf(
  request: Request | AnyRequestParts,
  { maxBodyBytes = defaultMaxBodyBytes }: VerifyOptions,
): Promise<{ readonly body: unknown } | { readonly finding: Finding }> {
  if (!isRequest(request)) return { body: request.body }
  try {
    return { body: await readBody(request, maxBodyBytes) }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const code = error.reason === 'body_too_large' ? 'body_too_large' : 'body_consumed'
    const fix =
      code === 'body_too_large' ? 'Raise maxBodyBytes.' : 'Verify first, or hand over request.clone().'
    return { finding: { code, found: error.message, tried: 'To read the body of the Request.', fix } }
  }
}

type Dimensions = readonly [
  readonly Reading<KeyBytes>[],
  readonly Reading<Uint8Array<ArrayBuffer>>[],
  readonly Reading<string>[],
  readonly Reading<string>[],
  readonly Reading<readonly Signature[]>[],
]

/** The first combination with the fewest changes for which the signature is right. */
async function search(
  dimensions: Dimensions,
): Promise<{ readonly findings: readonly Finding[]; readonly timestamp: string } | null> {
  const [secrets, bodies, ids, timestamps, signatures] = dimensions
  // A part that cannot be taken as it was given must be changed, and leaves the others their changes.
  const forced = dimensions.filter((readings) => !readings.some(({ finding }) => finding === null)).length
  const size = bodies[0]?.value.length ?? 0
  const maxChanges = forced + (size > maxBytesForPairs ? 1 : 2)
  const keys = await Promise.all(
    secrets.map(async ({ value, finding }) => ({ value: await importKey(value), finding })),
  )
  for (let changes = forced; changes <= maxChanges; changes++) {
    for (const body of bodies) {
      for (const id of ids) {
        for (const timestamp of timestamps) {
          const before = costOf(body) + costOf(id) + costOf(timestamp)
          if (before > changes) continue
          const signed = signedBytes(id.value, timestamp.value, body.value)
          for (const key of keys) {
            for (const signature of signatures) {
              if (before + costOf(key) + costOf(signature) !== changes) continue
              if (!(await isSignedWith(key.value, signature.value, signed))) continue
              const findings = [key, body, id, timestamp, signature].map(({ finding }) => finding)
              return {
                findings: findings.filter((finding) => finding !== null),
                timestamp: timestamp.value,
              }
            }
          }
        }
      }
    }
  }
  return null
}

function costOf({ finding }: Reading<unknown>): number {
  return finding === null ? 0 : 1
}

function clockSkew(
  timestamp: string,
  { now = Date.now, toleranceSeconds = 300 }: VerifyOptions,
): readonly Finding[] {
  if (!isTimestamp(timestamp)) return []
  const ageSeconds = Math.round(now() / 1000 - Number(timestamp))
  if (Math.abs(ageSeconds) <= toleranceSeconds) return []
  const isPast = ageSeconds > 0
  return [
    {
      code: 'clock_skew',
      found: `The signature is right, but made ${Math.abs(ageSeconds)} seconds ${isPast ? 'ago' : 'ahead'}, with ${toleranceSeconds} allowed.`,
      tried: 'The signature without regard to the time.',
      fix: isPast
        ? 'Set the clock of this machine (NTP). If it is right, this request was kept or replayed: verify it as it comes, and let the sender send it anew.'
        : 'Set the clock of this machine (NTP), or that of the sender.',
    },
  ]
}

function kindMismatch(
  keys: readonly Reading<KeyBytes>[],
  signatures: readonly Reading<readonly Signature[]>[],
): readonly Finding[] {
  const asked = new Set(
    keys.filter(({ finding }) => finding === null).map(({ value: { version } }) => version),
  )
  const given = new Set(signatures.flatMap(({ value }) => value.map(({ version }) => version)))
  if (asked.size === 0 || given.size === 0 || [...given].some((version) => asked.has(version))) return []
  return [
    {
      code: 'signature_kind',
      found: `The sender signs with ${[...given].join(' and ')}; the secrets are for ${[...asked].join(' and ')}.`,
      tried: 'The versions of the signatures against the kinds of the secrets.',
      fix: 'v1 needs the whsec_ secret of the endpoint, v1a its whpk_ public key.',
    },
  ]
}

function unexplained(body: unknown, headers: RequestParts['headers']): readonly Finding[] {
  const entries = headerEntries(headers)
  const declared = Number(entries.get('content-length'))
  const length = body instanceof Uint8Array ? body.length : null
  const findings: Finding[] = []
  if (length !== null && Number.isInteger(declared) && declared !== length) {
    findings.push({
      code: 'body_length',
      found: `The header content-length says ${declared} bytes, and the body has ${length}.`,
      tried: 'The length of the body.',
      fix: 'Hand over the whole body as it came: it was cut, decompressed or written anew.',
    })
  }
  findings.push({
    code: 'not_explained',
    found: 'No try made the signature right.',
    tried:
      'The secrets in every encoding; the body with other white space, escapes, line endings and byte order mark; other headers as the id; other forms of the timestamp and of the signature header.',
    fix: 'Most likely the secret is that of another endpoint or environment (test and live have different ones), or was rotated: this cannot be told from a request. Copy the secret of this very endpoint again. If it is the same, the body was changed in a way that was not tried.',
  })
  return findings
}

/** Several headers may be wrong; the rest is said once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    (finding, index) =>
      findings.findIndex(
        ({ code, found }) =>
          code === finding.code && (!code.startsWith('header_') || found === finding.found),
      ) === index,
  )
}
