import { writeFileSync } from 'node:fs'
import { Rejected } from '#core/errors.ts'
import { genericProvider, providers } from '#inbound/providers/providers.ts'
import type { ProviderRow } from '#inbound/row.ts'
import { learnsSecret, readConfig } from '#inbound/source-types.ts'

/** Writes what the portal’s form for a source asks of each provider. */
const target = new URL('../portal/src/api/source-types.json', import.meta.url)

/** Schemes that prove a request by what the provider publishes. */
const withoutSecret = new Set(['url', 'sns', 'paypal', 'pubsub', 'entra'])

/** Whether the server refuses a source of the type without a secret. */
function needsSecret(type: string, { settings = {} }: ProviderRow): boolean {
  const required = Object.entries(settings).filter(([, need]) => need === 'required')
  try {
    readConfig(type, Object.fromEntries(required.map(([name]) => [name, 'x'])))
    return false
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.problems.some(({ loc }) => loc.includes('config'))
  }
}

function secretOf(type: string, row: ProviderRow): 'required' | 'learned' | 'optional' | 'none' {
  if (learnsSecret(type)) return 'learned'
  if (withoutSecret.has(row.scheme.kind)) return 'none'
  return needsSecret(type, row) ? 'required' : 'optional'
}

const types = Object.entries(providers).map(([type, row]) => ({
  type,
  name: row.name,
  docs: row.docs,
  secret: secretOf(type, row),
  secretName: row.secretName ?? (row.scheme.kind === 'public-key' ? 'publicKey' : 'secret'),
  settings: Object.entries(row.settings ?? {}).map(([name, need]) => ({
    name,
    isRequired: need === 'required',
  })),
}))
types.sort((one, other) => one.name.localeCompare(other.name, 'en'))
const generic = {
  type: genericProvider,
  name: '',
  docs: '',
  secret: 'optional',
  secretName: 'secret',
  settings: [],
}
writeFileSync(target, `${JSON.stringify([...types, generic], null, 2)}\n`)
