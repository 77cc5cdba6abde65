import { refused } from './refusal.ts'
import type { ProviderRow } from './row.ts'
import type { Refusal } from './verify.ts'

/** Events come by POST; every other method belongs to handshakes alone. */
export function checkMethod(method: string, { name }: ProviderRow): Refusal | null {
  if (method.toUpperCase() === 'POST') return null
  return refused('unsupported_method', `${name} sends events by POST, not by ${method.slice(0, 16)}`, [
    ['allow', 'POST'],
  ])
}
