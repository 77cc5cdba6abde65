import { z } from 'zod'
import { type Histogram, percentile } from '#core/histogram.ts'
import { Rejected } from '#core/errors.ts'
import { minuteMs, noTraffic } from '#core/traffic.ts'
import { type AnyRoute, ok, route } from '../route.ts'
import { dateTime, reference } from '../schemas/common.ts'
import { attemptSeriesOut, trafficSeriesOut, worstEndpointsOut } from '../schemas/series.ts'
import { time } from '../show.ts'
import { endpointOf } from './endpoints.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

interface Period {
  readonly since: number
  readonly until: number
}

interface Bounds {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Clocks differ: a period that is too long by no more than this was meant to be as long as it may. */
const slackMs = 300_000

/** The period that is asked for; where no begin is given, so long with the step that `until` lies in. */
function periodOf(
  { since, until }: Bounds,
  { lengthMs, maxMs, stepMs }: { readonly lengthMs: number; readonly maxMs: number; readonly stepMs: number },
): Period {
  const end = until === undefined ? Date.now() : Date.parse(until)
  const start = since === undefined ? Math.ceil(end / stepMs) * stepMs - lengthMs : Date.parse(since)
  if (start > end || end - start > maxMs + slackMs) {
    throw new Rejected(
      'bad_request',
      'invalid_range',
      `since must not lie behind until, nor more than ${maxMs / dayMs} days before it`,
    )
  }
  return { since: start, until: end }
}

/** As many whole steps as the period has a part in. */
function inSteps({ since, until }: Period, stepMs: number): Period {
  const end = Math.max(Math.ceil(until / stepMs), Math.floor(since / stepMs) + 1)
  return { since: Math.floor(since / stepMs) * stepMs, until: end * stepMs }
}

/** What each step holds, by what the store has and nothing where it has none. */
function filled<T extends object>(
  { since, until }: Period,
  stepMs: number,
  known: ReadonlyMap<number, T>,
  nothing: T,
): readonly (T & { readonly at: string })[] {
  return Array.from({ length: (until - since) / stepMs }, (_, index) => {
    const at = since + index * stepMs
    return { at: time(at), ...(known.get(at) ?? nothing) }
  })
}

function percentilesOf(histogram: Histogram) {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => percentile(histogram, share))
  return p50 == null ? null : { p50, p90, p99 }
}

export const seriesRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/stats/series',
    operationId: 'v1.statistics.series',
    tag: 'Statistics',
    summary: 'Show what passed, over time',
    description:
      'By default the last hour, at most 8 days. The period is rounded outward to whole steps of whole minutes, of ' +
      'which there are no more than `points`, and one where it begins inside a step. The last 10 seconds may be missing.',
    access: 'organisation',
    query: z.object({
      since: dateTime.optional(),
      until: dateTime.optional(),
      points: z.coerce.number().int().min(10).max(300).default(60).meta({ type: 'integer' }),
    }),
    responses: { 200: { description: 'What passed', schema: trafficSeriesOut } },
    async handle({ caller, query }, { parts: { storage } }) {
      const asked = periodOf(query, { lengthMs: hourMs, maxMs: 8 * dayMs, stepMs: minuteMs })
      const stepMs = Math.max(1, Math.ceil((asked.until - asked.since) / query.points / minuteMs)) * minuteMs
      const period = inSteps(asked, stepMs)
      const steps = await storage.trafficSeries(caller.orgId, period.since, period.until, stepMs)
      const shown = ({ traffic, pending }: Omit<(typeof steps)[number], 'at'>) => {
        const { latency, duration, ...counts } = traffic
        return {
          ...counts,
          pending,
          latencyMs: percentilesOf(latency),
          durationMs: percentilesOf(duration),
        }
      }
      const known = new Map(steps.map(({ at, ...step }) => [at, shown(step)]))
      return ok({
        since: time(period.since),
        until: time(period.until),
        stepSeconds: stepMs / 1000,
        data: filled(period, stepMs, known, shown({ traffic: noTraffic(), pending: null })),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/stats/series',
    operationId: 'v1.application.stats.series',
    tag: 'Application',
    summary: 'Count attempts by hour',
    description:
      'Of the whole application, or of one endpoint. By default the last 24 hours, at most 28 days; the bounds are ' +
      'rounded outward to whole hours.',
    access: 'ViewBase',
    params: z.object({ app_id: reference }),
    query: z.object({
      since: dateTime.optional(),
      until: dateTime.optional(),
      endpoint_id: reference.optional().describe('Id or uid of an endpoint'),
    }),
    responses: { 200: { description: 'The counts', schema: attemptSeriesOut } },
    async handle({ caller, params: { app_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const endpointId =
        query.endpoint_id === undefined ? null : (await endpointOf(storage, appId, query.endpoint_id)).id
      const asked = periodOf(query, { lengthMs: dayMs, maxMs: 28 * dayMs, stepMs: hourMs })
      const period = inSteps(asked, hourMs)
      const hours = await storage.attemptSeries(appId, endpointId, period.since, period.until)
      const known = new Map(
        hours.map(({ hourAt, success, fail, canceled }) => [hourAt, { success, failure: fail, canceled }]),
      )
      return ok({
        since: time(period.since),
        until: time(period.until),
        stepSeconds: hourMs / 1000,
        data: filled(period, hourMs, known, { success: 0, failure: 0, canceled: 0 }),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/stats/endpoint/worst',
    operationId: 'v1.statistics.worst-endpoints',
    tag: 'Statistics',
    summary: 'List the endpoints with most failed attempts',
    description:
      'Since an instant within the last 7 days, by default 24 hours ago, rounded down to a whole hour. Endpoints ' +
      'without a failed attempt are not listed.',
    access: 'organisation',
    query: z.object({
      since: dateTime.optional(),
      limit: z.coerce.number().int().min(1).max(50).default(10).meta({ type: 'integer' }),
    }),
    responses: { 200: { description: 'The endpoints', schema: worstEndpointsOut } },
    async handle({ caller, query }, { parts: { storage } }) {
      const { since } = periodOf(query, { lengthMs: dayMs, maxMs: 7 * dayMs, stepMs: 1 })
      const worst = await storage.worstEndpoints(caller.orgId, since, query.limit)
      return ok({
        data: worst.map(({ application, endpoint, success, fail }) => ({
          appId: application.id,
          appName: application.name,
          appUid: application.uid,
          endpointId: endpoint.id,
          url: endpoint.url,
          description: endpoint.description,
          success,
          failure: fail,
          disabled: endpoint.disabledReason !== null,
          disabledReason: endpoint.disabledReason,
          failingSince: endpoint.failingSince === null ? null : time(endpoint.failingSince),
        })),
      })
    },
  }),
]
