import { invalid } from '#core/errors.ts'
import type { Source } from '#core/source.ts'
import { genericProvider, providers, rowOf, urlOnlyRow } from './providers/providers.ts'
import { readRow } from './read-row.ts'
import { type ProviderRow, type SettingName, settingNames } from './row.ts'
import { secretProblem } from './secret-problem.ts'
import type { SourceConfig } from './source-config.ts'
import type { SourceSettings } from './verify.ts'

/** Types of the Svix API whose provider has another key here, or signs as another one does. */
const aliases: Readonly<Record<string, string>> = {
  beehiiv: 'standard-webhooks',
  guesty: 'standard-webhooks',
  'incident-io': 'standard-webhooks',
  lithic: 'standard-webhooks',
  nash: 'standard-webhooks',
  'open-ai': 'openai',
  pleo: 'standard-webhooks',
  'psi-fi': 'standard-webhooks',
  safebase: 'standard-webhooks',
  sardine: 'standard-webhooks',
  stych: 'standard-webhooks',
}

function providerOf(type: string): string {
  return Object.hasOwn(providers, type) ? type : (aliases[type] ?? type)
}

/** How a type of source is judged: by its provider's row, its own, or the URL alone; null for no type that is known. */
function judgedBy(type: string, ownRow: unknown): ProviderRow | null {
  if (type === genericProvider) return ownRow == null ? urlOnlyRow : readRow(ownRow)
  return rowOf({ provider: providerOf(type), secrets: [] })
}

const maxSecrets = 4
const maxTextLength = 8_192
/** Some settings are as good as a password. */
const secretSettings: ReadonlySet<string> = new Set<SettingName>(['verifyToken'])

/** The config of a request, checked against what its type takes. Throws `Rejected` naming the field that is wrong. */
export function readConfig(type: string, given: Readonly<Record<string, unknown>>): SourceConfig {
  const row = judgedBy(type, given['row'])
  if (row === null) throw invalid(['body', 'type'], unknownType(type))
  for (const name of Object.keys(given)) {
    const isOwnRow = name === 'row' && type === genericProvider
    if (isOwnRow || isSecretName(name, row) || row.settings?.[name as SettingName] !== undefined) continue
    throw invalid(['body', 'config', name], `is nothing that ${type} has`)
  }
  const secrets = secretsIn(given, row)
  if (secrets.length === 0 && needsSecret(row)) {
    throw invalid(
      ['body', 'config', row.secretName ?? 'secret'],
      'is required: without it anybody could send',
    )
  }
  return { secrets, settings: settingsIn(given, row), row: given['row'] ?? null }
}

const secretNames = ['secret', 'secrets', 'publicKey'] as const

function isSecretName(name: string, row: ProviderRow): boolean {
  return (secretNames as readonly string[]).includes(name) || name === row.secretName
}

function unknownType(type: string): string {
  if (type === 'cron') {
    return 'cron is no webhook: nothing is sent to such a source. Publish on a schedule of your own instead'
  }
  return `there is no provider ${JSON.stringify(type)}; ${genericProvider} takes a description of one`
}

/** Whether the provider gives the secret in its handshake. */
export function learnsSecret(type: string): boolean {
  return givesSecret(rowOf({ provider: providerOf(type), secrets: [] }))
}

function givesSecret(row: ProviderRow | null): boolean {
  return row?.handshakes?.some((name) => name === 'asana' || name === 'notion') ?? false
}

function needsSecret(row: ProviderRow): boolean {
  if (givesSecret(row)) return false
  const { scheme } = row
  return ['hmac', 'digest', 'standard', 'public-key', 'token', 'jwt', 'twilio', 'adyen'].includes(scheme.kind)
}

function secretsIn(given: Readonly<Record<string, unknown>>, row: ProviderRow): readonly string[] {
  const found: string[] = []
  for (const name of [...secretNames, ...(row.secretName === undefined ? [] : [row.secretName])]) {
    const value = given[name]
    if (value == null) continue
    for (const each of name === 'secrets' && Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof each !== 'string' || each.length > maxTextLength) {
        throw invalid(['body', 'config', name], `must be text of at most ${maxTextLength} characters`)
      }
      if (row === urlOnlyRow) {
        throw invalid(['body', 'config', name], 'is of no use without row, which says how the sender signs')
      }
      const problem = secretProblem(row.scheme, each)
      if (problem !== null) throw invalid(['body', 'config', name], problem)
      found.push(each)
    }
  }
  if (found.length > maxSecrets)
    throw invalid(['body', 'config', 'secrets'], `at most ${maxSecrets} are active`)
  return found
}

function settingsIn(given: Readonly<Record<string, unknown>>, row: ProviderRow): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const name of settingNames) {
    const need = row.settings?.[name]
    const value = given[name]
    if (need === undefined) continue
    if (value == null) {
      if (need === 'required') throw invalid(['body', 'config', name], 'is required')
      continue
    }
    settings[name] = name === 'timestampGraceSeconds' ? graceIn(value, row) : textIn(value, name)
  }
  return settings
}

function textIn(value: unknown, name: SettingName): string {
  if (typeof value === 'string' && value !== '' && value.length <= maxTextLength) return value
  throw invalid(['body', 'config', name], `must be text of 1 to ${maxTextLength} characters`)
}

/** As long as a request's hash is remembered on both sides of its timestamp, it cannot be taken twice. */
function graceIn(value: unknown, { dedupeMs }: ProviderRow): string {
  const maxSeconds = dedupeMs / 2_000
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= maxSeconds)
    return String(seconds)
  throw invalid(
    ['body', 'config', 'timestampGraceSeconds'],
    `must be a whole number of 1 to ${maxSeconds} seconds`,
  )
}

/** What of a source's config may be shown to whoever may read it. */
export function shownConfig(type: string, { secrets, settings, row }: SourceConfig): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(settings)) if (!secretSettings.has(name)) shown[name] = value
  if (row !== null) shown['row'] = row
  if (judgedBy(type, row)?.scheme.kind === 'public-key') shown['publicKey'] = secrets[0]
  return shown
}

/** What requests to the source are judged by. */
export function settingsOf({ type }: Pick<Source, 'type'>, config: SourceConfig): SourceSettings {
  return {
    provider: providerOf(type),
    secrets: config.secrets,
    options: config.settings,
    ...toleranceOf(config.settings),
    ...(type === genericProvider ? { row: judgedBy(type, config.row) ?? urlOnlyRow } : {}),
  }
}

function toleranceOf({
  timestampGraceSeconds,
}: SourceConfig['settings']): Pick<SourceSettings, 'toleranceMs'> {
  return /^\d{1,9}$/.test(timestampGraceSeconds ?? '')
    ? { toleranceMs: Number(timestampGraceSeconds) * 1_000 }
    : {}
}
