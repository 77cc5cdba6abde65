import { maxInterruptions } from '#core/delivery.ts'
import { newId } from '#core/ids.ts'
import { reach } from '#lib/crash-point.ts'
import { appending, givenArrays, givenColumns, type NewAttempt } from './append-attempt.ts'
import type { Database, Row, Transaction } from './database.ts'
import { triggerOf } from '../rows.ts'
import { sameDelivery } from './deliveries.ts'
import { itsMessage } from './kept-messages.ts'
import { numberArray, sql, textArray } from './sql.ts'

/** Rows that one transaction looks at: few of them were in hand, and only those leave the database. */
const lookedAtTogether = 4_000

export interface Recovery {
  readonly recovered: number
  readonly heldBack: readonly { readonly messageId: string; readonly endpointId: string }[]
  readonly more: boolean
}

/** A walk along the pending set, for the nodes that were dead when it began. */
interface Walk {
  readonly dead: ReadonlySet<number>
  readonly after: readonly [appId: string, messageSeq: number, endpointId: string, trigger: number]
}

const start: Walk['after'] = ['', 0, '', 0]

/**
 * Takes over what dead nodes had in hand. One node at a time does it, walking the pending set in the order of its key,
 * since no index knows what is in hand.
 */
export function recoverInterrupted(db: Database): (now: number) => Promise<Recovery> {
  const nothing: Recovery = { recovered: 0, heldBack: [], more: false }
  let walk: Walk | null = null

  return async (now) => {
    if ((await db.row(sql`select 1 from posthorn.dead_node limit 1`)) === undefined) return nothing
    let next: Walk | null = null
    const recovery = await db.transact(async (transaction) => {
      next = null
      const rows = await transaction.rows(
        sql`select number from posthorn.dead_node order by number for update skip locked`,
      )
      const dead = rows.map((row) => row.number as number)
      if (dead.length === 0) return nothing
      // Another one that died meanwhile, or one that another node has taken over: the walk begins anew for it.
      const current = walk !== null && dead.some((each) => walk?.dead.has(each)) ? walk : beginning(dead)
      const chosen = dead.filter((each) => current.dead.has(each))
      const found = await look(transaction, current.after, chosen)
      const mine = found.filter((row) => chosen.includes(row.leased_by as number))
      if (mine.length > 0) await takeOver(transaction, await detailed(transaction, mine), now)
      const last = found.find((row) => row.place === lookedAtTogether)
      if (last !== undefined) next = { dead: current.dead, after: keyOf(last) }
      else {
        await transaction.change(
          sql`delete from posthorn.dead_node where number = any(${numberArray(chosen)}::int[])`,
        )
      }
      const heldBack = (await detailed(transaction, mine.filter(isHeldBack))).map((row) => ({
        messageId: row.id as string,
        endpointId: row.endpoint_id as string,
      }))
      return { recovered: mine.length, heldBack, more: last !== undefined || chosen.length < dead.length }
    })
    walk = next
    return recovery
  }
}

function beginning(dead: readonly number[]): Walk {
  return { dead: new Set(dead), after: start }
}

function keyOf(row: Row): Walk['after'] {
  return [row.app_id as string, row.message_seq as number, row.endpoint_id as string, row.trigger as number]
}

/** Those that were in hand, and the last that was looked at where more follow. */
async function look(
  transaction: Transaction,
  after: Walk['after'],
  dead: readonly number[],
): Promise<readonly Row[]> {
  return await transaction.rows(
    sql`with looked as (
        select app_id, message_seq, endpoint_id, trigger, leased_by, interruptions,
          row_number() over (order by app_id, message_seq, endpoint_id, trigger) as place
        from (
          select app_id, message_seq, endpoint_id, trigger, leased_by, interruptions from posthorn.delivery
          where (app_id, message_seq, endpoint_id, trigger)
            > (${after[0]}, ${after[1]}::bigint, ${after[2]}, ${after[3]}::smallint)
          order by app_id, message_seq, endpoint_id, trigger limit ${lookedAtTogether}) next)
      select * from looked where leased_by = any(${numberArray(dead)}::int[]) or place = ${lookedAtTogether}`,
  )
}

/** With what the record of each tells. */
async function detailed(transaction: Transaction, rows: readonly Row[]): Promise<readonly Row[]> {
  if (rows.length === 0) return []
  return await transaction.rows(
    sql`select d.app_id, d.message_seq, d.endpoint_id, d.trigger, d.interruptions, coalesce(m.id, '') as id,
        coalesce(m.event_type, '') as event_type, coalesce(e.url, '') as url
      from unnest(${textArray(rows.map((row) => row.app_id as string))}::text[],
          ${numberArray(rows.map((row) => row.message_seq as number))}::bigint[],
          ${textArray(rows.map((row) => row.endpoint_id as string))}::text[],
          ${numberArray(rows.map((row) => row.trigger as number))}::smallint[],
          ${numberArray(rows.map((row) => row.interruptions as number))}::int[])
          as d (app_id, message_seq, endpoint_id, trigger, interruptions)
        left join ${itsMessage('d', sql`m.id, m.event_type`)} on true
        left join posthorn.endpoint e on e.id = d.endpoint_id`,
  )
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
      exchange: null,
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
