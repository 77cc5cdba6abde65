import { addWritten, writeHistogram } from '#core/histogram.ts'
import { addTraffic, noTraffic } from '#core/traffic.ts'
import { stepsOf } from '../minutes.ts'
import { applicationOf, endpointOf } from '../rows.ts'
import type { Minute, TrafficStep, Waiting, WorstEndpoint } from '../storage.ts'
import type { Database } from './database.ts'

const hourMs = 3_600_000
const hourOf = (instant: number): number => Math.floor(instant / hourMs) * hourMs

/** Numbers are bound as floats, which would divide as such. */
const stepAt = `cast(:since as integer)
  + (at - cast(:since as integer)) / cast(:stepMs as integer) * cast(:stepMs as integer)`

export function statisticReads(db: Database) {
  const waiting = db.prepare(
    `select a.org_id, sum(w.deliveries) as deliveries
     from (select app_id, count(*) as deliveries from delivery group by app_id) w
       join application a on a.id = w.app_id and a.deleted_at is null
     group by a.org_id`,
  )
  const organisation = db.prepare('select org_id from application where id = ?')
  const passed = db.prepare(
    `select ${stepAt} as step_at, sum(messages) as messages, sum(deliveries) as deliveries,
       sum(delivered) as delivered, sum(exhausted) as exhausted, sum(retried) as retried,
       group_concat(latency) as latency, group_concat(duration) as duration
     from minute where org_id = :orgId and at >= :since and at < :until group by step_at`,
  )
  const counted = db.prepare(
    `select c.step_at, coalesce(own.pending, 0) as pending
     from (select ${stepAt} as step_at, max(at) as at from minute
         where org_id = '' and pending is not null and at >= :since and at < :until group by step_at) c
       left join minute own on own.org_id = :orgId and own.at = c.at and own.node = 0`,
  )
  const attemptsBy = (of: string) =>
    db.prepare(
      `select hour_at, sum(success) as success, sum(fail) as fail, sum(canceled) as canceled
       from attempt_count where app_id = :appId ${of} and hour_at >= :since and hour_at < :until
       group by hour_at order by hour_at`,
    )
  const attemptsAt = attemptsBy('and endpoint_id = :endpointId')
  const attempts = attemptsBy('')
  const worst = db.prepare(
    `select w.fail, e.*,
       (select sum(success) from attempt_count c
         where c.app_id = w.app_id and c.endpoint_id = w.endpoint_id and c.hour_at >= :since) as success
     from (select app_id, endpoint_id, sum(fail) as fail from attempt_count indexed by attempt_count_failed
         where hour_at >= :since and fail > 0 group by app_id, endpoint_id) w
       join application a on a.id = w.app_id and a.org_id = :orgId and a.deleted_at is null
       join endpoint e on e.id = w.endpoint_id and e.app_id = w.app_id and e.deleted_at is null
     order by w.fail desc, e.seq limit :limit`,
  )
  const application = db.prepare('select * from application where id = ?')

  return {
    countWaiting(at: number): Waiting | null {
      const counts = waiting.all().map((row) => ({
        orgId: row.org_id as string,
        deliveries: row.deliveries as number,
      }))
      return { at, counts }
    },
    organisationsOf(
      appIds: readonly string[],
    ): readonly { readonly appId: string; readonly orgId: string }[] {
      return appIds.flatMap((appId) => {
        const row = organisation.get(appId)
        return row === undefined ? [] : [{ appId, orgId: row.org_id as string }]
      })
    },
    trafficSeries(orgId: string, since: number, until: number, stepMs: number): readonly TrafficStep[] {
      const args = { orgId, since, until, stepMs }
      return stepsOf(passed.all(args), counted.all(args))
    },
    attemptSeries(appId: string, endpointId: string | null, since: number, until: number) {
      const args = { appId, since: hourOf(since), until }
      const rows = endpointId === null ? attempts.all(args) : attemptsAt.all({ ...args, endpointId })
      return rows.map((row) => ({
        hourAt: row.hour_at as number,
        success: row.success as number,
        fail: row.fail as number,
        canceled: row.canceled as number,
      }))
    },
    worstEndpoints(orgId: string, since: number, limit: number): readonly WorstEndpoint[] {
      return worst.all({ orgId, since: hourOf(since), limit }).flatMap((row) => {
        const owner = application.get(row.app_id as string)
        if (owner === undefined) return []
        const { success, fail } = row as { success: number; fail: number }
        return [{ application: applicationOf(owner), endpoint: endpointOf(row), success, fail }]
      })
    },
  }
}

export function statisticWrites(db: Database) {
  const histograms = db.prepare(
    'select latency, duration from minute where org_id = ? and at = ? and node = 0',
  )
  const add = db.prepare(
    `insert into minute (org_id, at, node, messages, deliveries, delivered, exhausted, retried, latency, duration)
     values (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
     on conflict do update set messages = messages + excluded.messages,
       deliveries = deliveries + excluded.deliveries, delivered = delivered + excluded.delivered,
       exhausted = exhausted + excluded.exhausted, retried = retried + excluded.retried,
       latency = excluded.latency, duration = excluded.duration`,
  )
  const setPending = db.prepare(
    `insert into minute (org_id, at, node, pending) values (?, ?, 0, ?)
     on conflict do update set pending = excluded.pending`,
  )

  return {
    addMinutes(minutes: readonly Minute[], waiting: Waiting | null): void {
      for (const { orgId, at, traffic } of minutes) {
        const sum = noTraffic()
        addTraffic(sum, traffic)
        const before = histograms.get(orgId, at)
        addWritten(sum.latency, (before?.latency ?? '') as string)
        addWritten(sum.duration, (before?.duration ?? '') as string)
        add.run(
          orgId,
          at,
          sum.messages,
          sum.deliveries,
          sum.delivered,
          sum.exhausted,
          sum.retried,
          writeHistogram(sum.latency),
          writeHistogram(sum.duration),
        )
      }
      if (waiting === null) return
      const { at, counts } = waiting
      for (const { orgId, deliveries } of counts) setPending.run(orgId, at, deliveries)
      setPending.run(
        '',
        at,
        counts.reduce((sum, { deliveries }) => sum + deliveries, 0),
      )
    },
  }
}
