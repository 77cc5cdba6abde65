import { Rejected } from '#core/errors.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { Vault } from '#core/sealing.ts'
import { maxOldSecrets, newSecret } from '#core/signing-secret.ts'
import { openSecrets, sealSecrets } from './sealed.ts'

/**
 * The endpoint's secrets with a new current one; the one before signs too until the grace period ends. Throws
 * `Rejected` when too many old ones still sign.
 *
 * @param key the new secret; one of the same kind is made where it is null
 */
export function rotatedSecrets(
  endpoint: Endpoint,
  key: string | null,
  gracePeriodMs: number,
  vault: Vault,
  now: number,
): Pick<Endpoint, 'sealedSecrets'> {
  const [current, ...older] = openSecrets(endpoint, vault)
  const living = older.filter(({ expiresAt }) => expiresAt !== null && expiresAt > now)
  const kind = current?.key.startsWith('whsk_') === true ? 'ed25519' : 'hmac256'
  const retired =
    current === undefined || gracePeriodMs === 0 ? [] : [{ key: current.key, expiresAt: now + gracePeriodMs }]
  const old = [...retired, ...living]
  if (old.length > maxOldSecrets) {
    throw new Rejected(
      'bad_request',
      'limit_reached',
      `At most ${maxOldSecrets} old secrets can sign at a time`,
    )
  }
  const secrets = [{ key: key ?? newSecret(kind), expiresAt: null }, ...old]
  return { sealedSecrets: sealSecrets(secrets, endpoint.id, vault) }
}
