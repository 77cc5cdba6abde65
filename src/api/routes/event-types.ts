import { z } from 'zod'
import { conflict, notFound } from '#core/errors.ts'
import { changeEventType } from '#service/change-event-type.ts'
import { createEventType, type EventTypeFields, newEventType } from '#service/create-event-type.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { listQuery, listResponse, pageOf } from '../listing.ts'
import { type AnyRoute, created, noContent, ok, route } from '../route.ts'
import { queryBoolean, reference } from '../schemas/common.ts'
import {
  eventTypeIn,
  eventTypeList,
  eventTypeOut,
  eventTypePatch,
  eventTypeUpdate,
  retryScheduleInOut,
} from '../schemas/event-type.ts'
import { showEventType } from '../show.ts'
import type { Caller } from '../tokens.ts'

const tag = 'Event Type'
const params = z.object({ event_type_name: reference })

/** Null where all are seen: organisations see everything. */
function flagsOf(caller: Caller): readonly string[] | null {
  return caller.kind === 'organisation' ? null : caller.featureFlags
}

function fieldsOf(body: z.infer<typeof eventTypeUpdate>): EventTypeFields {
  const { description, archived, deprecated, schemas, groupName, featureFlags, featureFlag } = body
  return {
    description,
    archived,
    deprecated,
    schemas: schemas ?? null,
    groupName: groupName ?? null,
    featureFlags: featureFlags ?? (featureFlag == null ? null : [featureFlag]),
  }
}

export const eventTypeRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/event-type',
    operationId: 'v1.event-type.list',
    tag,
    summary: 'List event types',
    access: 'ViewBase',
    query: z.object({
      ...listQuery,
      include_archived: queryBoolean(false),
      with_content: queryBoolean(false),
    }),
    responses: { 200: { description: 'A page of event types, by name', schema: eventTypeList } },
    async handle({ caller, query }, { parts: { storage } }) {
      const page = pageOf(query, 'ascending')
      const listed = await storage.listEventTypes(caller.orgId, page, {
        includeArchived: query.include_archived && caller.kind === 'organisation',
        featureFlags: flagsOf(caller),
      })
      return ok(
        listResponse(
          listed,
          page,
          ({ name }) => name,
          (each) => showEventType(each, query.with_content),
        ),
      )
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/event-type',
    operationId: 'v1.event-type.create',
    tag,
    summary: 'Create an event type',
    description: 'An archived event type of the name comes back.',
    access: 'organisation',
    body: eventTypeIn,
    responses: { 201: { description: 'The event type', schema: eventTypeOut } },
    async handle(request, { parts: { storage } }) {
      const { caller, body } = request
      const now = Date.now()
      const eventType = newEventType(caller.orgId, body.name, fieldsOf(body), now)
      const result = await createEventType(storage, eventType, claimOf(request, body.name, now))
      if (!isClaimed(result)) return created(showEventType(result.eventType, true))
      const first = await storage.findEventType(caller.orgId, subjectOf(result))
      if (first === null) throw notFound()
      return created(showEventType(first, true))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/event-type/{event_type_name}',
    operationId: 'v1.event-type.get',
    tag,
    summary: 'Get an event type',
    access: 'ViewBase',
    params,
    responses: { 200: { description: 'The event type', schema: eventTypeOut } },
    async handle({ caller, params: { event_type_name } }, { parts: { storage } }) {
      const eventType = await storage.findEventType(caller.orgId, event_type_name)
      const flags = flagsOf(caller)
      const isHidden =
        flags !== null &&
        (eventType?.archived === true ||
          eventType?.featureFlags?.some((flag) => flags.includes(flag)) === false)
      if (eventType === null || isHidden) throw notFound()
      return ok(showEventType(eventType, true))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/event-type/{event_type_name}',
    operationId: 'v1.event-type.upsert',
    tag,
    summary: 'Create or replace an event type',
    access: 'organisation',
    params,
    body: eventTypeUpdate,
    responses: {
      200: { description: 'It was replaced', schema: eventTypeOut },
      201: { description: 'It was created', schema: eventTypeOut },
    },
    async handle({ caller, params: { event_type_name: name }, body }, { parts: { storage } }) {
      const now = Date.now()
      if ((await storage.findEventType(caller.orgId, name)) === null) {
        const eventType = newEventType(caller.orgId, name, fieldsOf(body), now)
        const result = await storage.insertEventType(eventType, null)
        if (result.kind !== 'stored')
          throw conflict('Another request created this event type', 'event_type_exists')
        return created(showEventType(eventType, true))
      }
      return ok(showEventType(await changeEventType(storage, caller.orgId, name, fieldsOf(body), now), true))
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/event-type/{event_type_name}',
    operationId: 'v1.event-type.patch',
    tag,
    summary: 'Change some of an event type',
    access: 'organisation',
    params,
    body: eventTypePatch,
    responses: { 200: { description: 'The event type', schema: eventTypeOut } },
    async handle({ caller, params: { event_type_name: name }, body }, { parts: { storage } }) {
      const { description, archived, deprecated, schemas, groupName, featureFlag } = body
      const featureFlags =
        body.featureFlags === undefined && featureFlag !== undefined
          ? featureFlag === null
            ? null
            : [featureFlag]
          : body.featureFlags
      const change = {
        ...(description === undefined ? {} : { description }),
        ...(archived === undefined ? {} : { archived }),
        ...(deprecated === undefined ? {} : { deprecated }),
        ...(schemas === undefined ? {} : { schemas }),
        ...(groupName === undefined ? {} : { groupName }),
        ...(featureFlags === undefined ? {} : { featureFlags }),
      }
      return ok(showEventType(await changeEventType(storage, caller.orgId, name, change, Date.now()), true))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/event-type/{event_type_name}',
    operationId: 'v1.event-type.delete',
    tag,
    summary: 'Archive an event type',
    access: 'organisation',
    params,
    query: z.object({ expunge: queryBoolean(false).describe('Delete it for good') }),
    responses: { 204: { description: 'It is archived, or gone' } },
    async handle({ caller, params: { event_type_name: name }, query }, { parts: { storage } }) {
      if (!query.expunge) {
        await changeEventType(storage, caller.orgId, name, { archived: true }, Date.now())
        return noContent
      }
      if (!(await storage.deleteEventType(caller.orgId, name))) throw notFound()
      return noContent
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/event-type/{event_type_name}/retry-schedule',
    operationId: 'v1.event-type.get-retry-schedule',
    tag,
    summary: 'Get the retry schedule',
    access: 'organisation',
    params,
    responses: { 200: { description: 'Null is the server’s own', schema: retryScheduleInOut } },
    async handle({ caller, params: { event_type_name } }, { parts: { storage } }) {
      const eventType = await storage.findEventType(caller.orgId, event_type_name)
      if (eventType === null) throw notFound()
      return ok({ retrySchedule: showSchedule(eventType.retryScheduleMs) })
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/event-type/{event_type_name}/retry-schedule',
    operationId: 'v1.event-type.set-retry-schedule',
    tag,
    summary: 'Set the retry schedule',
    access: 'organisation',
    params,
    body: retryScheduleInOut,
    responses: { 200: { description: 'Null is the server’s own', schema: retryScheduleInOut } },
    async handle({ caller, params: { event_type_name: name }, body }, { parts: { storage } }) {
      const retryScheduleMs =
        body.retrySchedule?.map(({ secs, nanos }) => secs * 1000 + Math.round(nanos / 1e6)) ?? null
      const changed = await changeEventType(storage, caller.orgId, name, { retryScheduleMs }, Date.now())
      return ok({ retrySchedule: showSchedule(changed.retryScheduleMs) })
    },
  }),
]

function showSchedule(scheduleMs: readonly number[] | null) {
  return (
    scheduleMs?.map((wait) => ({ secs: Math.floor(wait / 1000), nanos: (wait % 1000) * 1_000_000 })) ?? null
  )
}
