import type { z } from 'zod'
import type { ReplayFilter, TaskKind } from '#core/background-task.ts'
import { invalid, notFound, Rejected } from '#core/errors.ts'
import { newMessage } from '#service/new-message.ts'
import { newTask, replayPeriod } from '#service/start-task.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { jsonObjectType } from '../message-content.ts'
import { type AnyRoute, noContent, type Reply, type RequestContext, route, type Tools } from '../route.ts'
import { recoverOut, replayOut } from '../schemas/background-task.ts'
import { bulkReplayIn, cancelMsgsIn, eventExampleIn, recoverIn, replayIn } from '../schemas/endpoint.ts'
import { messageOut } from '../schemas/message.ts'
import { messageJson, showTask } from '../show.ts'
import { replayStatus } from './attempts.ts'
import { endpointOf, endpointParams as params } from './endpoints.ts'
import { eventIdTaken, publishedOf } from './messages.ts'

const tag = 'Endpoint'
const maxRecoverDays = 14
const maxReplayDays = 90

type ReplayKind = Exclude<TaskKind, 'application.stats'>
type Request = RequestContext<z.infer<typeof params>, unknown, unknown>

async function startReplay(
  request: Request,
  { parts, access }: Tools,
  kind: ReplayKind,
  filter: ReplayFilter,
): Promise<Reply> {
  const {
    caller,
    params: { app_id, endpoint_id },
  } = request
  const { id: appId, orgId } = await access.application(caller, app_id)
  const { id: endpointId } = await endpointOf(parts.storage, appId, endpoint_id)
  const now = Date.now()
  const task = newTask(orgId, appId, { kind, endpointId, filter }, now)
  const result = await parts.storage.insertTask(task, claimOf(request, task.id, now))
  parts.onTaskAdded()
  const shown = isClaimed(result) ? await parts.storage.findTask(orgId, subjectOf(result)) : task
  if (shown === null) throw notFound()
  const { data: _, ...started } = showTask(shown)
  return { status: 202, body: started }
}

const everything = { eventTypes: null, channel: null, tag: null, status: null, statusClass: null } as const

/** The example of an event type's newest schema that has any. */
function exampleOf(schemas: Readonly<Record<string, unknown>> | null, index: number): unknown {
  const versions = Object.entries(schemas ?? {}).toSorted(([a], [b]) => Number(b) - Number(a))
  for (const [, schema] of versions) {
    if (typeof schema !== 'object' || schema === null) continue
    const { examples, example } = schema as { readonly examples?: unknown; readonly example?: unknown }
    if (Array.isArray(examples) && examples.length > 0) return examples[index] as unknown
    if (example !== undefined && index === 0) return example
  }
  return undefined
}

const ping = { success: true }

export const replayRoutes: readonly AnyRoute[] = [
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/recover',
    operationId: 'v1.endpoint.recover',
    tag,
    summary: 'Send again what failed',
    access: 'CreateAttempts',
    params,
    body: recoverIn,
    responses: { 202: { description: 'A background task does it', schema: recoverOut } },
    handle: (request, tools) =>
      startReplay(request, tools, 'endpoint.recover', {
        ...everything,
        ...replayPeriod(request.body, maxRecoverDays, Date.now()),
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing',
    operationId: 'v1.endpoint.replay-missing',
    tag,
    summary: 'Send what the endpoint never got',
    description: 'Such as what was published while it was disabled.',
    access: 'CreateAttempts',
    params,
    body: replayIn,
    responses: { 202: { description: 'A background task does it', schema: replayOut } },
    handle: (request, tools) =>
      startReplay(request, tools, 'endpoint.replay', {
        ...everything,
        ...replayPeriod(request.body, maxRecoverDays, Date.now()),
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/bulk-replay',
    operationId: 'v1.endpoint.bulk-replay',
    tag,
    summary: 'Send again what matches',
    access: 'CreateAttempts',
    params,
    body: bulkReplayIn,
    responses: { 202: { description: 'A background task does it', schema: replayOut } },
    handle(request, tools) {
      const { eventTypes, channel, tag: tagged, status, statusCodeClass } = request.body
      return startReplay(request, tools, 'endpoint.bulk-replay', {
        ...replayPeriod(request.body, maxReplayDays, Date.now()),
        eventTypes: eventTypes == null || eventTypes.length === 0 ? null : eventTypes,
        channel: channel ?? null,
        tag: tagged ?? null,
        status: replayStatus(status),
        statusClass: statusCodeClass ?? null,
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/cancel-msgs',
    operationId: 'v1.endpoint.cancel-msgs',
    tag,
    summary: 'Cancel what waits for the endpoint',
    access: 'CreateAttempts',
    params,
    body: cancelMsgsIn,
    responses: { 204: { description: 'It is canceled' } },
    async handle({ caller, params: { app_id, endpoint_id }, body }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      const before = Date.parse(body.createdBefore)
      for (let more = true; more;) more = (await storage.cancelDeliveries(appId, id, before, Date.now())).more
      return noContent
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/send-example',
    operationId: 'v1.endpoint.send-example',
    tag,
    summary: 'Send an example of an event type',
    access: 'CreateAttempts',
    params,
    body: eventExampleIn,
    responses: { 202: { description: 'The message; it goes to this endpoint alone', schema: messageOut } },
    async handle(request, { parts: { storage, publisher }, access }): Promise<Reply> {
      const {
        caller,
        params: { app_id, endpoint_id },
        body,
      } = request
      const { id: appId, orgId } = await access.application(caller, app_id)
      const endpoint = await endpointOf(storage, appId, endpoint_id)
      if (endpoint.disabledReason !== null) {
        throw new Rejected('bad_request', 'endpoint_disabled', 'The endpoint is disabled; enable it first')
      }
      const eventType = await storage.findEventType(orgId, body.eventType)
      const example =
        exampleOf(eventType?.schemas ?? null, body.exampleIndex) ??
        (body.eventType === 'svix.ping' ? ping : undefined)
      if (typeof example !== 'object' || example === null || Array.isArray(example)) {
        throw invalid(
          ['body', 'eventType'],
          eventType === null ? 'is not in the catalogue' : 'has no such example in its schemas',
        )
      }
      const now = Date.now()
      const content = { text: JSON.stringify(example), contentType: jsonObjectType }
      const message = newMessage({ eventType: body.eventType }, content, now, ['body'])
      const claim = claimOf(request, message.id, now)
      const result = publishedOf(
        await publisher.publish({
          orgId,
          appRef: appId,
          createApplication: null,
          items: [{ message }],
          atomic: false,
          onlyEndpointId: endpoint.id,
          claim,
        }),
      )
      if (isClaimed(result)) {
        const first = await storage.findMessage(appId, subjectOf(result), true)
        if (first === null) throw notFound('Message')
        return { status: 202, json: messageJson(first, true) }
      }
      if (result.results[0]?.kind !== 'stored') throw eventIdTaken()
      return { status: 202, json: messageJson(message, true) }
    },
  }),
]
