import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './database.ts'
import { raw, sql } from './sql.ts'

/** No transaction of ours lasts as long: what it has not committed by then, it will not. */
const longestMs = 45_000
const lookEveryMs = 5
const maxLooks = 6

/**
 * Up to where sequences of the history are settled. Numbers are drawn before they are committed, so a smaller one may
 * yet appear behind a larger one: what is read in order goes no further than where every transaction has ended that was
 * under way when the number was read.
 */
export function settledNumbers(
  db: Database,
  sequences: readonly ('message_seq' | 'attempt_seq')[],
): () => Promise<readonly number[]> {
  const columns = sequences.map(
    (name) =>
      `(select case when is_called then last_value else last_value - 1 end from posthorn.${name}) as ${name}`,
  )
  let settled: readonly number[] = sequences.map(() => 0)
  let next: { readonly numbers: readonly number[]; readonly ends: bigint; readonly readAt: number } | null =
    null

  return async () => {
    for (let looks = 1; ; looks++) {
      const drawn = await db.row(sql`select ${raw(columns.join(', '))}`)
      // Behind the numbers: whoever drew a smaller one is in this snapshot, since its fence came first, or has ended.
      const snapshot = await db.row(
        sql`select pg_snapshot_xmin(now)::text as oldest, pg_snapshot_xmax(now)::text as next
          from pg_current_snapshot() as now`,
      )
      const oldest = BigInt(snapshot?.oldest as string)
      const numbers = sequences.map((name) => drawn?.[name] as number)
      const now = performance.now()
      next ??= { numbers, ends: BigInt(snapshot?.next as string), readAt: now }
      if (oldest >= next.ends || now - next.readAt > longestMs) {
        settled = greater(settled, next.numbers)
        next = null
      }
      const known = settled
      if (numbers.every((each, index) => (known[index] as number) >= each) || looks === maxLooks) return known
      await wait(lookEveryMs)
    }
  }
}

function greater(some: readonly number[], others: readonly number[]): readonly number[] {
  return some.map((each, index) => Math.max(each, others[index] as number))
}
