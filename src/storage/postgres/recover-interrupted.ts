import { maxInterruptions } from '#core/delivery.ts'
import { newId } from '#core/ids.ts'
import { reach } from '#lib/crash-point.ts'
import { appending, givenArrays, givenColumns, type NewAttempt } from './append-attempt.ts'
import type { Database, Row, Transaction } from './database.ts'
import { sameDelivery, triggerOf } from './deliveries.ts'
import { itsMessage } from './kept-messages.ts'
import { numberArray, sql, textArray } from './sql.ts'

const sliceSize = 500

export interface Recovery {
  readonly recovered: number
  readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
  readonly more: boolean
}

/**
 * Takes over what dead nodes had in hand. One node at a time does it, walking the pending set in the order of its key,
 * since no index knows what is in hand.
 */
export function recoverInterrupted(db: Database): (now: number) => Promise<Recovery> {
  const start: readonly unknown[] = ['', 0, '', 0]
  let cursor = start
  return async (now) => {
    const nothing = { recovered: 0, heldBack: [], more: false }
    if ((await db.row(sql`select 1 from posthorn.dead_node limit 1`)) === undefined) return nothing
    let next = cursor
    const recovery = await db.transact(async (transaction) => {
      const dead = (
        await transaction.rows(
          sql`select number from posthorn.dead_node order by number for update skip locked`,
        )
      ).map((row) => row.number as number)
      if (dead.length === 0) return nothing
      const rows = await transaction.rows(
        sql`select d.app_id, d.message_seq, d.endpoint_id, d.trigger, d.interruptions, coalesce(m.id, '') as id,
            coalesce(m.event_type, '') as event_type, coalesce(e.url, '') as url
          from posthorn.delivery d
            left join ${itsMessage('d', sql`m.id, m.event_type`)} on true
            left join posthorn.endpoint e on e.id = d.endpoint_id
          where d.leased_by = any(${numberArray(dead)}::int[])
            and (d.app_id, d.message_seq, d.endpoint_id, d.trigger)
              > (${cursor[0]}, ${cursor[1]}::bigint, ${cursor[2]}, ${cursor[3]}::smallint)
          order by d.app_id, d.message_seq, d.endpoint_id, d.trigger limit ${sliceSize}`,
      )
      const last = rows.length === sliceSize ? rows.at(-1) : undefined
      const more = last !== undefined
      next = more ? [last.app_id, last.message_seq, last.endpoint_id, last.trigger] : start
      if (rows.length > 0) await takeOver(transaction, rows, now)
      if (!more) {
        await transaction.change(
          sql`delete from posthorn.dead_node where number = any(${numberArray(dead)}::int[])`,
        )
      }
      const held = rows.filter(isHeldBack)
      const heldBack = held.map((row) => ({
        messageId: row.id as string,
        endpointId: row.endpoint_id as string,
      }))
      return { recovered: rows.length, heldBack, more }
    })
    cursor = next
    return recovery
  }
}

function isHeldBack(row: Row): boolean {
  return (row.interruptions as number) + 1 >= maxInterruptions
}

async function takeOver(transaction: Transaction, rows: readonly Row[], now: number): Promise<void> {
  const attempts = rows.map((row): NewAttempt => ({
    attempt: {
      appId: row.app_id as string,
      id: newId('atmpt_', now),
      messageSeq: row.message_seq as number,
      endpointId: row.endpoint_id as string,
      url: row.url as string,
      trigger: triggerOf(row),
      status: 'interrupted',
      responseStatus: 0,
      responseBody: isHeldBack(row)
        ? `held back: the server died ${(row.interruptions as number) + 1} times in a row with this delivery in hand; resend it by hand`
        : 'the server died with this delivery in hand and may have sent it; it is sent again',
      durationMs: 0,
      startedAt: now,
    },
    eventType: row.event_type as string,
  }))
  await transaction.rows(
    sql`with given as materialized (
        select * from unnest(${givenArrays(attempts)},
          ${textArray(rows.map((row) => (isHeldBack(row) ? 'held' : null)))}::text[]) as given (${givenColumns}, held)),
      released as (
        update posthorn.delivery d set leased_by = null, interruptions = d.interruptions + 1 from given
        where ${sameDelivery('d', 'given')} and given.held is null),
      removed as (
        delete from posthorn.delivery d using given where ${sameDelivery('d', 'given')} and given.held is not null),
      ${appending(sql`given`)}
      select 1`,
  )
  const lanes = new Map(rows.map((row) => [row.endpoint_id as string, row.app_id as string]))
  for (const [endpointId, appId] of lanes) {
    transaction.notice({ kind: 'deliveries-due', appId, endpointId, dueAt: now })
  }
  reach('in-recovery')
}
