import { type Config, type Option, type OptionName, options } from './options.ts'

export interface Given {
  readonly env: Readonly<Record<string, string | undefined>>
  /** By option name, as text. */
  readonly flags: Readonly<Partial<Record<OptionName, string>>>
}

export type ReadResult = { readonly config: Config } | { readonly problems: readonly string[] }

const entries = Object.entries(options) as readonly (readonly [OptionName, Option<unknown>])[]

/**
 * The configuration from flags, environment and defaults, in this order. Each problem is one line that names the
 * option as it was given, the value (a secret's never) and what is accepted.
 */
export function readConfig({ env, flags }: Given): ReadResult {
  const problems = Object.keys(env).filter(isUnknown).map(unknownVariable)
  const config: Partial<Record<OptionName, unknown>> = {}
  for (const [name, option] of entries) {
    const flag = flags[name]
    const given = flag ?? env[option.env]
    if (given === undefined && option.default === null) {
      config[name] = null
      continue
    }
    const parsed = option.parse(given ?? option.default ?? '')
    if ('value' in parsed) {
      config[name] = parsed.value
      continue
    }
    const shown = option.isSecret === true ? '(not shown)' : JSON.stringify(given)
    problems.push(
      `${flag === undefined ? option.env : option.flag} is ${shown}; accepted is ${parsed.accepted}`,
    )
  }
  return problems.length === 0 ? { config: config as Config } : { problems }
}

/** What clients read on the same machine and the server ignores. */
const clientVariables: readonly string[] = ['POSTHORN_TOKEN', 'POSTHORN_SERVER', 'POSTHORN_SECRET']

function isUnknown(name: string): boolean {
  return (
    name.startsWith('POSTHORN_') &&
    !clientVariables.includes(name) &&
    entries.every(([, { env }]) => env !== name)
  )
}

function unknownVariable(name: string): string {
  const nearest =
    entries.map(([, { env }]) => env).toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? ''
  const hint = distance(name, nearest) <= 4 ? `; did you mean ${nearest}?` : ''
  return `${name} is no option${hint} (posthorn serve --help lists them)`
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
