import { OptionsRefused } from './options.ts'

type Pair = readonly [name: string, value: string]

/**
 * The headers of a request that somebody kept: lines of `name: value`, with or without the request line before them, or
 * JSON, as a list of pairs or an object. Values hold one character per byte. Throws `OptionsRefused`.
 */
export function readHeaders(bytes: Buffer): readonly Pair[] {
  const text = bytes.toString('latin1')
  return /^\s*[[{]/.test(text) ? ofJson(bytes.toString('utf8')) : ofLines(text)
}

function ofLines(text: string): readonly Pair[] {
  const pairs: Pair[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    // As curl -v writes them.
    const plain = line.replace(/^[<>] /, '')
    if (plain.trim() === '' || /^[A-Z]+ \S+ HTTP\/[\d.]+$/.test(plain)) continue
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(plain) ?? []
    if (name === undefined || value === undefined)
      throw new OptionsRefused([`--headers: line ${index + 1} is not name: value`])
    pairs.push([name, value])
  }
  return pairs
}

const jsonProblem = '--headers is JSON, but neither [["name", "value"], …] nor {"name": "value", …}'

function ofJson(text: string): readonly Pair[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new OptionsRefused(['--headers begins like JSON and is none'])
  }
  const entries: readonly unknown[] = Array.isArray(json) ? json : Object.entries(json as object)
  return entries.flatMap((entry) => {
    const [name, value, ...rest] = Array.isArray(entry) ? (entry as unknown[]) : []
    const values = Array.isArray(value) ? (value as unknown[]) : [value]
    if (typeof name !== 'string' || rest.length > 0) throw new OptionsRefused([jsonProblem])
    return values.map((each): Pair => {
      if (typeof each !== 'string') throw new OptionsRefused([jsonProblem])
      return [name, each]
    })
  })
}

/** An instant: RFC 3339, or seconds or milliseconds since 1970. Null for anything else. */
export function readInstant(text: string): number | null {
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000
  if (/^\d{12,13}$/.test(text)) return Number(text)
  const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at
}
