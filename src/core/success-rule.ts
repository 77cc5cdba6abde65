/** Narrows what counts as a delivery. All parts that are given must hold; without a rule any 2xx does. */
export interface SuccessRule {
  /** Exact statuses that count, instead of every 2xx. */
  readonly statusCodes?: readonly number[] | undefined
  readonly body?: BodyRule | undefined
}

/** Text that the body must hold, or a JSON value that it must have at a JSON Pointer (RFC 6901). */
type BodyRule =
  | { readonly contains: string }
  | { readonly pointer: string; readonly equals: string | number | boolean | null }

/** Null when the answer counts as a delivery, else what it lacks, for the attempt's record. */
export function shortfall(rule: SuccessRule | null, status: number, body: string): string | null {
  const accepted =
    rule?.statusCodes === undefined ? status >= 200 && status < 300 : rule.statusCodes.includes(status)
  if (!accepted) return `status ${status}`
  if (rule?.body === undefined) return null
  if ('contains' in rule.body) {
    return body.includes(rule.body.contains)
      ? null
      : `the body does not contain ${JSON.stringify(rule.body.contains)}`
  }
  const found = valueAt(body, rule.body.pointer)
  return found === rule.body.equals
    ? null
    : `the body has no ${JSON.stringify(rule.body.equals)} at ${rule.body.pointer}`
}

function valueAt(body: string, pointer: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (pointer === '') return value
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
