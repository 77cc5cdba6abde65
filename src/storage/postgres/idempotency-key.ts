import type { Claimed, IdempotencyClaim } from '../storage.ts'
import type { Session } from './database.ts'
import { sql } from './sql.ts'

/**
 * Takes a key for the request under way, inside its transaction. Null when the key was free and now is taken; otherwise
 * what it stands for, and the caller must write nothing. Waits for another transaction that is about to take it.
 */
export async function claimKey(
  session: Session,
  claim: IdempotencyClaim | null,
  now: number,
): Promise<Claimed | null> {
  if (claim === null) return null
  const { key, requestHash, subject, expiresAt } = claim
  const taken = await session.change(
    sql`insert into posthorn.idempotency_key as held (key, request_hash, subject, expires_at)
      values (${key}, ${requestHash}, ${subject}, ${expiresAt})
      on conflict (key) do update set request_hash = excluded.request_hash, subject = excluded.subject,
        expires_at = excluded.expires_at where held.expires_at <= ${now}`,
  )
  if (taken === 1) return null
  const held = await session.row(
    sql`select request_hash, subject from posthorn.idempotency_key where key = ${key}`,
  )
  return claimedBy(claim, held?.request_hash as string, held?.subject as string)
}

/** What a claim met that finds its key taken. */
export function claimedBy(claim: IdempotencyClaim, requestHash: string, subject: string): Claimed {
  return requestHash === claim.requestHash ? { kind: 'repeated', subject } : { kind: 'key-reused' }
}

/** Gives the key back where the request turned out to create nothing. */
export async function releaseKey(session: Session, claim: IdempotencyClaim | null): Promise<void> {
  if (claim === null) return
  await session.change(sql`delete from posthorn.idempotency_key where key = ${claim.key}`)
}
