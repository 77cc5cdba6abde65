import type { Endpoint } from '#core/endpoint.ts'
import type { Vault } from '#core/sealing.ts'
import { checkHeaders } from './endpoint-input.ts'
import { openHeaders, sealHeaders } from './sealed.ts'

export interface HeaderChange {
  /** Null takes the header away. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly deleteHeaders: readonly string[]
  /** What is not named stays. */
  readonly keepOthers: boolean
}

/** The endpoint's headers after a change. Names are the same in any case. Throws `Rejected` for what cannot be set. */
export function changedHeaders(
  endpoint: Endpoint,
  change: HeaderChange,
  vault: Vault,
): Pick<Endpoint, 'sealedHeaders'> {
  const kept = change.keepOthers ? openHeaders(endpoint, vault) : {}
  const result = new Map(Object.entries(kept).map((entry) => [entry[0].toLowerCase(), entry]))
  for (const name of change.deleteHeaders) result.delete(name.toLowerCase())
  for (const [name, value] of Object.entries(change.headers)) {
    if (value === null) result.delete(name.toLowerCase())
    else result.set(name.toLowerCase(), [name, value])
  }
  const headers = Object.fromEntries(result.values())
  checkHeaders(headers)
  return { sealedHeaders: sealHeaders(headers, endpoint.id, vault) }
}
