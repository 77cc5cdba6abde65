import { refused, shown } from './refusal.ts'
import type { Timestamp } from './row.ts'
import type { Refusal } from './verify.ts'

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:?\d{2})$/

/** The instant of a timestamp's text in epoch milliseconds, or null if it is none. */
function instantOf(text: string, unit: Timestamp['unit']): number | null {
  if (unit === 'rfc3339') {
    if (!rfc3339.test(text)) return null
    const at = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
    return Number.isNaN(at) ? null : at
  }
  if (!/^\d{1,15}$/.test(text)) return null
  return unit === 's' ? Number(text) * 1000 : Number(text)
}

/** Null if the timestamp is near enough to `receivedAt`. Whole seconds are compared as such, as the vendors' SDKs do. */
export function checkWindow(
  text: string,
  unit: Timestamp['unit'],
  toleranceMs: number,
  receivedAt: number,
): Refusal | null {
  const at = instantOf(text, unit)
  if (at === null) {
    return refused(
      'timestamp_malformed',
      `The timestamp ${shown(text)} is not what the provider sends (${unit})`,
    )
  }
  const now = unit === 's' ? Math.floor(receivedAt / 1000) * 1000 : receivedAt
  const ageMs = now - at
  if (Math.abs(ageMs) <= toleranceMs) return null
  const direction = ageMs > 0 ? 'old' : 'ahead of this clock'
  return refused(
    'timestamp_out_of_window',
    `The timestamp is ${Math.abs(ageMs) / 1000} s ${direction}; at most ${toleranceMs / 1000} s are accepted`,
  )
}

/** The text of an instant in the provider's unit. */
export function timestampText(at: number, unit: Timestamp['unit']): string {
  if (unit === 'rfc3339') return new Date(at).toISOString()
  return String(unit === 's' ? Math.floor(at / 1000) : at)
}
