import type { Application } from '#core/application.ts'
import { applicationOf, attemptHeadOf, eventTypeOf, messageOf, sourceOf, writeStrings } from '../rows.ts'
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
import { foldAscii } from '../text-match.ts'
import type { Database } from './database.ts'
import { holds, ownedColumns, ownedEndpointOf } from './endpoints-across.ts'
import { messageColumns } from './messages.ts'

/** Of `:orgId`, and of `:appId` where that is given. */
const within = 'a.org_id = :orgId and a.deleted_at is null and (:appId is null or a.id = :appId)'
const newest = `select a.id, a.seq from application a where ${within} order by a.seq desc
  limit ${maxApplicationsSearched}`

export function search(db: Database): (request: SearchRequest) => Found {
  const oneApplication = (by: 'id' | 'uid') =>
    db.prepare(`select * from application a where a.${by} = :text and ${within}`)
  const applicationBy = { id: oneApplication('id'), uid: oneApplication('uid') }
  const applications = db.prepare(
    `select * from (select * from application a where ${within} order by a.seq desc limit ${maxTextsSearched}) found
     where ${holds(':text', ['name', "coalesce(uid, '')"])} order by seq desc limit :limit`,
  )
  const endpoint = db.prepare(
    `select ${ownedColumns} from endpoint e join application a on a.id = e.app_id
     where e.id = :text and e.deleted_at is null and ${within}`,
  )
  const endpoints = db.prepare(
    `select ${ownedColumns} from (
       select e.seq from application a cross join endpoint e on e.app_id = a.id and e.deleted_at is null
       where ${within} order by e.seq desc limit ${maxTextsSearched}) found
     cross join endpoint e on e.seq = found.seq cross join application a on a.id = e.app_id
     where ${holds(':text', ['e.url', 'e.description', "coalesce(e.uid, '')"])} order by e.seq desc limit :limit`,
  )
  const messages = db.prepare(
    `select ${messageColumns(false)} from (${newest}) a cross join message m on m.app_id = a.id and m.id = :text
     limit :limit`,
  )
  const messagesByEventId = db.prepare(
    `select ${messageColumns(false)} from (${newest}) a
     cross join event_id i on i.app_id = a.id and i.event_id = :text
     cross join message m on m.seq = i.message_seq and m.app_id = i.app_id and m.event_id = i.event_id
     limit :limit`,
  )
  const lanes = db.prepare(
    `select e.app_id, e.id from (${newest}) a cross join endpoint e on e.app_id = a.id and e.deleted_at is null
     order by a.seq desc, e.seq desc limit ${maxEndpointsSearched}`,
  )
  const attempt = db.prepare(
    `select t.*, m.id as message_id from (
       select seq, id from attempt where app_id = :appId and endpoint_id = :endpointId
       order by seq desc limit :among) found
     cross join attempt t on t.seq = found.seq cross join message m on m.seq = t.message_seq
     where found.id = :text`,
  )
  const eventTypes = db.prepare(
    `select * from event_type
     where org_id = :orgId and (:flags is null or archived = 0) and ${holds(':text', ['name'])}
       and (:flags is null or feature_flags is null or exists (
         select 1 from json_each(feature_flags) own join json_each(:flags) given on own.value = given.value))
     order by name limit :limit`,
  )
  const source = db.prepare(
    'select * from source where id = :text and org_id = :orgId and deleted_at is null',
  )
  const sources = db.prepare(
    `select * from source where org_id = :orgId and deleted_at is null
       and ${holds(':text', ['name', "coalesce(uid, '')"])} order by seq desc limit :limit`,
  )

  function named(by: 'id' | 'uid', request: SearchRequest): Application | null {
    const { orgId, appId, text } = request
    const row = applicationBy[by].get({ orgId, appId, text })
    return row === undefined ? null : applicationOf(row)
  }

  function attemptOfId({ orgId, appId, text }: SearchRequest): readonly AttemptHead[] {
    const searched = lanes.all({ orgId, appId })
    const among = attemptsForEach(searched.length)
    for (const lane of searched) {
      const row = attempt.get({
        appId: lane.app_id as string,
        endpointId: lane.id as string,
        among,
        text,
      })
      if (row !== undefined) return [attemptHeadOf(row)]
    }
    return []
  }

  function byId(request: SearchRequest, kind: keyof Found): Partial<Found> {
    const { orgId, appId, text, limit } = request
    const scope = { orgId, appId, text }
    if (kind === 'applications') return { applications: firstOf(request, named('id', request), [], idOf) }
    if (kind === 'endpoints') return { endpoints: endpoint.all(scope).map(ownedEndpointOf) }
    if (kind === 'messages') return { messages: messages.all({ ...scope, limit }).map(messageOf) }
    if (kind === 'attempts') return { attempts: attemptOfId(request) }
    return { sources: source.all({ orgId, text }).map(sourceOf) }
  }

  return (request) => {
    const kind = kindOfId(request.text)
    if (kind !== null) return { ...nothingFound, ...byId(request, kind) }
    const { orgId, appId, text, limit, featureFlags } = request
    const folded = { orgId, text: foldAscii(text), limit }
    const scope = { ...folded, appId }
    const found = applications.all(scope).map(applicationOf)
    return {
      applications: firstOf(request, named('uid', request), found, idOf),
      endpoints: endpoints.all(scope).map(ownedEndpointOf) satisfies readonly OwnedEndpoint[],
      messages: messagesByEventId.all({ ...scope, text }).map(messageOf),
      attempts: [],
      eventTypes: eventTypes.all({ ...folded, flags: writeStrings(featureFlags) }).map(eventTypeOf),
      sources: sources.all(folded).map(sourceOf),
    }
  }
}

function idOf({ id }: { readonly id: string }): string {
  return id
}
