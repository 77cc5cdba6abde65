import type { Delivery, DeliveryKey } from '#core/delivery.ts'
import type { Sendable } from '#core/message.ts'
import { triggerNumber } from '../row-numbers.ts'
import { deliveryOf, triggerOf } from '../rows.ts'
import type { Claimed, IdempotencyClaim, LaneKey, LaneRequest } from '../storage.ts'
import { type Database, fence } from './database.ts'
import { claimKey } from './idempotency-key.ts'
import { holdsPeriod } from './history-periods.ts'
import { itsMessage } from './kept-messages.ts'
import { ensureOwners, type Lanes } from './lanes.ts'
import { numberArray, raw, type Sql, sql, textArray } from './sql.ts'

const claimedColumns = sql`leased.message_seq, leased.trigger, leased.due_at, leased.attempt_count,
  leased.interruptions, m.id, m.event_type, m.content_type, m.payload, m.received, m.created_at`
const sentColumns = sql`m.id, m.event_type, m.content_type, convert_from(m.payload, 'UTF8') as payload, m.received,
  m.created_at`

/** That two relations have the same delivery, by their names in the statement. */
export function sameDelivery(a: string, b: string): Sql {
  return raw(`${a}.app_id = ${b}.app_id and ${a}.message_seq = ${b}.message_seq
    and ${a}.endpoint_id = ${b}.endpoint_id and ${a}.trigger = ${b}.trigger`)
}

export function claimDeliveries(db: Database, lanes: Lanes) {
  return async (
    asked: readonly LaneRequest[],
    now: number,
  ): Promise<{
    readonly deliveries: readonly Delivery[]
    readonly nextDueAts: readonly (number | null)[]
  }> => {
    await ensureOwners(db, lanes, asked)
    const rows = await db.write(claiming(db, asked, now + db.clockOffsetMs))
    const deliveries: Delivery[] = []
    const nextDueAts = new Array<number | null>(asked.length).fill(null)
    // One object per message, however many of its deliveries are claimed.
    const messages = new Map<number, Sendable>()
    for (const row of rows) {
      if (row.place === null) continue
      // The lane is known: what every row would repeat is not sent.
      const lane = asked[(row.place as number) - 1] as LaneRequest
      if (row.message_seq !== null) deliveries.push(deliveryOf(row, lane, messages, db.clockOffsetMs))
      nextDueAts[(row.place as number) - 1] =
        row.next_due_at === null ? null : (row.next_due_at as number) - db.clockOffsetMs
    }
    return { deliveries, nextDueAts }
  }
}

/**
 * Looks one beyond what each lane asks for: that one tells when the lane is due next. Only the owner of a lane claims on
 * it, so that nothing needs to be locked in passing. The rows that were seen are updated by their places in the table:
 * joined by key, the planner would take a limit that it cannot know for a tenth of the lane, and read the whole table.
 */
function claiming({ node }: Database, asked: readonly LaneRequest[], now: number): Sql {
  return sql`with fence as materialized (${fence(node)}),
    lane as materialized (
      select asked.* from unnest(${textArray(asked.map(({ appId }) => appId))}::text[],
          ${textArray(asked.map(({ endpointId }) => endpointId))}::text[],
          ${numberArray(asked.map(({ max }) => max))}::int[])
        with ordinality as asked (app_id, endpoint_id, max, place)
        join posthorn.lane own on own.app_id = asked.app_id and own.endpoint_id = asked.endpoint_id
          and own.owner = ${node}::int
        join posthorn.endpoint e on e.id = asked.endpoint_id and e.deleted_at is null
        cross join fence),
    seen as materialized (
      select lane.place, lane.max, next.*, row_number() over (partition by lane.place order by next.due_at, next.message_seq) as rank
      from lane cross join lateral (
        select d.ctid, d.due_at, d.message_seq from posthorn.delivery d
        where d.app_id = lane.app_id and d.endpoint_id = lane.endpoint_id and d.leased_by is null
          and d.interruptions <= 2
        order by d.due_at, d.message_seq limit lane.max + 1) next),
    leased as (
      update posthorn.delivery d set leased_by = ${node}::int
      where d.ctid = any(array(select ctid from seen where rank <= max and due_at <= ${now})) and d.leased_by is null
      returning d.*),
    rest as (
      select place, min(due_at) as next_due_at from seen where not (rank <= max and due_at <= ${now}) group by place)
    select lane.place, rest.next_due_at, ${claimedColumns}
    from fence left join lane on true left join rest on rest.place = lane.place
      left join leased on leased.app_id = lane.app_id and leased.endpoint_id = lane.endpoint_id
      left join ${itsMessage('leased', sentColumns)} on true
    order by lane.place, leased.due_at, leased.message_seq`
}

export function claimSuspect(db: Database, lanes: Lanes): (now: number) => Promise<Delivery | null> {
  return async (now) => {
    await ensureOwners(db, lanes, await straySuspects(db))
    const [row] = await db.write(
      sql`with fence as materialized (${fence(db.node)}),
        suspect as materialized (
          select d.app_id, d.message_seq, d.endpoint_id, d.trigger from posthorn.delivery d
            join posthorn.lane own on own.app_id = d.app_id and own.endpoint_id = d.endpoint_id
              and own.owner = ${db.node}::int
            join posthorn.endpoint e on e.id = d.endpoint_id join posthorn.application a on a.id = d.app_id
            cross join fence
          where d.leased_by is null and d.interruptions > 2 and d.due_at <= ${now + db.clockOffsetMs}
            and e.disabled_reason is null and e.deleted_at is null and a.deleted_at is null
          order by d.due_at limit 1),
        leased as (
          update posthorn.delivery d set leased_by = ${db.node}::int from suspect
          where ${sameDelivery('d', 'suspect')} and d.leased_by is null returning d.*)
        select leased.app_id, leased.endpoint_id, ${claimedColumns} from fence left join leased on true
          left join ${itsMessage('leased', sentColumns)} on true`,
    )
    if (row === undefined || row.message_seq === null) return null
    const lane = { appId: row.app_id as string, endpointId: row.endpoint_id as string }
    return deliveryOf(row, lane, new Map(), db.clockOffsetMs)
  }
}

/** Lanes with a suspect that nobody owns: nothing else need be due on them. */
async function straySuspects(db: Database): Promise<readonly LaneKey[]> {
  const rows = await db.rows(
    sql`select distinct d.app_id, d.endpoint_id from posthorn.delivery d
        left join posthorn.lane lane on lane.app_id = d.app_id and lane.endpoint_id = d.endpoint_id
      where d.leased_by is null and d.interruptions > 2 and lane.owner is null limit 100`,
  )
  return rows.map((row) => ({ appId: row.app_id as string, endpointId: row.endpoint_id as string }))
}

export function giveBack(db: Database, lanes: Lanes): (keys: readonly DeliveryKey[]) => Promise<void> {
  return async (keys) => {
    await db.write(
      sql`with fence as materialized (${fence(db.node)}),
        released as (
          update posthorn.delivery d set leased_by = null
          from unnest(${textArray(keys.map(({ appId }) => appId))}::text[],
            ${numberArray(keys.map(({ messageSeq }) => messageSeq))}::bigint[],
            ${textArray(keys.map(({ endpointId }) => endpointId))}::text[],
            ${numberArray(keys.map(({ trigger }) => triggerNumber[trigger]))}::int[])
            as given (app_id, message_seq, endpoint_id, trigger) cross join fence
          where ${sameDelivery('d', 'given')} and d.leased_by = ${db.node}::int)
        select number from fence`,
    )
    const elsewhere = keys.filter(({ endpointId }) => !lanes.owns(endpointId))
    db.tell(
      elsewhere.map(({ appId, endpointId }) => ({ kind: 'deliveries-due', appId, endpointId, dueAt: 0 })),
    )
  }
}

export function findRetrySchedule(
  db: Database,
): (appId: string, eventType: string) => Promise<readonly number[] | null> {
  return async (appId, eventType) => {
    const row = await db.row(
      sql`select t.retry_schedule_ms from posthorn.application a
          join posthorn.event_type t on t.org_id = a.org_id and t.name = ${eventType}
        where a.id = ${appId}`,
    )
    const text = row?.retry_schedule_ms
    return typeof text === 'string' ? (JSON.parse(text) as number[]) : null
  }
}

export function leasedKeys(db: Database): () => Promise<readonly DeliveryKey[]> {
  return async () => {
    const rows = await db.rows(
      sql`select app_id, message_seq, endpoint_id, trigger from posthorn.delivery where leased_by = ${db.node}::int`,
    )
    return rows.map((row) => ({
      appId: row.app_id as string,
      messageSeq: row.message_seq as number,
      endpointId: row.endpoint_id as string,
      trigger: triggerOf(row),
    }))
  }
}

export function insertManualDelivery(db: Database, lanes: Lanes) {
  return async (
    { appId, messageSeq, endpointId, trigger }: DeliveryKey,
    now: number,
    claim: IdempotencyClaim | null,
  ): Promise<{ kind: 'stored' } | { kind: 'no-content' } | Claimed> => {
    await ensureOwners(db, lanes, [{ appId, endpointId }])
    return await db.transact(async (transaction) => {
      const message = await transaction.row(
        sql`select payload is not null as held from posthorn.message where app_id = ${appId} and seq = ${messageSeq}`,
      )
      if (message?.held !== true || !(await holdsPeriod(transaction, messageSeq)))
        return { kind: 'no-content' }
      const claimed = await claimKey(transaction, claim, now)
      if (claimed !== null) return claimed
      await transaction.change(
        sql`insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count,
            interruptions, leased_by)
          values (${appId}, ${messageSeq}, ${endpointId}, ${triggerNumber[trigger]}, ${now + db.clockOffsetMs}, 0, 0, null)
          on conflict do nothing`,
      )
      transaction.notice({ kind: 'deliveries-due', appId, endpointId, dueAt: now })
      return { kind: 'stored' }
    })
  }
}
