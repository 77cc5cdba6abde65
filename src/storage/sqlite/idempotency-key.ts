import { hash53 } from '#lib/hash53.ts'
import { SequenceIndex } from '#lib/sequence-index.ts'
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
  /** Drops expired keys, one slice. @returns whether more may be left */
  expire(now: number): boolean
  committed(): void
  rolledBack(): void
}

/** Keys that are found by memory before they are filed: 32 bytes each, twice. */
const recentKeys = 400_000
/** So often, and so many at a time, that the keys of one table are filed well before the next is full. */
const fileEvery = 64
const filedTogether = 256
const expireTogether = 500

interface KeyRow {
  readonly seq: number
  readonly key: string
  readonly request_hash: string
  readonly subject: string
  readonly expires_at: number
}

const known = new WeakMap<Database, IdempotencyKeys>()

/** The keys of a store; one for each connection that writes. */
export function idempotencyKeys(db: Database): IdempotencyKeys {
  let keys = known.get(db)
  if (keys === undefined) {
    keys = openKeys(db)
    known.set(db, keys)
  }
  return keys
}

/**
 * Keys are random, and nearly all of them are never asked for again. Inserting each into an index of its own costs a
 * page of the log: more than the message. So they are appended to a log that memory finds them in, and filed in the
 * indexed table later, many at a time, or never where they expire before.
 */
function openKeys(db: Database): IdempotencyKeys {
  const append = db.prepare(
    'insert into idempotency_log (seq, key, request_hash, subject, expires_at) values (?, ?, ?, ?, ?)',
  )
  const logged = db.prepare('select * from idempotency_log where seq = ?')
  const filed = db.prepare('select * from idempotency_key where key = ?')
  const anyFiled = db.prepare('select 1 from idempotency_key limit 1')
  const removeLogged = db.prepare('delete from idempotency_log where seq = ?')
  const removeFiled = db.prepare('delete from idempotency_key where key = ?')
  const file = db.prepare(
    'insert or replace into idempotency_key (key, request_hash, subject, expires_at) values (?, ?, ?, ?)',
  )
  const oldestLogged = db.prepare('select * from idempotency_log where seq <= ? order by seq limit ?')
  const dropFiled = db.prepare(
    `delete from idempotency_key where key in (
       select key from idempotency_key where expires_at <= ? limit ${expireTogether})`,
  )

  const { count, last } = db
    .prepare('select count(*) as count, coalesce(max(seq), 0) as last from idempotency_log')
    .get() as {
    count: number
    last: number
  }
  let lastSeq = last
  let recent = new SequenceIndex(recentKeys)
  /** Keys on their way into the indexed table, up to a sequence; at first, those of the process before. */
  let filing: { readonly index: SequenceIndex; readonly upTo: number } | null = null
  if (count > 0) {
    const index = new SequenceIndex(count)
    for (const row of db.prepare('select seq, key from idempotency_log').iterate()) {
      index.add(hash53(row.key as string), row.seq as number)
    }
    filing = { index, upTo: last }
  }
  let isFilingDone = false
  let untilFiling = fileEvery
  let hasFiled = anyFiled.get() !== undefined

  function find(key: string): KeyRow | undefined {
    const hash = hash53(key)
    for (const index of filing === null ? [recent] : [recent, filing.index]) {
      for (const seq of index.find(hash)) {
        // Gone where it was rolled back, released, filed or expired.
        const row = logged.get(seq) as KeyRow | undefined
        if (row?.key === key) return row
      }
    }
    return hasFiled ? (filed.get(key) as KeyRow | undefined) : undefined
  }

  function fileSome(): void {
    if (filing === null) return
    const rows = oldestLogged.all(filing.upTo, filedTogether) as unknown as KeyRow[]
    if (rows.length === 0) isFilingDone = true
    // In the order of the table that takes them in: neighbours share a page.
    for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
      file.run(row.key, row.request_hash, row.subject, row.expires_at)
      removeLogged.run(row.seq)
    }
    hasFiled ||= rows.length > 0
  }

  function remember(key: string, seq: number): void {
    if (recent.isFull && filing === null) {
      filing = { index: recent, upTo: seq - 1 }
      recent = new SequenceIndex(recentKeys)
    }
    recent.add(hash53(key), seq)
    if (filing === null || --untilFiling > 0) return
    untilFiling = fileEvery
    fileSome()
  }

  return {
    claim(claim, now) {
      if (claim === null) return null
      const row = find(claim.key)
      if (row !== undefined && row.expires_at > now) {
        return row.request_hash === claim.requestHash
          ? { kind: 'repeated', subject: row.subject }
          : { kind: 'key-reused' }
      }
      if (row !== undefined) this.release(claim)
      append.run(++lastSeq, claim.key, claim.requestHash, claim.subject, claim.expiresAt)
      remember(claim.key, lastSeq)
      return null
    },
    release(claim) {
      const row = claim === null ? undefined : find(claim.key)
      if (row === undefined) return
      if (row.seq === undefined) removeFiled.run(row.key)
      else removeLogged.run(row.seq)
    },
    expire(now) {
      let dropped = 0
      for (const row of oldestLogged.all(lastSeq, expireTogether) as unknown as KeyRow[]) {
        if (row.expires_at > now) break
        removeLogged.run(row.seq)
        dropped++
      }
      return dropped === expireTogether || dropFiled.run(now).changes === expireTogether
    },
    committed() {
      if (isFilingDone) filing = null
      isFilingDone = false
    },
    rolledBack() {
      isFilingDone = false
    },
  }
}
