import type { Attempt, RecordedAttempt } from '#core/attempt.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { Message } from '#core/message.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { attemptOf, endpointOf, messageOf, type Row } from '../rows.ts'
import type { AttemptFilter, Listed, Page, Standing } from '../storage.ts'
import { isLiving } from './applications.ts'
import type { Database } from './database.ts'
import { fromEither, itsMessage } from './kept-messages.ts'
import { boundConditions, kindConditions, messageColumns } from './messages.ts'
import { all, numberArray, raw, type Sql, sql } from './sql.ts'
import { along, beyond, taking } from './walk.ts'

const attemptColumns =
  raw(`t.seq as attempt_seq, t.app_id, t.message_seq, t.endpoint_id, t.id as attempt_id, t.url,
  t.trigger, t.status, t.response_status, t.response_body, t.duration_ms, t.started_at`)

const statusNumbers = {
  success: [0],
  fail: [2, 5],
  canceled: [4],
  interrupted: [5],
  pending: [],
  sending: [],
} as const

/** Conditions on an attempt `t` and its message `m`, apart from the attempt's status. */
function attemptConditions({ statusClass, ...filter }: AttemptFilter): readonly Sql[] {
  const conditions = [...kindConditions(filter), ...boundConditions(sql`t.started_at`, filter)]
  if (statusClass === null) return conditions
  return [...conditions, sql`t.response_status / 100 = ${statusClass}::integer / 100`]
}

/** What an index of its own knows: among a million that succeeded, the few that did not are found at once. */
function unsuccessfulOnly(status: AttemptFilter['status']): readonly Sql[] {
  return status === 'fail' || status === 'canceled' || status === 'interrupted' ? [sql`t.status <> 0`] : []
}

/** An interrupted record counts as a failure; what is pending or being sent has no attempt yet. */
function statusConditions(status: AttemptFilter['status']): readonly Sql[] {
  return status === null ? [] : [sql`t.status = any(${numberArray(statusNumbers[status])}::smallint[])`]
}

/** The attempts of a message are few next to those at an endpoint: the expression keeps the endpoint's index out. */
function atEndpoint(alias: Sql, endpointId: string): Sql {
  return sql`${alias}.endpoint_id || '' = ${endpointId}`
}

function joinedAttempt(row: Row): Attempt {
  return attemptOf({ ...row, seq: row.attempt_seq, id: row.attempt_id, message_id: row.message_id })
}

/** By deliveries if any is left, else by the last attempt. They are due by the database's clock. */
function standingOf(row: Row, clockOffsetMs: number): Standing {
  if (row.waiting_leased === true) return { state: 'sending', nextAttemptAt: null }
  if (row.waiting_leased === false) {
    return { state: 'pending', nextAttemptAt: (row.waiting_due_at as number) - clockOffsetMs }
  }
  const state = row.last_status === 0 ? 'success' : row.last_status === 4 ? 'canceled' : 'fail'
  return { state, nextAttemptAt: null }
}

const isLeased = sql`bool_or(d.leased_by is not null)`
const waitingColumns = sql`${isLeased} as waiting_leased, min(d.due_at) as waiting_due_at`

/** Of all deliveries that are left: none where the last attempt decides. */
function isStanding(status: NonNullable<AttemptFilter['status']>): Sql {
  if (status === 'sending') return isLeased
  return status === 'pending' ? sql`not ${isLeased}` : sql`${isLeased} is null`
}

function hourOf(instant: number): number {
  return instant - (instant % 3_600_000)
}

export function attemptReads(db: Database) {
  /** Pages are mostly turned near the newest, and no index knows an attempt by its id. */
  async function seqOf(
    appId: string,
    endpointId: string | null,
    messageSeq: number | null,
    attemptId: string,
  ): Promise<number | null> {
    const owner =
      messageSeq === null ? sql`t.endpoint_id = ${endpointId}` : sql`t.message_seq = ${messageSeq}`
    const row = await db.row(
      sql`select t.seq from posthorn.attempt t ${taking([sql`t.id = ${attemptId}`])}
        where t.app_id = ${appId} and ${owner} order by t.seq desc limit 1`,
    )
    return row === undefined ? null : (row.seq as number)
  }

  async function lastSeqOf(appId: string, endpointId: string, messageId: string): Promise<number | null> {
    const row = await db.row(
      sql`select max(t.seq) as seq
        from (${fromEither((table) => sql`select app_id, seq from ${table} where app_id = ${appId} and id = ${messageId}`)}) m
          join posthorn.attempt t on t.app_id = m.app_id and t.message_seq = m.seq
        where ${atEndpoint(sql`t`, endpointId)}`,
    )
    return (row?.seq ?? null) as number | null
  }

  return {
    async listAttempts(
      appId: string,
      { endpointId, messageSeq }: { readonly endpointId: string | null; readonly messageSeq: number | null },
      asked: Page,
      filter: AttemptFilter,
      withMessage: boolean,
    ): Promise<Listed<Attempt & { readonly message: Message | null }>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null ? startOf(walk) : await seqOf(appId, endpointId, messageSeq, asked.after)
      if (after === null) return { kind: 'bad-iterator' }
      const conditions = [sql`t.app_id = ${appId} and ${isLiving(appId)}`, beyond(walk, sql`t.seq`, after)]
      if (messageSeq !== null) conditions.push(sql`t.message_seq = ${messageSeq}`)
      if (endpointId !== null) {
        conditions.push(
          messageSeq === null ? sql`t.endpoint_id = ${endpointId}` : atEndpoint(sql`t`, endpointId),
        )
      }
      conditions.push(...unsuccessfulOnly(filter.status))
      const wanted = [...attemptConditions(filter), ...statusConditions(filter.status)]
      const columns = withMessage ? messageColumns(true) : sql`m.id`
      const rows = await db.rows(
        sql`select ${attemptColumns}, m.id as message_id, m.*
          from posthorn.attempt t cross join ${itsMessage('t', columns, wanted)}
          where ${all(conditions)} ${along(walk, sql`t.seq`)}`,
      )
      return listed(
        rows.map((row) => ({ ...joinedAttempt(row), message: withMessage ? messageOf(row) : null })),
        asked,
      )
    },
    async countAttempts(appId: string, endpointId: string, filter: AttemptFilter): Promise<number> {
      const conditions = [
        sql`t.app_id = ${appId} and t.endpoint_id = ${endpointId} and ${isLiving(appId)}`,
        ...attemptConditions(filter),
        ...statusConditions(filter.status),
        ...unsuccessfulOnly(filter.status),
      ]
      const counting = (table: Sql, more: readonly Sql[] = []): Sql =>
        sql`(select count(*) from posthorn.attempt t
            join ${table} m on m.app_id = t.app_id and m.seq = t.message_seq
          where ${all([...conditions, ...more])})`
      // All in one step, unlike a page: looked up one by one they would cost several times as much.
      const isAlone = sql`not exists (
        select from posthorn.message other where other.app_id = m.app_id and other.seq = m.seq)`
      const row = await db.row(
        sql`select ${counting(raw('posthorn.message'))} + ${counting(raw('posthorn.kept_message'), [isAlone])} as count`,
      )
      return row?.count as number
    },
    async findAttempt(appId: string, messageSeq: number, attemptId: string): Promise<RecordedAttempt | null> {
      const row = await db.row(
        sql`select ${attemptColumns}, t.exchange, m.id as message_id
          from posthorn.attempt t cross join ${itsMessage('t', sql`m.id`)}
          where t.app_id = ${appId} and t.message_seq = ${messageSeq} and t.id = ${attemptId}
            and ${isLiving(appId)}`,
      )
      return row === undefined ? null : { ...joinedAttempt(row), exchange: row.exchange as string | null }
    },
    async listEndpointMessages(
      appId: string,
      endpointId: string,
      asked: Page,
      filter: AttemptFilter,
      withPayload: boolean,
    ): Promise<Listed<Message & { readonly standing: Standing }>> {
      const walk = walkOf(asked)
      const after = asked.after === null ? startOf(walk) : await lastSeqOf(appId, endpointId, asked.after)
      if (after === null) return { kind: 'bad-iterator' }
      const status = filter.status === 'interrupted' ? 'fail' : filter.status
      const isUnfinished = status === 'pending' || status === 'sending'
      const wanted = [
        ...attemptConditions(filter),
        ...(isUnfinished ? [] : statusConditions(status)),
        // The last attempt of each message at the endpoint stands for it: walking those stops with the page.
        sql`not exists (select from posthorn.attempt later
          where later.app_id = t.app_id and later.message_seq = t.message_seq and later.seq > t.seq
            and ${atEndpoint(sql`later`, endpointId)} offset 0)`,
      ]
      const rows = await db.rows(
        sql`select m.*, t.status as last_status, w.waiting_leased, w.waiting_due_at
          from posthorn.attempt t cross join ${itsMessage('t', messageColumns(withPayload), wanted)}
            cross join lateral (
              select ${waitingColumns} from posthorn.delivery d
              where d.app_id = m.app_id and d.message_seq = m.seq and d.endpoint_id = t.endpoint_id
              ${status === null ? sql`` : sql`having ${isStanding(status)}`}) w
          where t.app_id = ${appId} and t.endpoint_id = ${endpointId} and ${isLiving(appId)}
            and ${all([beyond(walk, sql`t.seq`, after), ...(isUnfinished ? [] : unsuccessfulOnly(status))])}
          ${along(walk, sql`t.seq`)}`,
      )
      return listed(
        rows.map((row) => ({ ...messageOf(row), standing: standingOf(row, db.clockOffsetMs) })),
        asked,
      )
    },
    async listMessageEndpoints(
      appId: string,
      messageSeq: number,
      asked: Page,
    ): Promise<Listed<Endpoint & { readonly standing: Standing }>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              sql`select seq from posthorn.endpoint where app_id = ${appId} and id = ${asked.after}`,
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = await db.rows(
        sql`select e.*, l.last_status, w.waiting_leased, w.waiting_due_at
          from (
              select distinct on (t.endpoint_id) t.endpoint_id, t.status as last_status from posthorn.attempt t
              where t.app_id = ${appId} and t.message_seq = ${messageSeq} order by t.endpoint_id, t.seq desc) l
            full join (
              select d.endpoint_id, ${waitingColumns} from posthorn.delivery d
              where d.app_id = ${appId} and d.message_seq = ${messageSeq} group by d.endpoint_id) w
              on w.endpoint_id = l.endpoint_id
            join posthorn.endpoint e on e.id = coalesce(l.endpoint_id, w.endpoint_id)
          where e.app_id = ${appId} and e.deleted_at is null and ${isLiving(appId)}
            and exists (${fromEither((table) => sql`select from ${table} m where m.app_id = ${appId} and m.seq = ${messageSeq}`)})
            and ${beyond(walk, sql`e.seq`, after.seq as number)} ${along(walk, sql`e.seq`)}`,
      )
      return listed(
        rows.map((row) => ({ ...endpointOf(row), standing: standingOf(row, db.clockOffsetMs) })),
        asked,
      )
    },
    async endpointStats(appId: string, endpointId: string, since: number, until: number) {
      const lane = sql`app_id = ${appId} and endpoint_id = ${endpointId}`
      // The index of what waits leaves suspects out, and theirs holds nothing else: each is asked by itself.
      const row = await db.row(
        sql`select coalesce(sum(success), 0) as success, coalesce(sum(fail), 0) as fail,
            coalesce(sum(canceled), 0) as canceled,
            (select count(*) from posthorn.delivery where ${lane} and leased_by is null and interruptions <= 2)
              + (select count(*) from posthorn.delivery
                where ${lane} and leased_by is null and interruptions > 2) as pending,
            (select count(*) from posthorn.delivery where ${lane} and leased_by is not null) as sending
          from posthorn.attempt_count where ${lane} and hour_at >= ${hourOf(since)} and hour_at < ${until}`,
      )
      return {
        success: row?.success as number,
        fail: row?.fail as number,
        canceled: row?.canceled as number,
        pending: row?.pending as number,
        sending: row?.sending as number,
      }
    },
    async applicationStats(appId: string, since: number, until: number) {
      const rows = await db.rows(
        sql`select event_type, hour_at, sum(success) as success, sum(fail) as fail, sum(canceled) as canceled
          from posthorn.attempt_count
          where app_id = ${appId} and hour_at >= ${hourOf(since)} and hour_at < ${until}
          group by event_type, hour_at order by hour_at`,
      )
      return rows.map((row) => ({
        eventType: row.event_type as string,
        hourAt: row.hour_at as number,
        success: row.success as number,
        fail: row.fail as number,
        canceled: row.canceled as number,
      }))
    },
  }
}

export function attemptWrites(db: Database) {
  return {
    async expungeAttempt(appId: string, messageSeq: number, attemptId: string): Promise<boolean> {
      const expunged = await db.transact((transaction) =>
        transaction.change(
          sql`update posthorn.attempt set response_body = 'EXPUNGED', exchange = null
            where app_id = ${appId} and message_seq = ${messageSeq} and id = ${attemptId}`,
        ),
      )
      return expunged === 1
    },
  }
}
