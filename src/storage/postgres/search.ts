import type { Application } from '#core/application.ts'
import type { EventType } from '#core/event-type.ts'
import type { Message } from '#core/message.ts'
import type { Source } from '#core/source.ts'
import { applicationOf, attemptHeadOf, eventTypeOf, messageOf, sourceOf } from '../rows.ts'
import {
  attemptsForEach,
  firstOf,
  kindOfId,
  maxApplicationsSearched,
  maxEndpointsSearched,
  maxTextsSearched,
  nothingFound,
} from '../search-plan.ts'
import type { AttemptHead, Found, OwnedEndpoint, SearchRequest } from '../storage.ts'
import type { Database } from './database.ts'
import { holds, ownedColumns, ownedEndpointOf } from './endpoints-across.ts'
import { fromEither, itsMessage } from './kept-messages.ts'
import { messageColumns } from './messages.ts'
import { raw, type Sql, sql, textArray } from './sql.ts'

/** Of the organisation, and of one application where that is given. */
function within({ orgId, appId }: SearchRequest): Sql {
  const ofOrganisation = sql`a.org_id = ${orgId} and a.deleted_at is null`
  return appId === null ? ofOrganisation : sql`${ofOrganisation} and a.id = ${appId}`
}

const attemptColumns = raw(`t.seq, t.app_id, t.message_seq, t.endpoint_id, t.id, t.url, t.trigger, t.status,
  t.response_status, t.duration_ms, t.started_at`)

export function search(db: Database): (request: SearchRequest) => Promise<Found> {
  async function namedApplication(by: Sql, request: SearchRequest): Promise<Application | null> {
    const row = await db.row(
      sql`select a.* from posthorn.application a where ${by} = ${request.text} and ${within(request)}`,
    )
    return row === undefined ? null : applicationOf(row)
  }

  async function applications(request: SearchRequest): Promise<readonly Application[]> {
    const rows = await db.rows(
      sql`select found.* from (
          select a.* from posthorn.application a where ${within(request)} order by a.seq desc
          limit ${raw(String(maxTextsSearched))}) found
        where ${holds(request.text, ['name', "coalesce(uid, '')"])} order by found.seq desc limit ${request.limit}`,
    )
    const exact = await namedApplication(sql`a.uid`, request)
    return firstOf(request, exact, rows.map(applicationOf), ({ id }) => id)
  }

  async function endpointOfId(request: SearchRequest): Promise<readonly OwnedEndpoint[]> {
    const rows = await db.rows(
      sql`select ${ownedColumns} from posthorn.endpoint e join posthorn.application a on a.id = e.app_id
        where e.id = ${request.text} and e.deleted_at is null and ${within(request)}`,
    )
    return rows.map(ownedEndpointOf)
  }

  async function endpoints(request: SearchRequest): Promise<readonly OwnedEndpoint[]> {
    const rows = await db.rows(
      sql`select ${ownedColumns} from (
          select e.seq from posthorn.application a join posthorn.endpoint e on e.app_id = a.id
          where ${within(request)} and e.deleted_at is null order by e.seq desc
          limit ${raw(String(maxTextsSearched))}) found
        join posthorn.endpoint e on e.seq = found.seq join posthorn.application a on a.id = e.app_id
        where ${holds(request.text, ['e.url', 'e.description', "coalesce(e.uid, '')"])}
        order by e.seq desc limit ${request.limit}`,
    )
    return rows.map(ownedEndpointOf)
  }

  async function newestApplications(request: SearchRequest): Promise<string | null> {
    const rows = await db.rows(
      sql`select a.id from posthorn.application a where ${within(request)} order by a.seq desc
        limit ${raw(String(maxApplicationsSearched))}`,
    )
    return textArray(rows.map(({ id }) => id as string))
  }

  async function messagesOfId(request: SearchRequest): Promise<readonly Message[]> {
    const appIds = await newestApplications(request)
    const rows = await db.rows(
      sql`select m.* from (${fromEither(
        (table) => sql`select ${messageColumns(false)} from ${table} m
          where m.app_id = any(${appIds}::text[]) and m.id = ${request.text}`,
      )}) m limit ${request.limit}`,
    )
    return rows.map(messageOf)
  }

  async function messagesOfEventId(request: SearchRequest): Promise<readonly Message[]> {
    const appIds = await newestApplications(request)
    const rows = await db.rows(
      sql`select m.* from posthorn.event_id i cross join ${itsMessage('i', messageColumns(false))}
        where i.app_id = any(${appIds}::text[]) and i.event_id = ${request.text} limit ${request.limit}`,
    )
    return rows.map(messageOf)
  }

  async function attemptOfId(request: SearchRequest): Promise<readonly AttemptHead[]> {
    const lanes = await db.rows(
      sql`select e.app_id, e.id from posthorn.application a join posthorn.endpoint e on e.app_id = a.id
        where ${within(request)} and e.deleted_at is null order by a.seq desc, e.seq desc
        limit ${raw(String(maxEndpointsSearched))}`,
    )
    const appIds = textArray(lanes.map((lane) => lane.app_id as string))
    const endpointIds = textArray(lanes.map((lane) => lane.id as string))
    const row = await db.row(
      sql`select t.*, m.id as message_id
        from unnest(${appIds}::text[], ${endpointIds}::text[]) as lane (app_id, endpoint_id)
          cross join lateral (
            select ${attemptColumns} from posthorn.attempt t
            where t.app_id = lane.app_id and t.endpoint_id = lane.endpoint_id
            order by t.seq desc limit ${attemptsForEach(lanes.length)}) t
          cross join ${itsMessage('t', sql`m.id`)}
        where t.id = ${request.text} limit 1`,
    )
    return row === undefined ? [] : [attemptHeadOf(row)]
  }

  async function eventTypes({
    orgId,
    text,
    limit,
    featureFlags,
  }: SearchRequest): Promise<readonly EventType[]> {
    const shown =
      featureFlags === null
        ? sql``
        : sql`and archived = 0
            and (feature_flags is null or feature_flags::jsonb ?| ${textArray(featureFlags)}::text[])`
    const rows = await db.rows(
      sql`select * from posthorn.event_type where org_id = ${orgId} and ${holds(text, ['name'])} ${shown}
        order by name limit ${limit}`,
    )
    return rows.map(eventTypeOf)
  }

  async function sources({ orgId, limit }: SearchRequest, condition: Sql): Promise<readonly Source[]> {
    const rows = await db.rows(
      sql`select * from posthorn.source where org_id = ${orgId} and deleted_at is null and ${condition}
        order by seq desc limit ${limit}`,
    )
    return rows.map(sourceOf)
  }

  async function byId(request: SearchRequest, kind: keyof Found): Promise<Partial<Found>> {
    if (kind === 'applications') {
      const application = await namedApplication(sql`a.id`, request)
      return { applications: application === null ? [] : [application] }
    }
    if (kind === 'endpoints') return { endpoints: await endpointOfId(request) }
    if (kind === 'messages') return { messages: await messagesOfId(request) }
    if (kind === 'attempts') return { attempts: await attemptOfId(request) }
    return { sources: await sources(request, sql`id = ${request.text}`) }
  }

  return async (request) => {
    const kind = kindOfId(request.text)
    if (kind !== null) return { ...nothingFound, ...(await byId(request, kind)) }
    // One after the other: a search takes no more than one of the connections that requests share.
    return {
      applications: await applications(request),
      endpoints: await endpoints(request),
      messages: await messagesOfEventId(request),
      attempts: [],
      eventTypes: await eventTypes(request),
      sources: await sources(request, holds(request.text, ['name', "coalesce(uid, '')"])),
    }
  }
}
