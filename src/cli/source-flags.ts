import { type Command, InvalidArgumentError, Option } from 'commander'
import { Rejected } from '#core/errors.ts'
import { genericProvider, providers, rowOf } from '#inbound/providers/providers.ts'
import { readRow } from '#inbound/read-row.ts'
import { type ProviderRow, type SettingName, settingNames } from '#inbound/row.ts'
import { settingsOf } from '#inbound/source-types.ts'
import type { SourceSettings } from '#inbound/verify.ts'
import { collected, readInput } from './arguments.ts'
import { OptionsRefused } from './options.ts'

export interface SourceFlags {
  readonly secret?: readonly string[]
  readonly setting?: readonly (readonly [name: SettingName, value: string])[]
  readonly row?: string
}

/** Gives a command the flags that say what a source would have configured. */
export function addSourceFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--secret <secret>', 'what the provider signs with; may be repeated')
        .env('POSTHORN_SECRET')
        .argParser(collected(String)),
    )
    .option(
      '--setting <name=value>',
      `what else the provider’s scheme asks for: ${settingNames.join(', ')}`,
      collected(settingOf),
    )
    .option('--row <file>', `for ${genericProvider}: how the sender signs, as JSON`)
}

export interface ReadSource {
  readonly settings: SourceSettings
  readonly row: ProviderRow
}

/** What a source of the type would be judged by. Throws `OptionsRefused`. */
export function sourceFrom(type: string, { secret = [], setting = [], row: file }: SourceFlags): ReadSource {
  if (file !== undefined && type !== genericProvider)
    throw new OptionsRefused([`--row is for ${genericProvider} alone`])
  const ownRow = file === undefined ? null : rowIn(file)
  const settings = settingsOf(
    { type },
    { secrets: secret, settings: Object.fromEntries(setting), row: ownRow },
  )
  const row = rowOf(settings)
  if (row === null) throw new OptionsRefused([unknownProvider(type)])
  const needless = setting.filter(([name]) => row.settings?.[name] === undefined)
  if (needless.length > 0)
    throw new OptionsRefused(needless.map(([name]) => `--setting ${name} is nothing that ${type} has`))
  return { settings, row }
}

function unknownProvider(type: string): string {
  const near = Object.keys(providers).filter((key) => key.includes(type) || type.includes(key))
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
  return `there is no provider ${JSON.stringify(type)}${hint} (posthorn trigger --list names them)`
}

function rowIn(file: string): unknown {
  const text = readInput(file, '--row').toString('utf8')
  try {
    const row = JSON.parse(text) as unknown
    readRow(row)
    return row
  } catch (error) {
    if (error instanceof SyntaxError) throw new OptionsRefused([`--row: ${file} is no JSON`])
    if (!(error instanceof Rejected)) throw error
    throw new OptionsRefused(error.problems.map(({ loc, msg }) => `--row: ${loc.slice(1).join('.')} ${msg}`))
  }
}

function settingOf(text: string): readonly [SettingName, string] {
  const at = text.indexOf('=')
  const name = settingNames.find((each) => each === text.slice(0, at))
  if (name === undefined || at === text.length - 1)
    throw new InvalidArgumentError(`It must be name=value, with a name of ${settingNames.join(', ')}.`)
  return [name, text.slice(at + 1)]
}
