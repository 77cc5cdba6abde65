import { type Command, Option as Flag } from 'commander'
import { type Config, type Option, type OptionName, options } from '#config/options.ts'
import { readConfig } from '#config/read.ts'

/** Options that the user gave wrongly: one line for each. */
export class OptionsRefused extends Error {
  override readonly name = 'OptionsRefused'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const entries = Object.entries(options) as readonly (readonly [OptionName, Option<unknown>])[]

function attributeOf(option: Option<unknown>): string {
  return new Flag(`${option.flag} <value>`).attributeName()
}

/** Gives a command the flags of the configuration, all or those that are named. */
export function addOptions(command: Command, names?: readonly OptionName[]): Command {
  for (const [name, option] of entries) {
    if (names?.includes(name) === false) continue
    const shown = option.default === null ? 'unset' : option.default === '' ? 'empty' : option.default
    command.addOption(new Flag(`${option.flag} <value>`, `${option.text} [${option.env}, default ${shown}]`))
    if (option.isNegatable === true) {
      command.addOption(new Flag(option.flag.replace('--', '--no-'), `the same as ${option.flag} false`))
    }
  }
  return command
}

/** The configuration from a command's flags and the environment. Throws `OptionsRefused`. */
export function configFrom(flags: Readonly<Record<string, unknown>>): Config {
  const given: Partial<Record<OptionName, string>> = {}
  for (const [name, option] of entries) {
    const value = flags[attributeOf(option)]
    if (typeof value === 'string') given[name] = value
    if (value === false) given[name] = 'false'
  }
  const result = readConfig({ env: process.env, flags: given })
  if ('problems' in result) throw new OptionsRefused(result.problems)
  return result.config
}
