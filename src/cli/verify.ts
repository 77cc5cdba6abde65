import { Command, InvalidArgumentError } from 'commander'
import { jsonSpellings } from '#src/receiver/explain/json-spellings.ts'
import { explain as explainStandard } from '#src/receiver/index.ts'
import { explain, type Finding } from '#inbound/explain.ts'
import type { ProviderRow, StandardScheme } from '#inbound/row.ts'
import { type InboundRequest, type SourceSettings, type Tools, verify } from '#inbound/verify.ts'
import { httpUrl, readInput } from './arguments.ts'
import { readHeaders, readInstant } from './captured-request.ts'
import { OptionsRefused } from './options.ts'
import { printable } from './printable.ts'
import { addSourceFlags, type SourceFlags, sourceFrom } from './source-flags.ts'

interface Flags extends SourceFlags {
  readonly provider: string
  readonly headers: string
  readonly body: string
  readonly url?: string
  readonly method: string
  readonly at?: number
  readonly explain?: boolean
}

const standard = 'standard-webhooks'

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description(
      'Check a request that you have kept, without a network. Ends with 0 where it is proven, with 1 where it is not.',
    )
    .option(
      '--provider <provider>',
      'who sent it, such as github; the default is for what Posthorn sends',
      standard,
    )
    .requiredOption('--headers <file>', 'lines of name: value, or JSON; - for the standard input')
    .requiredOption('--body <file>', 'the bytes as they came; - for the standard input')
    .option('--url <url>', 'as the provider called it, where it signs that', httpUrl)
    .option('--method <method>', 'of the request', 'POST')
    .option('--at <time>', 'when it came, in RFC 3339 or seconds since 1970 (default: now)', instant)
    .option('--explain', 'where it is not proven, try what may be wrong')
  return addSourceFlags(command).action(run)
}

/** Certificates and key sets are with the providers. */
const offline: Tools = {
  get: async () => ({ kind: 'failed', detail: 'posthorn verify uses no network' }),
  maxBodyBytes: 64 * 1024 * 1024,
}

async function run(flags: Flags): Promise<void> {
  const { settings, row } = sourceFrom(flags.provider, flags)
  if (flags.headers === '-' && flags.body === '-')
    throw new OptionsRefused(['just one of --headers and --body can be the standard input'])
  if (settings.secrets.length === 0 && !needsNoSecret.has(row.scheme.kind))
    throw new OptionsRefused(['a secret is needed: --secret, or POSTHORN_SECRET'])
  if (flags.url === undefined && isUrlSigned(row) && settings.options?.publicUrl === undefined)
    throw new OptionsRefused([`${row.name} looks at the URL, so --url is needed`])
  const request: InboundRequest = {
    method: flags.method.toUpperCase(),
    url: flags.url ?? 'http://localhost/',
    headers: readHeaders(readInput(flags.headers, '--headers')),
    body: readInput(flags.body, '--body'),
    receivedAt: flags.at ?? Date.now(),
  }
  const verdict = await verify(request, settings, offline)
  switch (verdict.kind) {
    case 'accepted':
      console.log(`verified: ${row.name}`)
      for (const { id, eventType } of verdict.messages)
        console.log(`id ${shown(id)}, event type ${shown(eventType)}`)
      if (verdict.secretIndex !== null && settings.secrets.length > 1)
        console.log(`with secret ${verdict.secretIndex + 1} of ${settings.secrets.length}`)
      return
    case 'answered':
      // Some handshakes come before there is anything to prove them with, so none counts as proven here.
      console.log(`no event: a handshake of ${row.name}, to be answered with ${verdict.answer.status}`)
      break
    case 'refused':
      console.log(`not verified: ${verdict.reason}\n${printable(verdict.detail)}`)
      if (flags.explain === true) await explainTo(request, settings, row)
  }
  process.exitCode = 1
}

async function explainTo(request: InboundRequest, settings: SourceSettings, row: ProviderRow): Promise<void> {
  let findings =
    row.scheme.kind === 'standard'
      ? await standardFindings(request, settings, row.scheme)
      : await explain(request, settings, jsonSpellings)
  if (row.scheme.kind === 'standard' && findings.at(-1)?.code === 'not_explained') {
    const others = await explain(request, settings, jsonSpellings)
    if (others.at(-1)?.code !== 'not_explained') findings = others
  }
  for (const { code, found, tried, fix } of findings)
    console.log(printLines(['', code, `  found: ${found}`, `  tried: ${tried}`, `  fix:   ${fix}`]))
}

function standardFindings(
  { headers, body, receivedAt }: InboundRequest,
  { secrets }: SourceSettings,
  { secret: encoding, toleranceMs }: StandardScheme,
): Promise<readonly Finding[]> {
  const record = new Map<string, string[]>()
  for (const [name, value] of headers) record.set(name, [...(record.get(name) ?? []), value])
  const isRaw = (text: string): boolean =>
    encoding === 'utf8' || (encoding === 'auto' && !/^wh(sec|pk|sk)_/.test(text))
  return explainStandard(
    { headers: Object.fromEntries(record), body },
    {
      secrets: secrets.map((text) => (isRaw(text) ? { raw: text } : text)),
      now: () => receivedAt,
      toleranceSeconds: toleranceMs / 1000,
    },
  )
}

function printLines(lines: readonly string[]): string {
  return lines.map((line) => printable(line)).join('\n')
}

function shown(text: string | null): string {
  return text === null ? '(none)' : printable(text)
}

const needsNoSecret = new Set(['url', 'sns', 'paypal', 'pubsub', 'entra'])

function isUrlSigned({ scheme }: ProviderRow): boolean {
  if (scheme.kind === 'twilio') return true
  if (scheme.kind === 'token') return scheme.accept.every(({ at }) => at.startsWith('query:'))
  return 'signed' in scheme && scheme.signed.includes('{url')
}

function instant(text: string): number {
  const at = readInstant(text)
  if (at === null) throw new InvalidArgumentError('It must be such as 2026-01-31T12:00:00Z or 1769860800.')
  return at
}
