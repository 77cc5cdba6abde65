import { BloomFilter } from '#lib/bloom-filter.ts'
import { hash53 } from '#lib/hash53.ts'
import { bucketOf, SequenceIndex } from '#lib/sequence-index.ts'
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

/** How keys are gathered. */
interface Gathering {
  /** Keys that memory finds by itself before they become a run. */
  readonly keysPerRun: number
  /** A run is written as 2 to this power of buckets. */
  readonly bucketBits: number
  /** Claims until the next bucket is written: a run is on disk well before the next one is full. */
  readonly claimsPerBucket: number
}

/** 16 MB of memory twice, then 1 MB a run; buckets of about a kilobyte. */
const usual: Gathering = { keysPerRun: 2 ** 19, bucketBits: 13, claimsPerBucket: 32 }
const droppedTogether = 100

interface KeyRow {
  readonly seq: number
  readonly key: string
  readonly request_hash: string
  readonly subject: string
  readonly expires_at: number
}

/** Keys whose index is on disk, or on its way there. */
interface Run {
  readonly number: number
  readonly lastSeq: number
  readonly filter: BloomFilter
}

interface Filing extends Run {
  readonly index: SequenceIndex
  /** Buckets that are on disk, those of the transaction under way included. */
  written: number
  committed: number
}

const known = new WeakMap<Database, IdempotencyKeys>()

/** The keys of a store; one for each connection that writes. */
export function idempotencyKeys(db: Database): IdempotencyKeys {
  let keys = known.get(db)
  if (keys === undefined) {
    keys = openIdempotencyKeys(db)
    known.set(db, keys)
  }
  return keys
}

/**
 * Keys are random, and nearly all of them are never asked for again. Inserting each into an index of its own costs a
 * page of the log: more than the message. So they are appended to one table, in which memory finds the latest; when
 * many have gathered, their index is written away as a run, in the order that it lies in on disk. A filter in memory
 * tells which runs cannot hold a key, so that a new one is looked for on disk in next to none.
 */
export function openIdempotencyKeys(db: Database, gathering: Gathering = usual): IdempotencyKeys {
  const { keysPerRun, bucketBits, claimsPerBucket } = gathering
  const buckets = 2 ** bucketBits
  const append = db.prepare(
    'insert into idempotency_key (seq, key, request_hash, subject, expires_at) values (?, ?, ?, ?, ?)',
  )
  const bySeq = db.prepare('select * from idempotency_key where seq = ?')
  const since = db.prepare('select seq, key from idempotency_key where seq > ?')
  const countSince = db.prepare('select count(*) as count from idempotency_key where seq > ?')
  const newest = db.prepare('select coalesce(max(seq), 0) as seq from idempotency_key')
  const oldest = db.prepare('select seq, expires_at from idempotency_key order by seq limit ?')
  const remove = db.prepare('delete from idempotency_key where seq = ?')
  const writeBucket = db.prepare('insert or replace into idempotency_bucket (place, entries) values (?, ?)')
  const readBucket = db.prepare('select entries from idempotency_bucket where place = ?')
  const dropBuckets = db.prepare(
    `delete from idempotency_bucket where place in (
       select place from idempotency_bucket where place < ? limit ${droppedTogether})`,
  )
  const writeRun = db.prepare(
    'insert or replace into idempotency_run (number, last_seq, filter) values (?, ?, ?)',
  )
  const oldestRun = db.prepare('select number, last_seq from idempotency_run order by number limit 1')
  const dropRun = db.prepare('delete from idempotency_run where number = ?')

  /** The newest first: what is asked for again was used not long ago. */
  let runs: readonly Run[] = db
    .prepare('select number, last_seq, filter from idempotency_run order by number desc')
    .all()
    .map((row) => ({
      number: row.number as number,
      lastSeq: row.last_seq as number,
      filter: new BloomFilter(row.filter as Uint8Array),
    }))
  let lastRun = runs[0]?.number ?? 0
  let filing: Filing | null = null
  /** Keys up to here are in a run, or on their way into one. */
  let filedSeq = runs[0]?.lastSeq ?? 0
  let lastSeq = Math.max(filedSeq, (newest.get() as { seq: number }).seq)
  let recent = gather()
  let untilBucket = claimsPerBucket

  /** Reads the index of the latest keys anew. */
  function gather(): SequenceIndex {
    const { count } = countSince.get(filedSeq) as { count: number }
    const index = new SequenceIndex(Math.max(keysPerRun, count))
    for (const row of since.iterate(filedSeq)) index.add(hash53(row.key as string), row.seq as number)
    return index
  }

  function find(key: string): KeyRow | undefined {
    const hash = hash53(key)
    const row = amongst(recent.find(hash), key) ?? amongst(filing?.index.find(hash) ?? [], key)
    if (row !== undefined) return row
    for (const run of runs) {
      if (!run.filter.mayHold(hash)) continue
      const held = amongst(sequencesOf(run, hash), key)
      if (held !== undefined) return held
    }
    return undefined
  }

  function amongst(sequences: Iterable<number>, key: string): KeyRow | undefined {
    for (const seq of sequences) {
      // Gone where it was rolled back, released or expired; another's where hashes are equal.
      const row = bySeq.get(seq) as KeyRow | undefined
      if (row?.key === key) return row
    }
    return undefined
  }

  function sequencesOf(run: Run, hash: number): readonly number[] {
    const row = readBucket.get(run.number * buckets + bucketOf(hash, bucketBits))
    if (row === undefined) return []
    const entries = new Float64Array((row.entries as Uint8Array<ArrayBuffer>).slice().buffer)
    const sequences: number[] = []
    for (let at = 0; at < entries.length; at += 2) {
      if (entries[at] === hash) sequences.push(entries[at + 1] as number)
    }
    return sequences
  }

  function remember(key: string, seq: number): void {
    // What was rolled back stays in the index: where that is much, as when a disk is full, it is read anew.
    if (recent.size >= recent.capacity * 1.5) recent = gather()
    if (recent.isFull && filing === null) {
      filing = {
        number: ++lastRun,
        lastSeq: seq - 1,
        filter: BloomFilter.ofCapacity(recent.size),
        index: recent,
        written: 0,
        committed: 0,
      }
      filedSeq = filing.lastSeq
      recent = new SequenceIndex(keysPerRun)
    }
    recent.add(hash53(key), seq)
    if (filing === null || --untilBucket > 0) return
    untilBucket = claimsPerBucket
    if (filing.written < buckets) file(filing)
  }

  function file(run: Filing): void {
    const entries = run.index.bucket(run.written, bucketBits)
    for (let at = 0; at < entries.length; at += 2) run.filter.add(entries[at] as number)
    writeBucket.run(run.number * buckets + run.written, new Uint8Array(entries.buffer))
    run.written++
    // From now on a start finds the run, and none that is not whole.
    if (run.written === buckets) writeRun.run(run.number, run.lastSeq, run.filter.bytes)
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
      if (row !== undefined) remove.run(row.seq)
      append.run(++lastSeq, claim.key, claim.requestHash, claim.subject, claim.expiresAt)
      remember(claim.key, lastSeq)
      return null
    },
    release(claim) {
      const row = claim === null ? undefined : find(claim.key)
      if (row !== undefined) remove.run(row.seq)
    },
    expire(now) {
      let dropped = 0
      let oldestLeft = Number.POSITIVE_INFINITY
      for (const row of oldest.all(droppedTogether) as unknown as Pick<KeyRow, 'seq' | 'expires_at'>[]) {
        if (row.expires_at > now) {
          oldestLeft = row.seq
          break
        }
        remove.run(row.seq)
        dropped++
      }
      if (dropped === droppedTogether) return true
      const run = oldestRun.get() as { number: number; last_seq: number } | undefined
      if (run === undefined || run.last_seq >= oldestLeft) return false
      // All its keys are gone: whether memory still asks it makes no difference.
      runs = runs.filter(({ number }) => number > run.number)
      if (dropBuckets.run((run.number + 1) * buckets).changes === 0) dropRun.run(run.number)
      return true
    },
    committed() {
      if (filing === null) return
      filing.committed = filing.written
      if (filing.committed < buckets) return
      runs = [filing, ...runs]
      filing = null
    },
    rolledBack() {
      if (filing !== null) filing.written = filing.committed
    },
  }
}
