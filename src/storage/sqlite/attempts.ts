import type { Attempt, RecordedAttempt } from '#core/attempt.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { Message } from '#core/message.ts'
import type { AttemptFilter, Listed, Page, Standing } from '../storage.ts'
import type { Database } from './database.ts'
import { attemptedFilter, messageColumns, messageFilterArgs } from './messages.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { attemptOf, endpointOf, messageOf, type Row } from '../rows.ts'

const attemptColumns = `t.seq as attempt_seq, t.app_id, t.message_seq, t.endpoint_id, t.id as attempt_id, t.url,
  t.trigger, t.status, t.response_status, t.response_body, t.duration_ms, t.started_at`

/** An interrupted record counts as a failure; what is pending or being sent has no attempt yet. */
const attemptFilter = `(:status is null or t.status in (select value from json_each(:status)))
  and (:statusClass is null or t.response_status / 100 = :statusClass / 100) and ${attemptedFilter}`

const statusNumbers = {
  success: [0],
  fail: [2, 5],
  canceled: [4],
  interrupted: [5],
  pending: [],
  sending: [],
} as const

function attemptFilterArgs(filter: AttemptFilter) {
  return {
    status: filter.status === null ? null : JSON.stringify(statusNumbers[filter.status]),
    statusClass: filter.statusClass,
    ...messageFilterArgs(filter),
  }
}

function joinedAttempt(row: Row): Attempt {
  return attemptOf({ ...row, seq: row.attempt_seq, id: row.attempt_id, message_id: row.message_id })
}

/** How a message stands at an endpoint, by its deliveries if any is left, else by its last attempt. */
const waiting = `(select json_array(max(d.leased), min(d.due_at)) from delivery d where d.app_id = :appId
    and d.message_seq = m.seq and d.endpoint_id = :endpointId having count(*) > 0) as waiting`
const standing = `${waiting.replace(':endpointId', 'e.id')},
  (select t.status from attempt t where t.app_id = :appId and t.message_seq = m.seq and t.endpoint_id = e.id
    order by t.seq desc limit 1) as last_status`

function standingOf(row: Row): Standing {
  if (typeof row.waiting === 'string') {
    const [leased, dueAt] = JSON.parse(row.waiting) as [number, number]
    return leased === 1
      ? { state: 'sending', nextAttemptAt: null }
      : { state: 'pending', nextAttemptAt: dueAt }
  }
  const state = row.last_status === 0 ? 'success' : row.last_status === 4 ? 'canceled' : 'fail'
  return { state, nextAttemptAt: null }
}

export function attemptReads(db: Database) {
  const seqOf = db.prepare('select seq from attempt t where t.app_id = ? and t.id = ? and t.message_seq = ?')
  // Pages are mostly turned near the newest, and no index knows an attempt by its id.
  const seqAtEndpoint = db.prepare(
    'select seq from attempt where app_id = ? and endpoint_id = ? and id = ? order by seq desc limit 1',
  )
  const page = (
    direction: 'asc' | 'desc',
    comparison: '<' | '>',
    of: 'endpoint' | 'message' | 'both',
    whole: boolean,
  ) =>
    db.prepare(
      `select ${attemptColumns}, m.id as message_id${whole ? `, ${messageColumns(true)}` : ''}
       from attempt t cross join message m on m.seq = t.message_seq
       where t.app_id = :appId
         ${of === 'message' ? '' : 'and t.endpoint_id = :endpointId'}
         ${of === 'endpoint' ? '' : 'and t.message_seq = :messageSeq'}
         and t.seq ${comparison} :seq and ${attemptFilter}
       order by t.seq ${direction} limit :limit`,
    )
  const pages = new Map(
    (['endpoint', 'message', 'both'] as const).flatMap((of) =>
      [true, false].flatMap((whole) => [
        [`${of} asc ${whole}`, page('asc', '>', of, whole)] as const,
        [`${of} desc ${whole}`, page('desc', '<', of, whole)] as const,
      ]),
    ),
  )
  const count = db.prepare(
    `select count(*) as count from attempt t cross join message m on m.seq = t.message_seq
     where t.app_id = :appId and t.endpoint_id = :endpointId and ${attemptFilter}`,
  )
  const find = db.prepare(
    `select ${attemptColumns}, t.exchange, m.id as message_id from attempt t join message m on m.seq = t.message_seq
     where t.app_id = ?1 and t.message_seq = ?2 and t.id = ?3
       and exists (select 1 from application where id = ?1 and deleted_at is null)`,
  )
  // The last attempt of each message at the endpoint stands for it: walking those stops with the page.
  const endpointMessages = (direction: 'asc' | 'desc', comparison: '<' | '>', whole: boolean) =>
    db.prepare(
      `select * from (
         select t.seq as attempt_seq, ${messageColumns(whole)}, t.status as last_status, ${waiting}
         from attempt t cross join message m on m.seq = t.message_seq
         where t.app_id = :appId and t.endpoint_id = :endpointId and t.seq ${comparison} :seq
           and not exists (select 1 from attempt later where later.app_id = :appId
             and later.message_seq = t.message_seq and later.endpoint_id = :endpointId and later.seq > t.seq)
           and (:statusClass is null or t.response_status / 100 = :statusClass / 100) and ${attemptedFilter}
         order by t.seq ${direction})
       where :states is null or (case when waiting is not null then iif(waiting ->> 0 = 1, 'sending', 'pending')
         when last_status = 0 then 'success' when last_status = 4 then 'canceled' else 'fail' end)
         in (select value from json_each(:states))
       limit :limit`,
    )
  const endpointMessagePages = {
    asc: { whole: endpointMessages('asc', '>', true), head: endpointMessages('asc', '>', false) },
    desc: { whole: endpointMessages('desc', '<', true), head: endpointMessages('desc', '<', false) },
  }
  const lastAttemptOf = db.prepare(
    `select max(t.seq) as seq from message m join attempt t on t.app_id = m.app_id and t.message_seq = m.seq
     where m.app_id = ? and m.id = ? and t.endpoint_id = ?`,
  )
  const messageEndpoints = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select e.*, ${standing} from endpoint e join message m on m.seq = :messageSeq and m.app_id = :appId
       where e.id in (
           select t.endpoint_id from attempt t indexed by attempt_by_message
             where t.app_id = :appId and t.message_seq = :messageSeq
           union select d.endpoint_id from delivery d where d.app_id = :appId and d.message_seq = :messageSeq)
         and e.deleted_at is null and e.seq ${comparison} :seq
         and exists (select 1 from application where id = :appId and deleted_at is null)
       order by e.seq ${direction} limit :limit`,
    )
  const messageEndpointPages = { asc: messageEndpoints('asc', '>'), desc: messageEndpoints('desc', '<') }
  const endpointSeqOf = db.prepare('select seq from endpoint where app_id = ? and id = ?')
  const counts = db.prepare(
    `select coalesce(sum(success), 0) as success, coalesce(sum(fail), 0) as fail, coalesce(sum(canceled), 0) as canceled
     from attempt_count where app_id = ? and endpoint_id = ? and hour_at >= ? and hour_at < ?`,
  )
  const waitingCount = db.prepare(
    `select (select count(*) from delivery indexed by delivery_due
       where app_id = ?1 and endpoint_id = ?2 and leased = 0 and interruptions <= 2)
       + (select count(*) from delivery indexed by delivery_suspect
       where app_id = ?1 and endpoint_id = ?2 and leased = 0 and interruptions > 2) as pending`,
  )
  const beingSent = db.prepare(
    'select count(*) as sending from delivery where app_id = ? and endpoint_id = ? and leased = 1',
  )
  const applicationCounts = db.prepare(
    `select event_type, hour_at, sum(success) as success, sum(fail) as fail, sum(canceled) as canceled
     from attempt_count where app_id = ? and hour_at >= ? and hour_at < ? group by event_type, hour_at order by hour_at`,
  )
  const hourOf = (instant: number): number => instant - (instant % 3_600_000)

  return {
    listAttempts(
      appId: string,
      { endpointId, messageSeq }: { readonly endpointId: string | null; readonly messageSeq: number | null },
      asked: Page,
      filter: AttemptFilter,
      withMessage: boolean,
    ): Listed<Attempt & { readonly message: Message | null }> {
      const of = endpointId === null ? 'message' : messageSeq === null ? 'endpoint' : 'both'
      const walk = walkOf(asked)
      let seq = startOf(walk)
      if (asked.after !== null) {
        const row =
          messageSeq === null
            ? seqAtEndpoint.get(appId, endpointId, asked.after)
            : seqOf.get(appId, asked.after, messageSeq)
        if (row === undefined) return { kind: 'bad-iterator' }
        seq = row.seq as number
      }
      const args = { appId, seq, limit: walk.limit, ...attemptFilterArgs(filter) }
      const rows = pages.get(`${of} ${walk.direction} ${withMessage}`)?.all({
        ...args,
        ...(of === 'message' ? {} : { endpointId }),
        ...(of === 'endpoint' ? {} : { messageSeq }),
      })
      return listed(
        (rows ?? []).map((row) => ({ ...joinedAttempt(row), message: withMessage ? messageOf(row) : null })),
        asked,
      )
    },
    countAttempts(appId: string, endpointId: string, filter: AttemptFilter): number {
      return count.get({ appId, endpointId, ...attemptFilterArgs(filter) })?.count as number
    },
    findAttempt(appId: string, messageSeq: number, attemptId: string): RecordedAttempt | null {
      const row = find.get(appId, messageSeq, attemptId)
      return row === undefined ? null : { ...joinedAttempt(row), exchange: row.exchange as string | null }
    },
    listEndpointMessages(
      appId: string,
      endpointId: string,
      asked: Page,
      filter: AttemptFilter,
      withPayload: boolean,
    ): Listed<Message & { readonly standing: Standing }> {
      const walk = walkOf(asked)
      const after =
        asked.after === null ? { seq: startOf(walk) } : lastAttemptOf.get(appId, asked.after, endpointId)
      if (after === undefined || after.seq === null) return { kind: 'bad-iterator' }
      const states =
        filter.status === null
          ? null
          : JSON.stringify([filter.status === 'interrupted' ? 'fail' : filter.status])
      const rows = endpointMessagePages[walk.direction][withPayload ? 'whole' : 'head'].all({
        appId,
        endpointId,
        seq: after.seq as number,
        limit: walk.limit,
        states,
        statusClass: filter.statusClass,
        ...messageFilterArgs(filter),
      })
      return listed(
        rows.map((row) => ({ ...messageOf(row), standing: standingOf(row) })),
        asked,
      )
    },
    listMessageEndpoints(
      appId: string,
      messageSeq: number,
      asked: Page,
    ): Listed<Endpoint & { readonly standing: Standing }> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : endpointSeqOf.get(appId, asked.after)
      if (after === undefined) return { kind: 'bad-iterator' }
      const args = { appId, messageSeq, seq: after.seq as number, limit: walk.limit }
      const rows = messageEndpointPages[walk.direction].all(args)
      return listed(
        rows.map((row) => ({ ...endpointOf(row), standing: standingOf(row) })),
        asked,
      )
    },
    endpointStats(appId: string, endpointId: string, since: number, until: number) {
      const row = counts.get(appId, endpointId, hourOf(since), until) as {
        success: number
        fail: number
        canceled: number
      }
      return {
        success: row.success,
        fail: row.fail,
        canceled: row.canceled,
        pending: waitingCount.get(appId, endpointId)?.pending as number,
        sending: beingSent.get(appId, endpointId)?.sending as number,
      }
    },
    applicationStats(appId: string, since: number, until: number) {
      return applicationCounts.all(appId, hourOf(since), until).map((row) => ({
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
  const expunge = db.prepare(
    `update attempt set response_body = 'EXPUNGED', exchange = null where app_id = ? and message_seq = ? and id = ?`,
  )
  return {
    expungeAttempt(appId: string, messageSeq: number, attemptId: string): boolean {
      return expunge.run(appId, messageSeq, attemptId).changes === 1
    },
  }
}
