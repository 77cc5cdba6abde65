import { createPrivateKey } from 'node:crypto'
import { Command, InvalidArgumentError, Option } from 'commander'
import { genericProvider, providers } from '#inbound/providers/providers.ts'
import type { ProviderRow } from '#inbound/row.ts'
import { type Signed, sign } from '#inbound/sign.ts'
import type { SourceSettings } from '#inbound/verify.ts'
import { count, httpUrl, readInput } from './arguments.ts'
import { curlCommand, type OutgoingRequest, rawHttp } from './http-text.ts'
import { isTaken } from './listener.ts'
import { deliverLocally, type LocalAnswer } from './local-delivery.ts'
import { OptionsRefused } from './options.ts'
import { printable, printableLines } from './printable.ts'
import { eventsOf, newSampleId, sampleOf } from './samples/samples.ts'
import { addSourceFlags, type SourceFlags, sourceFrom } from './source-flags.ts'

interface Flags extends SourceFlags {
  readonly to?: string
  readonly privateKey?: string
  readonly body?: string
  readonly contentType?: string
  readonly id?: string
  readonly count: number
  readonly print?: 'http' | 'curl'
  readonly list?: boolean
}

export function triggerCommand(): Command {
  const command = new Command('trigger')
    .description(
      'Send what a provider would send, signed with your secret: a stored sample of an event, or bytes of your own. Without arguments it lists the providers and their samples. Ends with 0 where the answer is 2xx.',
    )
    .argument('[provider]', 'such as github')
    .argument('[event]', 'one of its samples (default: the first), or any other event type')
    .option('--to <url>', 'where to post to: a source’s URL, or your own program', httpUrl)
    .option('--list', 'list the providers, or the samples of one')
    .option('--body <file>', 'send these bytes instead of the sample; - for the standard input')
    .option('--content-type <type>', 'of the body', visible)
    .option('--id <id>', 'what the request is known by (default: a new one each time)', visible)
    .option('--count <n>', 'send so many', count, 1)
    .option('--private-key <file>', 'PEM or whsk_…, where the provider signs with a private key')
    .addOption(
      new Option('--print [form]', 'print the request instead of sending it')
        .choices(['http', 'curl'])
        .preset('http'),
    )
  return addSourceFlags(command).action(async (provider?: string, event?: string, flags?: Flags) => {
    if (flags === undefined) return
    if (provider === undefined || flags.list === true) console.log(listed(provider).join('\n'))
    else await run(provider, event, flags)
  })
}

async function run(provider: string, event: string | undefined, flags: Flags): Promise<void> {
  const { to } = flags
  if (to === undefined) throw new OptionsRefused(["required option '--to <url>' not specified"])
  const { settings, row } = sourceFrom(provider, flags)
  const name = event ?? eventsOf(provider)[0] ?? ''
  if (!/^[\x20-\x7e]+$/.test(name)) throw new OptionsRefused(['an event type is text of visible characters'])
  const { sample, isGeneric } = sampleOf(provider, row, name)
  const own = flags.body === undefined ? null : readInput(flags.body, '--body')
  if (own === null && isGeneric && !eventsOf(provider).includes(name)) {
    if (row.eventType === null) {
      throw new OptionsRefused([
        `${provider} has no sample ${JSON.stringify(name)}; there is ${eventsOf(provider).join(', ')}`,
      ])
    }
    console.error(
      `posthorn: no sample of ${provider} is named ${JSON.stringify(name)}: a made-up body is sent`,
    )
  }
  const privateKey = flags.privateKey === undefined ? undefined : keyIn(flags.privateKey)
  for (let sent = 0; sent < flags.count; sent++) {
    const now = Date.now()
    const id = flags.id ?? newSampleId(provider, now)
    const body = own ?? bytesOf(sample.body({ id, now }))
    const signed = await signedOr(settings, {
      url: to,
      body,
      contentType: flags.contentType ?? (own === null ? sample.contentType : undefined) ?? 'application/json',
      id,
      eventType: sample.eventType ?? name,
      now,
      ...(privateKey === undefined ? {} : { privateKey }),
    })
    if (signed.kind === 'not_signable') throw new OptionsRefused([unsignable(provider, row, signed.detail)])
    const more = own === null ? (sample.headers ?? []) : []
    const request = { ...signed.request, headers: [...signed.request.headers, ...more] }
    if (flags.print !== undefined) print(request, flags.print)
    else if (!(await post(request, { id, name }))) process.exitCode = 1
  }
}

function bytesOf(body: unknown): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** A key of another kind than the scheme's makes the signing throw. */
async function signedOr(settings: SourceSettings, sample: Parameters<typeof sign>[1]): Promise<Signed> {
  try {
    return await sign(settings, sample)
  } catch (error) {
    if (sample.privateKey === undefined) throw error
    throw new OptionsRefused(['--private-key is a key of another kind than the provider’s'])
  }
}

function unsignable(provider: string, { scheme }: ProviderRow, detail: string): string {
  const takesKey = scheme.kind === 'public-key' || (scheme.kind === 'jwt' && scheme.secret === 'jwk')
  const hint = takesKey
    ? ' (--private-key)'
    : detail.includes('secret')
      ? ' (--secret or POSTHORN_SECRET)'
      : ''
  return `${provider} cannot be signed for: ${detail}${hint}`
}

function print(request: OutgoingRequest, form: 'http' | 'curl'): void {
  if (form === 'curl') console.log(curlCommand(request))
  else process.stdout.write(rawHttp(request))
}

/** Sends, says what was answered, and returns whether it was 2xx. */
async function post(
  { url, headers, body }: OutgoingRequest,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<boolean> {
  const answer = await deliverLocally(url, { headers, body })
  console.log(`${name} ${id} -> ${wordsOf(answer)}`)
  if (answer.kind === 'unreachable') return false
  const lines = printableLines(answer.body.trimEnd())
  if (answer.body.trim() !== '') console.log(lines.join('\n'))
  return isTaken(answer)
}

function wordsOf(answer: LocalAnswer): string {
  const took = `${Math.round(answer.durationMs)} ms`
  return answer.kind === 'answered'
    ? `${answer.status} in ${took}`
    : `unreachable (${printable(answer.detail)})`
}

const onlyTheirs = new Set(['sns', 'paypal', 'pubsub', 'graph', 'entra'])

function listed(provider: string | undefined): readonly string[] {
  const rows = Object.entries(providers)
  const shown = provider === undefined ? rows : rows.filter(([key]) => key === provider)
  if (provider !== undefined && shown.length === 0 && provider !== genericProvider) sourceFrom(provider, {})
  const width = Math.max(...shown.map(([key]) => key.length))
  return shown.map(([key, { scheme }]) => {
    const events = onlyTheirs.has(scheme.kind) ? '(only the provider can sign)' : eventsOf(key).join(', ')
    return `${key.padEnd(width)}  ${events}`
  })
}

function keyIn(file: string): string {
  const text = readInput(file, '--private-key').toString('utf8').trim()
  if (text.startsWith('whsk_')) return text
  try {
    createPrivateKey(text)
    return text
  } catch {
    throw new OptionsRefused([`--private-key: ${file} holds no private key in PEM, nor whsk_…`])
  }
}

function visible(text: string): string {
  if (!/^[\x20-\x7e]+$/.test(text)) throw new InvalidArgumentError('It must be of visible characters.')
  return text
}
