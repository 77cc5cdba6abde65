import type { BackgroundTask, ReplayFilter, TaskKind, TaskStatus } from '#core/background-task.ts'
import { matches } from '#core/filter.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database } from './database.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { isReplayed } from '../replay-choice.ts'
import { readStrings, taskOf, writeStrings } from '../rows.ts'

/** A slice ends at this many deliveries made, or messages passed: either bounds what one transaction costs. */
const maxMade = 200
const maxPassed = 5_000

export function taskReads(db: Database) {
  const find = db.prepare('select * from background_task where org_id = ? and id = ?')
  const page = (direction: 'asc' | 'desc', comparison: '<' | '>') =>
    db.prepare(
      `select * from background_task where org_id = ?1 and seq ${comparison} ?2
         and (?3 is null or status = ?3) and (?4 is null or kind = ?4) order by seq ${direction} limit ?5`,
    )
  const pages = { asc: page('asc', '>'), desc: page('desc', '<') }
  const running = db.prepare(`select * from background_task where status = 'running' order by seq limit 100`)
  return {
    findTask(orgId: string, taskId: string): BackgroundTask | null {
      const row = find.get(orgId, taskId)
      return row === undefined ? null : taskOf(row)
    },
    listTasks(
      orgId: string,
      asked: Page,
      filter: { readonly status: TaskStatus | null; readonly kind: TaskKind | null },
    ): Listed<BackgroundTask> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : find.get(orgId, asked.after)
      if (after === undefined) return { kind: 'bad-iterator' }
      const rows = pages[walk.direction].all(
        orgId,
        after.seq as number,
        filter.status,
        filter.kind,
        walk.limit,
      )
      return listed(rows.map(taskOf), asked)
    },
    runningTasks(): readonly BackgroundTask[] {
      return running.all().map(taskOf)
    },
  }
}

export function taskWrites(db: Database) {
  const keys = idempotencyKeys(db)
  const insert = db.prepare(
    `insert into background_task (org_id, app_id, id, kind, input, status, data, cursor, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const finish = db.prepare('update background_task set status = ?, data = ?, updated_at = ? where id = ?')
  const progressOf = db.prepare(
    `select cursor, data from background_task where id = ? and status = 'running'`,
  )
  const advance = db.prepare('update background_task set cursor = ?, data = ?, updated_at = ? where id = ?')
  const subscription = db.prepare(
    'select seq, event_types, channels from endpoint where app_id = ? and id = ? and deleted_at is null',
  )
  const passing = db.prepare(
    `select count(*) as count, max(seq) as end from (
       select seq from message where app_id = ? and seq > ? order by seq limit ${maxPassed})`,
  )
  const candidates = db.prepare(
    `select m.seq, m.event_type, m.channels, m.deliver_at, m.payload is not null as held,
       (select json_array(t.status, t.response_status) from attempt t
         where t.app_id = m.app_id and t.message_seq = m.seq and t.endpoint_id = :endpointId
         order by t.seq desc limit 1) as last_attempt,
       exists (select 1 from delivery d where d.app_id = m.app_id and d.message_seq = m.seq
         and d.endpoint_id = :endpointId)
       or exists (select 1 from fanout f where f.app_id = m.app_id and f.message_seq = m.seq
         and f.after_endpoint_seq < :endpointSeq and f.last_endpoint_seq >= :endpointSeq) as waits
     from message m
     where m.app_id = :appId and m.seq > :cursor and m.seq <= :end
       and (m.only_endpoint_id is null or m.only_endpoint_id = :endpointId) and m.created_at >= :since and m.created_at <= :until
       and (:channel is null or exists (select 1 from json_each(m.channels) where value = :channel))
       and (:tag is null or exists (select 1 from json_each(m.tags) where value = :tag))
       and (:eventTypes is null or m.event_type in (select value from json_each(:eventTypes)))
     order by m.seq`,
  )
  const insertDelivery = db.prepare(
    `insert into delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased)
     values (?, ?, ?, 0, ?, 0, 0, 0)`,
  )

  return {
    insertTask(
      task: Omit<BackgroundTask, 'seq'>,
      claim: IdempotencyClaim | null,
    ): { kind: 'stored' } | Claimed {
      const claimed = keys.claim(claim, task.createdAt)
      if (claimed !== null) return claimed
      insert.run(
        task.orgId,
        task.appId,
        task.id,
        task.input.kind,
        JSON.stringify(task.input),
        task.status,
        JSON.stringify(task.data),
        task.cursor,
        task.createdAt,
        task.updatedAt,
      )
      return { kind: 'stored' }
    },
    replaySlice(
      taskId: string,
      appId: string,
      endpointId: string,
      filter: ReplayFilter,
      mode: 'failed' | 'missing' | 'any',
      now: number,
    ): { replayed: number; done: boolean } {
      const progress = progressOf.get(taskId)
      const endpoint = subscription.get(appId, endpointId)
      if (progress === undefined || endpoint === undefined) return { replayed: 0, done: true }
      const taken = {
        eventTypes: readStrings(endpoint.event_types as string | null),
        channels: readStrings(endpoint.channels as string | null),
      }
      const passed = passing.get(appId, progress.cursor as number)
      let cursor = (passed?.end ?? progress.cursor) as number
      let done = (passed?.count as number) < maxPassed
      const rows = candidates.iterate({
        appId,
        endpointId,
        endpointSeq: endpoint.seq as number,
        cursor: progress.cursor as number,
        end: cursor,
        since: filter.since,
        until: filter.until,
        channel: filter.channel,
        tag: filter.tag,
        eventTypes: writeStrings(filter.eventTypes),
      })
      const wanted: { readonly seq: number; readonly dueAt: number }[] = []
      for (const row of rows) {
        if (row.held !== 1 || row.waits === 1) continue
        const last =
          typeof row.last_attempt === 'string' ? (JSON.parse(row.last_attempt) as [number, number]) : null
        const isMatch = matches(taken, {
          eventType: row.event_type as string,
          channels: readStrings(row.channels as string | null),
        })
        if (!isReplayed(mode, filter, last, isMatch)) continue
        wanted.push({ seq: row.seq as number, dueAt: Math.max(now, (row.deliver_at ?? 0) as number) })
        if (wanted.length === maxMade) {
          cursor = row.seq as number
          done = false
          break
        }
      }
      for (const { seq, dueAt } of wanted) insertDelivery.run(appId, seq, endpointId, dueAt)
      const replayed = wanted.length
      const data = JSON.parse(progress.data as string) as { replayed?: number }
      const total = (data.replayed ?? 0) + replayed
      advance.run(cursor, JSON.stringify({ ...data, replayed: total }), now, taskId)
      if (replayed > 0) {
        const dueAt = Math.min(...wanted.map((delivery) => delivery.dueAt))
        db.notice({ kind: 'deliveries-due', appId, endpointId, dueAt })
      }
      return { replayed, done }
    },
    finishTask(
      taskId: string,
      status: TaskStatus,
      data: Readonly<Record<string, unknown>>,
      now: number,
    ): void {
      finish.run(status, JSON.stringify(data), now, taskId)
    },
  }
}
