import { setTimeout as wait } from 'node:timers/promises'
import type { BackgroundTask, ReplayFilter, TaskKind, TaskStatus } from '#core/background-task.ts'
import { matches } from '#core/filter.ts'
import { listed, startOf, walkOf } from '../paging.ts'
import { isReplayed } from '../replay-choice.ts'
import { readStrings, type Row, taskOf } from '../rows.ts'
import { type Target, targetOf } from '../routing.ts'
import type { Claimed, IdempotencyClaim, Listed, Page } from '../storage.ts'
import type { Database, Session } from './database.ts'
import { holdsStaying } from './history-periods.ts'
import { claimKey } from './idempotency-key.ts'
import { kindConditions } from './messages.ts'
import { all, numberArray, sql } from './sql.ts'
import { along, beyond } from './walk.ts'

/** A slice ends at this many deliveries made, or messages passed: either bounds what one transaction costs. */
const maxMade = 200
const maxPassed = 5_000
/** What one statement looks at: where messages went to many endpoints, each of them costs more than a few reads. */
const maxLookedAt = 500

const pollMs = 10
const maxPolls = 1_000

export function taskReads(db: Database) {
  return {
    async findTask(orgId: string, taskId: string): Promise<BackgroundTask | null> {
      const row = await db.row(
        sql`select * from posthorn.background_task where org_id = ${orgId} and id = ${taskId}`,
      )
      return row === undefined ? null : taskOf(row)
    },
    async listTasks(
      orgId: string,
      asked: Page,
      filter: { readonly status: TaskStatus | null; readonly kind: TaskKind | null },
    ): Promise<Listed<BackgroundTask>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              sql`select seq from posthorn.background_task where org_id = ${orgId} and id = ${asked.after}`,
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const conditions = [sql`org_id = ${orgId}`, beyond(walk, sql`seq`, after.seq as number)]
      if (filter.status !== null) conditions.push(sql`status = ${filter.status}`)
      if (filter.kind !== null) conditions.push(sql`kind = ${filter.kind}`)
      const rows = await db.rows(
        sql`select * from posthorn.background_task where ${all(conditions)} ${along(walk, sql`seq`)}`,
      )
      return listed(rows.map(taskOf), asked)
    },
    async runningTasks(): Promise<readonly BackgroundTask[]> {
      const rows = await db.rows(
        sql`select * from posthorn.background_task where status = 'running' order by seq limit 100`,
      )
      return rows.map(taskOf)
    },
  }
}

export function taskWrites(db: Database) {
  return {
    async insertTask(
      task: Omit<BackgroundTask, 'seq'>,
      claim: IdempotencyClaim | null,
    ): Promise<{ kind: 'stored' } | Claimed> {
      return await db.transact(async (transaction) => {
        const claimed = await claimKey(transaction, claim, task.createdAt)
        if (claimed !== null) return claimed
        await transaction.change(
          sql`insert into posthorn.background_task
              (org_id, app_id, id, kind, input, status, data, cursor, created_at, updated_at)
            values (${task.orgId}, ${task.appId}, ${task.id}, ${task.input.kind}, ${JSON.stringify(task.input)},
              ${task.status}, ${JSON.stringify(task.data)}, ${task.cursor}, ${task.createdAt}, ${task.updatedAt})`,
        )
        return { kind: 'stored' }
      })
    },
    async replaySlice(
      taskId: string,
      appId: string,
      endpointId: string,
      filter: ReplayFilter,
      mode: 'failed' | 'missing' | 'any',
      now: number,
    ): Promise<{ readonly replayed: number; readonly done: boolean }> {
      const begun = await db.row(
        sql`select 1 from posthorn.background_task where id = ${taskId} and status = 'running' and cursor = 0`,
      )
      // Messages published by then read the endpoints before the replay was asked for: the cursor must not pass them.
      if (begun !== undefined && !(await publishesUnderway(db))) return { replayed: 0, done: false }
      return await db.transact(async (transaction) => {
        const progress = await transaction.row(
          sql`select cursor, data from posthorn.background_task
            where id = ${taskId} and status = 'running' for update`,
        )
        // Nobody deletes it meanwhile: what is purged with it would not hold what is made here.
        const endpoint = await transaction.row(
          sql`select seq, id, event_types, channels from posthorn.endpoint
            where app_id = ${appId} and id = ${endpointId} and deleted_at is null for share`,
        )
        if (progress === undefined || endpoint === undefined) return { replayed: 0, done: true }
        // Messages of periods that leave get no delivery any more.
        const from = Math.max(progress.cursor as number, (await holdsStaying(transaction)) - 1)
        const { wanted, cursor, done } = await look(
          transaction,
          targetOf(endpoint),
          appId,
          filter,
          mode,
          from,
        )
        const deliveries = wanted.map(({ seq, deliverAt }) => ({ seq, dueAt: Math.max(now, deliverAt) }))
        const seqs = numberArray(deliveries.map(({ seq }) => seq))
        const dueAts = numberArray(deliveries.map(({ dueAt }) => dueAt + db.clockOffsetMs))
        const replayed = await transaction.change(
          sql`insert into posthorn.delivery
              (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions)
            select ${appId}::text, made.seq, ${endpointId}::text, 0, made.due_at, 0, 0
            from unnest(${seqs}::bigint[], ${dueAts}::bigint[]) as made (seq, due_at)
            on conflict do nothing`,
        )
        const data = JSON.parse(progress.data as string) as { replayed?: number }
        const total = (data.replayed ?? 0) + replayed
        await transaction.change(
          sql`update posthorn.background_task
            set cursor = ${cursor}, data = ${JSON.stringify({ ...data, replayed: total })}, updated_at = ${now}
            where id = ${taskId}`,
        )
        if (replayed > 0) {
          const dueAt = Math.min(...deliveries.map((delivery) => delivery.dueAt))
          transaction.notice({ kind: 'deliveries-due', appId, endpointId, dueAt })
        }
        return { replayed, done }
      })
    },
    async finishTask(
      taskId: string,
      status: TaskStatus,
      data: Readonly<Record<string, unknown>>,
      now: number,
    ): Promise<void> {
      await db.transact((transaction) =>
        transaction.change(
          sql`update posthorn.background_task
            set status = ${status}, data = ${JSON.stringify(data)}, updated_at = ${now} where id = ${taskId}`,
        ),
      )
    },
  }
}

/**
 * Waits for the publishing transactions that are under way, for ten seconds at most. Each of them holds its node's row,
 * and so a lock on the table; others that write do so too, and are waited for as well.
 *
 * @returns whether all of them have ended
 */
export async function publishesUnderway(session: Session): Promise<boolean> {
  let waitedFor = await writersUnderway(session)
  for (let polls = 0; waitedFor.size > 0; polls++) {
    if (polls === maxPolls) return false
    await wait(pollMs)
    waitedFor = waitedFor.intersection(await writersUnderway(session))
  }
  return true
}

/** The same table may have the same number in another database of the server. */
async function writersUnderway(session: Session): Promise<ReadonlySet<unknown>> {
  const rows = await session.rows(
    sql`select virtualtransaction from pg_locks
      where database = (select oid from pg_database where datname = current_database())
        and relation = 'posthorn.node'::regclass and mode = 'RowShareLock' and granted
        and pid <> pg_backend_pid()`,
  )
  return new Set(rows.map((row) => row.virtualtransaction))
}

interface Wanted {
  readonly seq: number
  readonly deliverAt: number
}

/** The next messages that the replay makes deliveries for, and how far it has come with them. */
async function look(
  session: Session,
  endpoint: Target,
  appId: string,
  filter: ReplayFilter,
  mode: 'failed' | 'missing' | 'any',
  from: number,
): Promise<{ readonly wanted: readonly Wanted[]; readonly cursor: number; readonly done: boolean }> {
  const passed = await session.row(
    sql`select count(*) as count, max(seq) as end from (
      select seq from posthorn.message where app_id = ${appId} and seq > ${from}
      order by seq limit ${maxPassed}) passing`,
  )
  const end = (passed?.end ?? from) as number
  const wanted: Wanted[] = []
  let after = from
  for (;;) {
    const rows = await candidates(session, endpoint, appId, filter, after, end)
    for (const row of rows) {
      const seq = row.seq as number
      if (row.waits === true || !isReplayed(mode, filter, lastOf(row), takes(endpoint, row))) continue
      wanted.push({ seq, deliverAt: (row.deliver_at ?? 0) as number })
      if (wanted.length === maxMade) return { wanted, cursor: seq, done: false }
    }
    if (rows.length < maxLookedAt) break
    after = rows.at(-1)?.seq as number
  }
  return { wanted, cursor: end, done: (passed?.count as number) < maxPassed }
}

/** With the status and answer of the last attempt at the endpoint, if there was one. */
async function candidates(
  session: Session,
  endpoint: Target,
  appId: string,
  filter: ReplayFilter,
  after: number,
  end: number,
): Promise<readonly Row[]> {
  const conditions = [
    sql`m.app_id = ${appId} and m.seq > ${after} and m.seq <= ${end} and m.payload is not null`,
    sql`(m.only_endpoint_id is null or m.only_endpoint_id = ${endpoint.id})`,
    sql`m.created_at >= ${filter.since} and m.created_at <= ${filter.until}`,
    ...kindConditions(filter),
  ]
  // By the message alone, one message at a time: neither the endpoint's whole history nor all that waits is read.
  return await session.rows(
    sql`select m.seq, m.event_type, m.channels, m.deliver_at, last.status, last.response_status,
        exists (select 1 from posthorn.delivery d
          where d.app_id = m.app_id and d.message_seq = m.seq and d.endpoint_id = ${endpoint.id} offset 0)
        or exists (select 1 from posthorn.fanout f
          where f.app_id = m.app_id and f.message_seq = m.seq
            and f.after_endpoint_seq < ${endpoint.seq} and f.last_endpoint_seq >= ${endpoint.seq} offset 0) as waits
      from posthorn.message m
        left join lateral (select t.status, t.response_status from posthorn.attempt t
          where t.app_id = m.app_id and t.message_seq = m.seq and t.endpoint_id || '' = ${endpoint.id}
          order by t.seq desc limit 1) last on true
      where ${all(conditions)} order by m.seq limit ${maxLookedAt}`,
  )
}

/** Status and answer of the last attempt at the endpoint, if there was one. */
function lastOf(row: Row): readonly [status: number, responseStatus: number] | null {
  return row.status === null ? null : [row.status as number, row.response_status as number]
}

function takes(endpoint: Target, row: Row): boolean {
  const channels = readStrings(row.channels as string | null)
  return matches(endpoint, { eventType: row.event_type as string, channels })
}
