import type { Outcome } from '../storage.ts'
import { appending, givenArrays, givenColumns } from './append-attempt.ts'
import { type Database, fence, type Session } from './database.ts'
import { sameDelivery } from './deliveries.ts'
import { Fenced, StoreUnreachable } from './faults.ts'
import { numberArray, type Sql, sql } from './sql.ts'

export function recordOutcomes(db: Database): (outcomes: readonly Outcome[], now: number) => Promise<void> {
  /** Attempts whose statement broke off: they may be recorded already. */
  const doubtful = new Map<string, StoreUnreachable>()

  return async (outcomes, now) => {
    if (outcomes.length === 0) return
    await settle(db, outcomes, doubtful)
    const statement = recording(db, outcomes, doubtful)
    // In one order for all, so that no two wait for each other.
    const sick = outcomes
      .filter(({ health }) => health !== null)
      .toSorted((a, b) => (a.key.endpointId < b.key.endpointId ? -1 : 1))
    try {
      if (sick.length === 0) await db.write(statement)
      else {
        await db.transact(async (transaction) => {
          if ((await transaction.rows(statement)).length === 0) throw new Fenced()
          for (const outcome of sick) {
            if (await changeHealth(transaction, outcome, now)) {
              const { appId, endpointId } = outcome.key
              transaction.notice({ kind: 'endpoint-changed', appId, endpointId })
            }
          }
        })
      }
      if (doubtful.size > 0) for (const { attempt } of outcomes) doubtful.delete(attempt.id)
    } catch (error) {
      if (error instanceof StoreUnreachable)
        for (const { attempt } of outcomes) doubtful.set(attempt.id, error)
      throw error
    }
  }
}

/** Waits until what broke off has ended, one way or the other. */
async function settle(
  db: Database,
  outcomes: readonly Outcome[],
  doubtful: ReadonlyMap<string, StoreUnreachable>,
): Promise<void> {
  if (doubtful.size === 0) return
  const errors = new Set(outcomes.flatMap(({ attempt }) => doubtful.get(attempt.id) ?? []))
  for (const error of errors) await db.settled(error)
}

/**
 * Ends deliveries or sets when they are next due, and appends their attempts. One that may have been recorded before is
 * left out where it was: its delivery may be in hand again by now.
 */
function recording(
  db: Database,
  outcomes: readonly Outcome[],
  doubtful: ReadonlyMap<string, StoreUnreachable>,
): Sql {
  const numbers = (values: readonly (number | null)[]): Sql => sql`${numberArray(values)}::bigint[]`
  const offset = db.clockOffsetMs
  const hasNext = outcomes.some(({ next }) => next !== null)
  const isDoubtful = outcomes.some(({ attempt }) => doubtful.has(attempt.id))
  return sql`with fence as materialized (${fence(db.node)}),
    given as materialized (
      select given.* from unnest(${givenArrays(outcomes)},
        ${numbers(outcomes.map(({ next }) => (next === null ? null : next.dueAt + offset)))},
        ${numbers(outcomes.map(({ next }) => next?.attemptCount ?? null))})
        as given (${givenColumns}, next_due_at, attempt_count) cross join fence
      ${isDoubtful ? notYetRecorded : sql``}),
    ended as (
      delete from posthorn.delivery d using given
      where ${sameDelivery('d', 'given')} ${hasNext ? sql`and given.next_due_at is null` : sql``}
        and d.leased_by = ${db.node}::int),
    ${hasNext ? waitingAgain(db.node) : sql``}
    ${appending(sql`given`)}
    select number from fence`
}

const notYetRecorded = sql`where not exists (
  select 1 from posthorn.attempt t
  where t.app_id = given.app_id and t.message_seq = given.message_seq and t.id = given.id)`

const waitingAgain = (node: number): Sql => sql`again as (
  update posthorn.delivery d set due_at = given.next_due_at, attempt_count = given.attempt_count, interruptions = 0,
    leased_by = null
  from given
  where ${sameDelivery('d', 'given')} and given.next_due_at is not null and d.leased_by = ${node}::int),`

/** @returns whether the endpoint was disabled */
async function changeHealth(session: Session, { key, health }: Outcome, now: number): Promise<boolean> {
  if (health === null) return false
  const { appId, endpointId } = key
  if (health.disable !== null) {
    await session.change(
      sql`update posthorn.application set routing_version = routing_version + 1 where id = ${appId}`,
    )
    const disabled = await session.change(
      sql`update posthorn.endpoint set disabled_reason = ${health.disable}, version = version + 1, updated_at = ${now},
          failing_since = ${health.failingSince}, changed_at = clock_timestamp()
        where app_id = ${appId} and id = ${endpointId} and disabled_reason is null`,
    )
    if (disabled === 1) return true
  }
  await session.change(
    sql`update posthorn.endpoint set failing_since = ${health.failingSince}
      where app_id = ${appId} and id = ${endpointId}`,
  )
  return false
}
