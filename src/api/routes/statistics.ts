import { z } from 'zod'
import { invalid, notFound, Rejected } from '#core/errors.ts'
import { newTask } from '#service/start-task.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { type AnyRoute, ok, route } from '../route.ts'
import { appUsageStatsOut } from '../schemas/background-task.ts'
import { dateTime, eventTypeName, queryBoolean, queryList, reference } from '../schemas/common.ts'
import { endpointStats } from '../schemas/endpoint.ts'
import { appAttemptStatsOut, appUsageStatsIn, endpointCountOut } from '../schemas/statistics.ts'
import { showTask, time } from '../show.ts'
import { endpointOf, endpointParams } from './endpoints.ts'

const dayMs = 86_400_000
const maxDays = 28
const slackMs = 300_000

/** The period of statistics: the last 28 days by default and at most. */
function period(
  since: string | undefined,
  until: string | undefined,
  now: number,
): { since: number; until: number } {
  const end = until === undefined ? now : Date.parse(until)
  const start = since === undefined ? end - maxDays * dayMs : Date.parse(since)
  if (start > end || end - start > maxDays * dayMs + slackMs) {
    throw new Rejected(
      'bad_request',
      'invalid_range',
      `The period must run forward and over at most ${maxDays} days`,
    )
  }
  return { since: start, until: end }
}

export const statisticsRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/stats',
    operationId: 'v1.endpoint.get-stats',
    tag: 'Endpoint',
    summary: 'Count attempts at an endpoint by result',
    description:
      'The period’s bounds are rounded to whole hours. What is pending or being sent is counted as it is now.',
    access: 'ViewBase',
    params: endpointParams,
    query: z.object({ since: dateTime.optional(), until: dateTime.optional() }),
    responses: { 200: { description: 'The counts', schema: endpointStats } },
    async handle({ caller, params: { app_id, endpoint_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      const { since, until } = period(query.since, query.until, Date.now())
      return ok(await storage.endpointStats(appId, id, since, until))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/stats/attempts',
    operationId: 'v1.application.stats.attempts',
    tag: 'Application',
    summary: 'Count attempts of an application by event type',
    access: 'ViewBase',
    params: z.object({ app_id: reference }),
    query: z.object({ since: dateTime, until: dateTime, event_types: queryList(eventTypeName) }),
    responses: { 200: { description: 'The counts', schema: appAttemptStatsOut } },
    async handle({ caller, params: { app_id }, query }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const { since, until } = period(query.since, query.until, Date.now())
      const wanted = query.event_types === undefined ? null : new Set(query.event_types)
      const byType = new Map<string, { success: number; failure: number; canceled: number }>()
      const total = { success: 0, failure: 0, canceled: 0 }
      for (const { eventType, success, fail, canceled } of await storage.applicationStats(id, since, until)) {
        if (wanted?.has(eventType) === false) continue
        const counts = byType.get(eventType) ?? { success: 0, failure: 0, canceled: 0 }
        byType.set(eventType, counts)
        for (const sum of [counts, total]) {
          sum.success += success
          sum.failure += fail
          sum.canceled += canceled
        }
      }
      return ok({
        by_event_type: Object.fromEntries(byType),
        total_success: total.success,
        total_failure: total.failure,
        total_canceled: total.canceled,
        since: time(since),
        until: time(until),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/stats/usage/app',
    operationId: 'v1.statistics.aggregate-app-stats',
    tag: 'Statistics',
    summary: 'Count deliveries of applications',
    description: 'The counts are in the data of the background task.',
    access: 'organisation',
    body: appUsageStatsIn,
    responses: { 202: { description: 'A background task does it', schema: appUsageStatsOut } },
    async handle(request, { parts }) {
      const { storage } = parts
      const { caller, body } = request
      const since = Date.parse(body.since)
      const until = Date.parse(body.until)
      if (until < since) throw invalid(['body', 'until'], 'must not lie before since')
      const refs = body.appIds == null || body.appIds.length === 0 ? null : body.appIds
      const found = await Promise.all((refs ?? []).map((ref) => storage.findApplication(caller.orgId, ref)))
      const appIds = refs === null ? null : found.flatMap((application) => application?.id ?? [])
      const unresolvedAppIds = (refs ?? []).filter((_, index) => found[index] === null)
      const now = Date.now()
      const task = newTask(caller.orgId, null, { kind: 'application.stats', appIds, since, until }, now)
      const result = await storage.insertTask(task, claimOf(request, task.id, now))
      parts.onTaskAdded()
      const shown = isClaimed(result) ? await storage.findTask(caller.orgId, subjectOf(result)) : task
      if (shown === null) throw notFound()
      const { data: _, ...started } = showTask(shown)
      return { status: 202, body: { ...started, unresolvedAppIds } }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/stats/endpoint/count',
    operationId: 'v1.statistics.endpoint-count',
    tag: 'Statistics',
    summary: 'Count endpoints of the organisation',
    access: 'organisation',
    query: z.object({ exclude_svix_play: queryBoolean(true) }),
    responses: { 200: { description: 'The counts', schema: endpointCountOut } },
    async handle({ caller }, { parts: { storage } }) {
      return ok(await storage.countEndpoints(caller.orgId))
    },
  }),
]
