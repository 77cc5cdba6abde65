import type { DatabaseSync } from 'node:sqlite'
import type { IdempotencyStore } from '../idempotency.ts'

export interface SqliteStoreOptions {
  readonly database: DatabaseSync
  /** Tells receivers apart that share the database: each gets the messages of its own endpoint. Default empty. */
  readonly scope?: string
  /** How long what is done stays known. Default 30 days: longer than any sender tries. */
  readonly keepMs?: number
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

/** In this many begins, so many of the rows that are too old go at most. */
const pruneEvery = 100
const maxPruned = 1000

/**
 * For the processes of one machine. Makes its table `webhook_receipt` where it is not there. Each call is a commit on
 * the thread that calls: set `pragma journal_mode = wal` and a `timeout` on the database where several processes use it.
 */
export function createSqliteStore(options: SqliteStoreOptions): IdempotencyStore {
  const { database, scope = '', keepMs = 30 * 86_400_000, now = Date.now } = options
  database.exec(`
    create table if not exists webhook_receipt (
      scope text not null,
      id text not null,
      lease_until integer not null,
      done integer not null default 0,
      primary key (scope, id)
    ) strict, without rowid;
    create index if not exists webhook_receipt_lease_until on webhook_receipt (lease_until);
  `)
  const begin = database.prepare(`
    insert into webhook_receipt (scope, id, lease_until) values (:scope, :id, :until)
    on conflict (scope, id) do update set lease_until = excluded.lease_until
      where done = 0 and webhook_receipt.lease_until <= :now
    returning id`)
  const find = database.prepare('select done from webhook_receipt where scope = ? and id = ?')
  const finish = database.prepare(`
    insert into webhook_receipt (scope, id, lease_until, done) values (?, ?, ?, 1)
    on conflict (scope, id) do update set done = 1`)
  const release = database.prepare('delete from webhook_receipt where scope = ? and id = ? and done = 0')
  const prune = database.prepare(`
    delete from webhook_receipt where (scope, id) in
      (select scope, id from webhook_receipt where lease_until < ? order by lease_until limit ${maxPruned})`)
  let begins = 0
  return {
    async begin(id, leaseMs) {
      const at = now()
      if (begins++ % pruneEvery === 0) prune.run(at - keepMs)
      if (begin.get({ scope, id, until: at + leaseMs, now: at }) !== undefined) return 'begun'
      return find.get(scope, id)?.done === 1 ? 'done' : 'busy'
    },
    async done(id) {
      finish.run(scope, id, now())
    },
    async failed(id) {
      release.run(scope, id)
    },
  }
}
