/** The texts that common serialisers make of a value, the likeliest first. */
export function jsonSpellings(value: unknown): readonly string[] {
  const layouts = [
    JSON.stringify(value),
    spaced(value),
    JSON.stringify(value, null, 2),
    JSON.stringify(value, null, 4),
    JSON.stringify(value, null, '\t'),
  ].filter((text): text is string => typeof text === 'string')
  const spellings = new Set<string>()
  for (const escape of escapes) for (const layout of layouts) spellings.add(escape(layout))
  const withNewline = [...spellings].map((spelling) => `${spelling}\n`)
  return [...spellings, ...withNewline]
}

/** As Python's json.dumps does without arguments. */
function spaced(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`).join(', ')}}`
}

const escapes: readonly ((json: string) => string)[] = [
  (json) => json,
  ascii,
  (json) => ascii(json, true),
  slashes,
  // PHP's json_encode.
  (json) => slashes(ascii(json)),
  // Go's json.Marshal and Rails.
  (json) => json.replaceAll(/[<>&\u2028\u2029]/g, escaped),
]

function ascii(json: string, isUpperCase = false): string {
  return json.replaceAll(/[\u0080-\uFFFF]/g, (unit) => escaped(unit, isUpperCase))
}

function escaped(unit: string, isUpperCase: unknown = false): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
  return `\\u${isUpperCase === true ? hex.toUpperCase() : hex}`
}

function slashes(json: string): string {
  return json.replaceAll('/', '\\/')
}
