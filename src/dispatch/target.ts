import type { Endpoint } from '#core/endpoint.ts'
import { type HeaderLines, sentLines } from '#core/exchange.ts'
import type { Vault } from '#core/sealing.ts'
import { type SigningKey, type SigningSecret, signingKeyOf } from '#core/signing-secret.ts'

/** An endpoint made ready to send to: secrets opened, keys made, headers laid out. */
export interface Target {
  readonly endpoint: Endpoint
  readonly keys: readonly SigningKey[]
  /** Name, value, name, value … as the HTTP client takes them. */
  readonly headers: readonly string[]
  /** The same as each attempt's record has them. */
  readonly headerLines: HeaderLines
}

export function targetOf(endpoint: Endpoint, vault: Vault): Target {
  const secrets = JSON.parse(vault.open(endpoint.sealedSecrets, endpoint.id)) as SigningSecret[]
  const own =
    endpoint.sealedHeaders === null
      ? {}
      : (JSON.parse(vault.open(endpoint.sealedHeaders, endpoint.id)) as Record<string, string>)
  const headers = Object.entries(own).flat()
  return { endpoint, keys: secrets.map(signingKeyOf), headers, headerLines: sentLines(headers) }
}
