import type { Outcome } from '../storage.ts'
import { appending, givenArrays, givenColumns } from './append-attempt.ts'
import { type Database, fence, type Session } from './database.ts'
import { Fenced, StoreUnreachable } from './faults.ts'
import { numberArray, type Sql, sql, textArray } from './sql.ts'

export function recordOutcomes(db: Database): (outcomes: readonly Outcome[], now: number) => Promise<void> {
  /** Attempts whose statement broke off: they may be recorded already. */
  const doubtful = new Set<string>()

  return async (outcomes, now) => {
    if (outcomes.length === 0) return
    const statement = recording(db, outcomes, doubtful)
    const sick = outcomes.filter(({ health }) => health !== null)
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
      if (error instanceof StoreUnreachable) for (const { attempt } of outcomes) doubtful.add(attempt.id)
      throw error
    }
  }
}

/**
 * Ends deliveries or sets when they are next due, and appends their attempts. One that may have been recorded before is
 * recorded only where its delivery is still in hand, which the first time would have ended.
 */
function recording(db: Database, outcomes: readonly Outcome[], doubtful: ReadonlySet<string>): Sql {
  const numbers = (values: readonly (number | null)[]): Sql => sql`${numberArray(values)}::bigint[]`
  const offset = db.clockOffsetMs
  const hasNext = outcomes.some(({ next }) => next !== null)
  const isDoubtful = outcomes.some(({ attempt }) => doubtful.has(attempt.id))
  const source = isDoubtful ? sql`certain` : sql`given`
  return sql`with fence as materialized (${fence(db.node)}),
    given as materialized (
      select given.* from unnest(${givenArrays(outcomes)},
        ${numbers(outcomes.map(({ next }) => (next === null ? null : next.dueAt + offset)))},
        ${numbers(outcomes.map(({ next }) => next?.attemptCount ?? null))},
        ${textArray(outcomes.map(({ attempt: { id } }) => (doubtful.has(id) ? id : null)))}::text[])
        as given (${givenColumns}, next_due_at, attempt_count, doubtful_id) cross join fence),
    ended as (
      delete from posthorn.delivery d using given
      where d.app_id = given.app_id and d.message_seq = given.message_seq and d.endpoint_id = given.endpoint_id
        and d.trigger = given.trigger ${hasNext ? sql`and given.next_due_at is null` : sql``}
        and d.leased_by = ${db.node}::int
      ${isDoubtful ? sql`returning given.id` : sql``}),
    ${hasNext ? waitingAgain(db.node, isDoubtful) : sql``}
    ${isDoubtful ? certain(hasNext) : sql``}
    ${appending(source)}
    select number from fence`
}

const waitingAgain = (node: number, isDoubtful: boolean): Sql => sql`again as (
  update posthorn.delivery d set due_at = given.next_due_at, attempt_count = given.attempt_count, interruptions = 0,
    leased_by = null
  from given
  where d.app_id = given.app_id and d.message_seq = given.message_seq and d.endpoint_id = given.endpoint_id
    and d.trigger = given.trigger and given.next_due_at is not null and d.leased_by = ${node}::int
  ${isDoubtful ? sql`returning given.id` : sql``}),`

const certain = (hasNext: boolean): Sql => sql`certain as (
  select * from given where doubtful_id is null or id in (
    select id from ended ${hasNext ? sql`union all select id from again` : sql``})),`

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
