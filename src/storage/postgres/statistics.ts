import { addWritten, writeHistogram } from '#core/histogram.ts'
import { addTraffic, noTraffic, type Traffic } from '#core/traffic.ts'
import { stepsOf } from '../minutes.ts'
import { applicationOf, endpointOf } from '../rows.ts'
import type { Minute, TrafficStep, Waiting, WorstEndpoint } from '../storage.ts'
import type { Database, Session } from './database.ts'
import { numberArray, type Sql, sql, textArray } from './sql.ts'

const hourMs = 3_600_000
const hourOf = (instant: number): number => Math.floor(instant / hourMs) * hourMs

export function statisticReads(db: Database) {
  return {
    async organisationsOf(
      appIds: readonly string[],
    ): Promise<readonly { readonly appId: string; readonly orgId: string }[]> {
      const rows = await db.rows(
        sql`select id, org_id from posthorn.application where id = any(${textArray(appIds)}::text[])`,
      )
      return rows.map((row) => ({ appId: row.id as string, orgId: row.org_id as string }))
    },
    async trafficSeries(
      orgId: string,
      since: number,
      until: number,
      stepMs: number,
    ): Promise<readonly TrafficStep[]> {
      const stepAt = sql`${since}::bigint + (at - ${since}::bigint) / ${stepMs}::bigint * ${stepMs}::bigint`
      const passed = await db.rows(
        sql`select ${stepAt} as step_at, sum(messages)::bigint as messages, sum(deliveries)::bigint as deliveries,
            sum(delivered)::bigint as delivered, sum(exhausted)::bigint as exhausted, sum(retried)::bigint as retried,
            string_agg(latency, ',') as latency, string_agg(duration, ',') as duration
          from posthorn.minute where org_id = ${orgId} and at >= ${since} and at < ${until} group by 1`,
      )
      const counted = await db.rows(
        sql`select c.step_at, coalesce(own.pending, 0) as pending
          from (select ${stepAt} as step_at, max(at) as at from posthorn.minute
              where org_id = '' and pending is not null and at >= ${since} and at < ${until} group by 1) c
            left join posthorn.minute own on own.org_id = ${orgId} and own.at = c.at and own.node = 0`,
      )
      return stepsOf(passed, counted)
    },
    async attemptSeries(appId: string, endpointId: string | null, since: number, until: number) {
      const rows = await db.rows(
        sql`select hour_at, sum(success) as success, sum(fail) as fail, sum(canceled) as canceled
          from posthorn.attempt_count
          where app_id = ${appId} ${endpointId === null ? sql`` : sql`and endpoint_id = ${endpointId}`}
            and hour_at >= ${hourOf(since)} and hour_at < ${until}
          group by hour_at order by hour_at`,
      )
      return rows.map((row) => ({
        hourAt: row.hour_at as number,
        success: row.success as number,
        fail: row.fail as number,
        canceled: row.canceled as number,
      }))
    },
    async worstEndpoints(orgId: string, since: number, limit: number): Promise<readonly WorstEndpoint[]> {
      const rows = await db.rows(
        sql`select w.success, w.fail, e.*, to_json(a) as application from (
              select app_id, endpoint_id, sum(success) as success, sum(fail) as fail from posthorn.attempt_count
              where hour_at >= ${hourOf(since)}
              group by app_id, endpoint_id having sum(fail) > 0) w
            join posthorn.application a on a.id = w.app_id and a.org_id = ${orgId} and a.deleted_at is null
            join posthorn.endpoint e on e.app_id = w.app_id and e.id = w.endpoint_id and e.deleted_at is null
          order by w.fail desc, e.seq limit ${limit}`,
      )
      return rows.map((row) => ({
        application: applicationOf(row.application as Record<string, unknown>),
        endpoint: endpointOf(row),
        success: row.success as number,
        fail: row.fail as number,
      }))
    },
  }
}

export function statisticWrites(db: Database) {
  return {
    async addMinutes(minutes: readonly Minute[], waiting: Waiting | null): Promise<void> {
      await db.transact(async (transaction) => {
        if (minutes.length > 0)
          await transaction.change(adding(db.node, await withBefore(transaction, db.node, minutes)))
        if (waiting !== null) await transaction.change(setting(waiting))
      })
    },
    async countWaiting(at: number): Promise<Waiting | null> {
      // Whoever has the row first counts. It says nothing yet: where this process dies, nobody has counted.
      const isFirst = await db.transact((transaction) =>
        transaction.change(
          sql`insert into posthorn.minute (org_id, at, node) values ('', ${at}, 0) on conflict do nothing`,
        ),
      )
      if (isFirst === 0) return null
      const rows = await db.rows(
        sql`select a.org_id, sum(w.deliveries) as deliveries
          from (select app_id, count(*) as deliveries from posthorn.delivery group by app_id) w
            join posthorn.application a on a.id = w.app_id and a.deleted_at is null
          group by a.org_id`,
      )
      return {
        at,
        counts: rows.map((row) => ({
          orgId: row.org_id as string,
          deliveries: Number(row.deliveries),
        })),
      }
    },
  }
}

type Added = Omit<Minute, 'traffic'> & {
  readonly traffic: Traffic
  readonly latency: string
  readonly duration: string
}

/** No other process writes rows of this node: what is read here stays until it is written. */
async function withBefore(
  session: Session,
  node: number,
  minutes: readonly Minute[],
): Promise<readonly Added[]> {
  const rows = await session.rows(
    sql`select m.org_id, m.at, m.latency, m.duration
      from unnest(${textArray(minutes.map(({ orgId }) => orgId))}::text[], ${numberArray(minutes.map(({ at }) => at))}::bigint[])
        as given (org_id, at)
      join posthorn.minute m on m.org_id = given.org_id and m.at = given.at and m.node = ${node}::int`,
  )
  const before = new Map(rows.map((row) => [`${row.at as number} ${row.org_id as string}`, row]))
  return minutes.map(({ orgId, at, traffic }) => {
    const sum = noTraffic()
    addTraffic(sum, traffic)
    const row = before.get(`${at} ${orgId}`)
    addWritten(sum.latency, (row?.latency ?? '') as string)
    addWritten(sum.duration, (row?.duration ?? '') as string)
    return {
      orgId,
      at,
      traffic,
      latency: writeHistogram(sum.latency),
      duration: writeHistogram(sum.duration),
    }
  })
}

function adding(node: number, minutes: readonly Added[]): Sql {
  const numbers = (valueOf: (traffic: Traffic) => number): Sql =>
    sql`${numberArray(minutes.map(({ traffic }) => valueOf(traffic)))}::bigint[]`
  const texts = (valueOf: (minute: Added) => string): Sql => sql`${textArray(minutes.map(valueOf))}::text[]`
  return sql`insert into posthorn.minute as total
      (org_id, at, node, messages, deliveries, delivered, exhausted, retried, latency, duration)
    select org_id, at, ${node}::int, messages, deliveries, delivered, exhausted, retried, latency, duration
    from unnest(${texts(({ orgId }) => orgId)}, ${numberArray(minutes.map(({ at }) => at))}::bigint[],
        ${numbers(({ messages }) => messages)}, ${numbers(({ deliveries }) => deliveries)},
        ${numbers(({ delivered }) => delivered)}, ${numbers(({ exhausted }) => exhausted)},
        ${numbers(({ retried }) => retried)}, ${texts(({ latency }) => latency)}, ${texts(({ duration }) => duration)})
      as given (org_id, at, messages, deliveries, delivered, exhausted, retried, latency, duration)
    on conflict (org_id, at, node) do update set messages = total.messages + excluded.messages,
      deliveries = total.deliveries + excluded.deliveries, delivered = total.delivered + excluded.delivered,
      exhausted = total.exhausted + excluded.exhausted, retried = total.retried + excluded.retried,
      latency = excluded.latency, duration = excluded.duration`
}

function setting({ at, counts }: Waiting): Sql {
  const all = [
    ...counts,
    { orgId: '', deliveries: counts.reduce((sum, { deliveries }) => sum + deliveries, 0) },
  ]
  return sql`insert into posthorn.minute (org_id, at, node, pending)
    select org_id, ${at}::bigint, 0, pending
    from unnest(${textArray(all.map(({ orgId }) => orgId))}::text[],
      ${numberArray(all.map(({ deliveries }) => deliveries))}::bigint[]) as given (org_id, pending)
    on conflict (org_id, at, node) do update set pending = excluded.pending`
}
