import { hash } from 'node:crypto'
import { conflict, invalid, type Rejected } from '#core/errors.ts'
import type { Claimed, IdempotencyClaim } from '#storage/storage.ts'
import type { RequestContext } from './route.ts'

const keptForMs = 12 * 3_600_000
const maxKeyLength = 256
/** 132 bits: beyond any chance, and half the disk of the whole. */
const hashLength = 22

/**
 * What the request's `Idempotency-Key` claims, for whatever the request creates; null where it has none. The same key
 * of another caller or for another operation is another key.
 */
export function claimOf(
  { headers, caller, target, rawBody }: RequestContext<unknown, unknown, unknown>,
  subject: string,
  now: number,
): IdempotencyClaim | null {
  const given = headers['idempotency-key']
  if (given === undefined) return null
  if (typeof given !== 'string' || given === '' || given.length > maxKeyLength) {
    throw invalid(['header', 'idempotency-key'], `must have 1 to ${maxKeyLength} characters`)
  }
  return {
    key: hash('sha256', `${caller.orgId} ${caller.subject} ${target} ${given}`, 'base64url').slice(
      0,
      hashLength,
    ),
    requestHash: hash('sha256', rawBody?.text ?? '', 'base64url').slice(0, hashLength),
    subject,
    expiresAt: now + keptForMs,
  }
}

export function isClaimed(result: { readonly kind: string }): result is Claimed {
  return result.kind === 'repeated' || result.kind === 'key-reused'
}

function keyReused(): Rejected {
  return conflict('This Idempotency-Key was used for another request', 'idempotency_key_reused')
}

/** What the first request with this key created. Throws `Rejected` where the key stood for another request. */
export function subjectOf(claimed: Claimed): string {
  if (claimed.kind === 'key-reused') throw keyReused()
  return claimed.subject
}
