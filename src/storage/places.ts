import type { Place } from './storage.ts'

/** Nobody is led back, wherever a store may end that knows less. */
export function furthest(one: Place, other: Place): Place {
  return {
    message: Math.max(one.message, other.message),
    attempt: Math.max(one.attempt, other.attempt),
  }
}

/** Up to where a part goes: its last entry where it is full, else as far as was asked. */
export function endOf(entries: readonly { readonly seq: number }[], limit: number, upTo: number): number {
  return entries.length === limit ? (entries.at(-1)?.seq ?? upTo) : upTo
}
