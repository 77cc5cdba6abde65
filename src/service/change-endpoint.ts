import type { Endpoint } from '#core/endpoint.ts'
import { conflict, notFound } from '#core/errors.ts'
import type { Catalogue, Claimed, IdempotencyClaim } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'

export type Changed = { readonly kind: 'stored'; readonly endpoint: Endpoint } | Claimed

/**
 * Applies a change to the endpoint as it is. One that was disabled starts with clean health when it is enabled.
 * Throws `Rejected` when it is gone, or its new uid is taken.
 */
export async function changeEndpoint(
  storage: Pick<Catalogue, 'findEndpoint' | 'replaceEndpoint'>,
  appId: string,
  endpointId: string,
  change: (current: Endpoint) => Partial<Endpoint>,
  now: number,
  claim: IdempotencyClaim | null = null,
): Promise<Changed> {
  const result = await changeUntilFresh(async () => {
    const current = await storage.findEndpoint(appId, endpointId)
    if (current === null) throw notFound()
    const endpoint = { ...current, ...change(current), updatedAt: now, version: current.version + 1 }
    const resetHealth = current.disabledReason !== null && endpoint.disabledReason === null
    const written = await storage.replaceEndpoint(endpoint, { resetHealth, claim })
    return written.kind === 'stored' ? { kind: 'stored' as const, endpoint } : written
  })
  if (result.kind === 'conflict') throw conflict('Another endpoint of the application has this uid')
  return result
}

/** What `disabled` in a request means for an endpoint that may be disabled for a reason of its own. */
export function disabledReason(
  disabled: boolean | undefined,
  current: Endpoint,
): Pick<Endpoint, 'disabledReason'> {
  if (disabled === undefined) return { disabledReason: current.disabledReason }
  return { disabledReason: disabled ? (current.disabledReason ?? 'operator') : null }
}
