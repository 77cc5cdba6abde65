import { createHash, randomBytes } from 'node:crypto'
import type { Vault } from '#core/sealing.ts'
import type { Source } from '#core/source.ts'

/** What a source knows of its provider, as it is sealed in the store. */
export interface SourceConfig {
  /** Newest first; each of them is accepted. */
  readonly secrets: readonly string[]
  /** What else the provider's scheme asks for, such as `verifyToken`. */
  readonly settings: Readonly<Record<string, string>>
  /** Of a source whose sender is described by whoever set it up: their row. */
  readonly row: unknown
}

/** Of a token: it is part of a URL, and as good as a password. */
function newToken(): string {
  return randomBytes(24).toString('base64url')
}

export function tokenHashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export function sealConfig(config: SourceConfig, sourceId: string, vault: Vault): string {
  return vault.seal(JSON.stringify(config), sourceId)
}

export function openConfig(
  { id, sealedConfig }: Pick<Source, 'id' | 'sealedConfig'>,
  vault: Vault,
): SourceConfig {
  return JSON.parse(vault.open(sealedConfig, id)) as SourceConfig
}

/** Both halves of a token: what is shown to its owner, and what it is found by. */
export function sealedToken(sourceId: string, vault: Vault): Pick<Source, 'sealedToken' | 'tokenHash'> {
  const token = newToken()
  return { sealedToken: vault.seal(token, sourceId), tokenHash: tokenHashOf(token) }
}

export function openToken({ id, sealedToken: sealed }: Source, vault: Vault): string {
  return vault.open(sealed, id)
}

/**
 * The source with a secret that its provider has just sent: `taken` where it has another one already, which nobody but
 * its owner may replace.
 */
export function learnSecret(
  source: Source,
  secret: string,
  vault: Vault,
  now: number,
): Source | 'known' | 'taken' {
  const config = openConfig(source, vault)
  if (config.secrets.length > 0) return config.secrets.includes(secret) ? 'known' : 'taken'
  const sealedConfig = sealConfig({ ...config, secrets: [secret] }, source.id, vault)
  return { ...source, sealedConfig, updatedAt: now, version: source.version + 1 }
}
