import type { Schemas } from '../../api/client.ts'

export const expiries = { hour: 3_600, day: 86_400, threeDays: 259_200, week: 604_800 } as const
export type Expiry = keyof typeof expiries

/** What a link may allow beside looking, which is always part of it. */
export const grantable = [
  'ManageEndpoint',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'CreateAttempts',
] as const satisfies readonly Schemas['AppPortalCapability'][]
type Grantable = (typeof grantable)[number]

type Allowed = 'all' | 'look' | 'chosen'

export type LinkValues = {
  readonly expiry: Expiry
  readonly allowed: Allowed
  readonly chosen: readonly Grantable[]
  readonly sessionId: string
}

/** The request for a link, as the API takes it. */
export function linkInput({ expiry, allowed, chosen, sessionId }: LinkValues): Schemas['AppPortalAccessIn'] {
  return {
    expiry: expiries[expiry],
    ...(allowed === 'all' ? {} : { capabilities: ['ViewBase', ...(allowed === 'look' ? [] : chosen)] }),
    ...(sessionId.trim() === '' ? {} : { sessionId: sessionId.trim() }),
  }
}

/** A frame that shows the portal in another page. */
export function frameOf(url: string, title: string): string {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<iframe\n  src="${address}"\n  title="${title}"\n  style="width: 100%; height: 800px; border: 0"\n  allow="clipboard-write"\n></iframe>`
}
