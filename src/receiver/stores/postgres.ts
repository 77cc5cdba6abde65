import type { IdempotencyStore } from '../idempotency.ts'

/** Runs one statement with `$1` parameters: a `Pool` of `pg` has it, and rows alone as the result are taken too. */
export type Query = (text: string, values: unknown[]) => PromiseLike<unknown>

export interface PostgresStoreOptions {
  /** Outside of your transactions: what it has done must hold whatever becomes of them. */
  readonly query: Query
  /** Tells receivers apart that share the table: each gets the messages of its own endpoint. Default empty. */
  readonly scope?: string
  /** How long what is done stays known. Default 30 days: longer than any sender tries. */
  readonly keepMs?: number
}

/** Makes the table that the store needs. Run it once, as a migration: the store itself needs no right to create. */
export const postgresTable = `
create table if not exists webhook_receipt (
  scope text not null,
  id text not null,
  lease_until timestamptz not null,
  done boolean not null default false,
  primary key (scope, id)
);
create index if not exists webhook_receipt_lease_until on webhook_receipt (lease_until);
`

/** In this many begins, so many of the rows that are too old go at most. */
const pruneEvery = 100
const maxPruned = 1000

/** For any number of processes and machines. Leases run by the database's clock. */
export function createPostgresStore(options: PostgresStoreOptions): IdempotencyStore {
  const { query, scope = '', keepMs = 30 * 86_400_000 } = options
  let begins = 0
  return {
    async begin(id, leaseMs) {
      if (begins++ % pruneEvery === 0) await query(prune, [keepMs])
      if (rowsOf(await query(begin, [scope, id, leaseMs])).length > 0) return 'begun'
      const [row] = rowsOf(await query(find, [scope, id]))
      return row?.done === true ? 'done' : 'busy'
    },
    async done(id) {
      await query(finish, [scope, id])
    },
    async failed(id) {
      await query(release, [scope, id])
    },
  }
}

// Who comes second waits for the first one's row, finds it leased, and changes nothing.
const begin = `
insert into webhook_receipt as r (scope, id, lease_until)
values ($1::text, $2::text, now() + $3::float8 * interval '1 millisecond')
on conflict (scope, id) do update set lease_until = excluded.lease_until
  where not r.done and r.lease_until <= now()
returning id`

const find = 'select done from webhook_receipt where scope = $1::text and id = $2::text'

const finish = `
insert into webhook_receipt (scope, id, lease_until, done) values ($1::text, $2::text, now(), true)
on conflict (scope, id) do update set done = true`

const release = 'delete from webhook_receipt where scope = $1::text and id = $2::text and not done'

const prune = `
delete from webhook_receipt where (scope, id) in (
  select scope, id from webhook_receipt where lease_until < now() - $1::float8 * interval '1 millisecond'
  order by lease_until limit ${maxPruned} for update skip locked)`

function rowsOf(result: unknown): readonly { readonly done?: unknown }[] {
  return Array.isArray(result) ? result : (result as { rows: { done?: unknown }[] }).rows
}
