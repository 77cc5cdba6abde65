import type { Endpoint } from '#core/endpoint.ts'
import type { Vault } from '#core/sealing.ts'
import type { SigningSecret } from '#core/signing-secret.ts'

/** An endpoint's secrets, current first. */
export function openSecrets(
  { id, sealedSecrets }: Pick<Endpoint, 'id' | 'sealedSecrets'>,
  vault: Vault,
): SigningSecret[] {
  return JSON.parse(vault.open(sealedSecrets, id)) as SigningSecret[]
}

export function sealSecrets(secrets: readonly SigningSecret[], endpointId: string, vault: Vault): string {
  return vault.seal(JSON.stringify(secrets), endpointId)
}

export function openHeaders(
  { id, sealedHeaders }: Pick<Endpoint, 'id' | 'sealedHeaders'>,
  vault: Vault,
): Record<string, string> {
  return sealedHeaders === null ? {} : (JSON.parse(vault.open(sealedHeaders, id)) as Record<string, string>)
}

export function sealHeaders(
  headers: Readonly<Record<string, string>>,
  endpointId: string,
  vault: Vault,
): string | null {
  return Object.keys(headers).length === 0 ? null : vault.seal(JSON.stringify(headers), endpointId)
}
