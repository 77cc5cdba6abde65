import type { Attempt } from '#core/attempt.ts'
import { matches } from '#core/filter.ts'
import { newId } from '#core/ids.ts'
import { readStrings, triggerOf } from '../rows.ts'
import { targetOf } from '../routing.ts'
import { appending, givenArrays, givenColumns, type NewAttempt } from './append-attempt.ts'
import type { Database, Transaction } from './database.ts'
import { sameDelivery } from './deliveries.ts'
import { itsMessage } from './kept-messages.ts'
import { sql } from './sql.ts'

const sliceSize = 200

/**
 * Cancels what waits in the store, and what a fan-out would yet create. What a node has in hand is canceled by its lane,
 * which the notice tells: the last slice sends it, so that nothing is handed back to the store behind the cancellation.
 */
export function cancelDeliveries(db: Database) {
  return async (
    appId: string,
    endpointId: string,
    createdBefore: number,
    now: number,
  ): Promise<{ readonly canceled: number; readonly more: boolean }> =>
    await db.transact(async (transaction) => {
      const endpoint = await transaction.row(
        sql`select seq, id, url, event_types, channels, disabled_reason from posthorn.endpoint
          where app_id = ${appId} and id = ${endpointId}`,
      )
      if (endpoint === undefined) return { canceled: 0, more: false }
      const record = (messageSeq: number, trigger: Attempt['trigger'], eventType: string): NewAttempt => ({
        attempt: {
          appId,
          endpointId,
          messageSeq,
          trigger,
          url: endpoint.url as string,
          id: newId('atmpt_', now),
          status: 'canceled',
          responseStatus: 0,
          responseBody: 'canceled before it was sent',
          durationMs: 0,
          startedAt: now,
          exchange: null,
        },
        eventType,
      })
      const uncreated = await cancelUncreated(transaction, appId, endpoint, createdBefore, record)
      // The index of what waits leaves suspects out, and theirs holds nothing else.
      const own = sql`select app_id, message_seq, endpoint_id, trigger from posthorn.delivery
        where app_id = ${appId} and endpoint_id = ${endpointId} and leased_by is null`
      const waiting = await transaction.rows(
        sql`with chosen as materialized (
            select d.*, m.event_type
            from (${own} and interruptions <= 2 union all ${own} and interruptions > 2) d
              cross join ${itsMessage('d', sql`m.event_type, m.created_at`)}
            where m.created_at < ${createdBefore}
            limit ${sliceSize})
          delete from posthorn.delivery d using chosen where ${sameDelivery('d', 'chosen')} and d.leased_by is null
          returning d.message_seq, d.trigger, chosen.event_type`,
      )
      const attempts = [
        ...uncreated.attempts,
        ...waiting.map((row) => record(row.message_seq as number, triggerOf(row), row.event_type as string)),
      ]
      if (attempts.length > 0) {
        await transaction.rows(
          sql`with given as materialized (select * from unnest(${givenArrays(attempts)}) as given (${givenColumns})),
            ${appending(sql`given`)} select 1`,
        )
      }
      const more = waiting.length === sliceSize || uncreated.more
      if (!more) {
        // For an owner that the notice does not reach.
        await transaction.change(
          sql`update posthorn.endpoint set canceled_before = greatest(canceled_before, ${createdBefore}),
              changed_at = clock_timestamp()
            where app_id = ${appId} and id = ${endpointId}`,
        )
        transaction.notice({ kind: 'deliveries-canceled', appId, endpointId, createdBefore })
      }
      return { canceled: attempts.length, more }
    })
}

/** Leaves the endpoint out of fan-outs under way. */
async function cancelUncreated(
  transaction: Transaction,
  appId: string,
  endpoint: Record<string, unknown>,
  createdBefore: number,
  record: (messageSeq: number, trigger: 'scheduled', eventType: string) => NewAttempt,
): Promise<{ readonly attempts: readonly NewAttempt[]; readonly more: boolean }> {
  const endpointSeq = endpoint.seq as number
  const target = targetOf(endpoint)
  const rows = await transaction.rows(
    sql`select f.seq, f.message_seq, f.last_endpoint_seq, m.event_type, m.channels
      from posthorn.fanout f cross join ${itsMessage('f', sql`m.event_type, m.channels, m.created_at`)}
      where f.app_id = ${appId} and f.after_endpoint_seq < ${endpointSeq} and f.last_endpoint_seq >= ${endpointSeq}
        and m.created_at < ${createdBefore}
      order by f.seq limit ${sliceSize} for update of f`,
  )
  const attempts: NewAttempt[] = []
  for (const row of rows) {
    const messageSeq = row.message_seq as number
    await transaction.change(
      sql`update posthorn.fanout set last_endpoint_seq = ${endpointSeq - 1} where seq = ${row.seq}`,
    )
    await transaction.change(
      sql`insert into posthorn.fanout (message_seq, app_id, after_endpoint_seq, last_endpoint_seq)
        values (${messageSeq}, ${appId}, ${endpointSeq}, ${row.last_endpoint_seq})`,
    )
    const eventType = row.event_type as string
    const channels = readStrings(row.channels as string | null)
    if (endpoint.disabled_reason === null && matches(target, { eventType, channels }))
      attempts.push(record(messageSeq, 'scheduled', eventType))
  }
  return { attempts, more: rows.length === sliceSize }
}
