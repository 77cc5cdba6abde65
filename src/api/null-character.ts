import { type FieldProblem, Rejected } from '#core/errors.ts'
import type { JsonBody } from './json-body.ts'

/**
 * PostgreSQL holds no U+0000 in a text, so that no store takes one in a request. What is kept as JSON text may have it
 * in its escaped form.
 */
const keptAsText: ReadonlySet<string> = new Set(['payload', 'schemas', 'metadata'])

/** Throws `Rejected` where the query holds it; ids in the path have a form that leaves no room for it. */
export function refuseNullInQuery(url: string): void {
  if (url.includes('%00') && url.lastIndexOf('%00') > url.indexOf('?') && url.includes('?'))
    throw refused([{ loc: ['query'], msg, type }])
}

/** Throws `Rejected` where a field of the body holds it. */
export function refuseNullInBody(body: JsonBody): void {
  // The one way in which JSON can write it (RFC 8259 §7).
  if (!body.text.includes(String.raw`\u0000`)) return
  const problems = [...placesOf(body.value, ['body'])].map((loc): FieldProblem => ({ loc, msg, type }))
  if (problems.length > 0) throw refused(problems)
}

const msg = 'must not hold the character U+0000'
const type = 'value_error.null_character'

function refused(problems: readonly FieldProblem[]): Rejected {
  return new Rejected('invalid', 'validation_error', msg, { problems })
}

function* placesOf(value: unknown, loc: readonly string[]): Generator<readonly string[]> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield loc
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name.includes('\0')) yield loc
      if (!keptAsText.has(name)) yield* placesOf(member, [...loc, name])
    }
  }
}
