import type { components } from '../../api/schema.d.ts'

/** A success rule as it stands in a form. */
export type RuleValues = {
  /** Status codes; empty for every 2xx. */
  statusCodes: string[]
  answer: 'any' | 'contains' | 'equals'
  contains: string
  pointer: string
  /** A JSON value, or a text as it is. */
  equals: string
}

type Rule = components['schemas']['SuccessRule']

export const anyAnswer: RuleValues = { statusCodes: [], answer: 'any', contains: '', pointer: '', equals: '' }

export function ruleValuesOf(rule: Rule | null | undefined): RuleValues {
  if (rule == null) return anyAnswer
  const values = { ...anyAnswer, statusCodes: (rule.statusCodes ?? []).map(String) }
  if (rule.body === undefined) return values
  if ('contains' in rule.body) return { ...values, answer: 'contains', contains: rule.body.contains }
  const { pointer, equals } = rule.body
  return { ...values, answer: 'equals', pointer, equals: writeScalar(equals) }
}

/** Null where every 2xx counts and no answer is looked into. */
export function ruleOf({ statusCodes, answer, contains, pointer, equals }: RuleValues): Rule | null {
  const rule: Rule = {
    ...(statusCodes.length === 0 ? {} : { statusCodes: statusCodes.map(Number) }),
    ...(answer === 'contains' ? { body: { contains } } : {}),
    ...(answer === 'equals' ? { body: { pointer, equals: readScalar(equals) } } : {}),
  }
  return Object.keys(rule).length === 0 ? null : rule
}

type Scalar = string | number | boolean | null

/** `true`, `12`, `null` and what stands in quotes are JSON; everything else is the text that it is. */
function readScalar(text: string): Scalar {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object') return value as Scalar
  } catch {
    // A text without quotes.
  }
  return text
}

function writeScalar(value: Scalar): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return readScalar(value) === value ? value : JSON.stringify(value)
}

export function isStatusCode(text: string): boolean {
  return /^[1-5]\d\d$/.test(text)
}
