import type { Claimed, IdempotencyClaim } from '../storage.ts'
import type { Database } from './database.ts'

export interface IdempotencyKeys {
  /**
   * Takes a key for the request under way, inside its transaction. Null when the key was free and now is taken;
   * otherwise what it stands for, and the caller must write nothing.
   */
  claim(claim: IdempotencyClaim | null, now: number): Claimed | null
  /** Gives the key back where the request turned out to create nothing. */
  release(claim: IdempotencyClaim | null): void
}

export function idempotencyKeys(db: Database): IdempotencyKeys {
  const insert = db.prepare(
    `insert into idempotency_key (key, request_hash, subject, expires_at) values (?1, ?2, ?3, ?4)
     on conflict (key) do update set request_hash = ?2, subject = ?3, expires_at = ?4 where expires_at <= ?5`,
  )
  const select = db.prepare('select request_hash, subject from idempotency_key where key = ?')
  const remove = db.prepare('delete from idempotency_key where key = ?')
  return {
    claim(claim, now) {
      if (claim === null) return null
      const { changes } = insert.run(claim.key, claim.requestHash, claim.subject, claim.expiresAt, now)
      if (changes === 1) return null
      const row = select.get(claim.key) as { request_hash: string; subject: string }
      return row.request_hash === claim.requestHash
        ? { kind: 'repeated', subject: row.subject }
        : { kind: 'key-reused' }
    },
    release(claim) {
      if (claim !== null) remove.run(claim.key)
    },
  }
}
