import { z } from 'zod'
import { conflict, notFound } from '#core/errors.ts'
import { changeApplication } from '#service/change-application.ts'
import { checkedUid, newApplication } from '#service/create-application.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { listQuery, listResponse, pageOf } from '../listing.ts'
import { type AnyRoute, created, noContent, ok, route } from '../route.ts'
import {
  activeAppCount,
  applicationIn,
  applicationList,
  applicationOut,
  applicationPatch,
} from '../schemas/application.ts'
import { queryBoolean, reference } from '../schemas/common.ts'
import { showApplication } from '../show.ts'

const tag = 'Application'
const params = z.object({ app_id: reference })

export const applicationRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app',
    operationId: 'v1.application.list',
    tag,
    summary: 'List applications',
    access: 'organisation',
    query: z.object({
      ...listQuery,
      exclude_apps_with_no_endpoints: queryBoolean(false),
      exclude_apps_with_disabled_endpoints: queryBoolean(false),
      exclude_apps_with_svix_play_endpoints: queryBoolean(false),
    }),
    responses: { 200: { description: 'A page of applications', schema: applicationList } },
    async handle({ caller, query }, { parts: { storage } }) {
      const page = pageOf(query, 'ascending')
      const listed = await storage.listApplications(caller.orgId, page, {
        excludeWithoutEndpoints: query.exclude_apps_with_no_endpoints,
        excludeWithDisabledEndpoints: query.exclude_apps_with_disabled_endpoints,
      })
      return ok(listResponse(listed, page, ({ id }) => id, showApplication))
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app',
    operationId: 'v1.application.create',
    tag,
    summary: 'Create an application',
    access: 'organisation',
    query: z.object({
      get_if_exists: queryBoolean(false).describe(
        'Answer with the application that has the uid, if there is one',
      ),
    }),
    body: applicationIn,
    responses: {
      200: { description: 'It existed', schema: applicationOut },
      201: { description: 'It was created', schema: applicationOut },
    },
    async handle(request, { parts: { storage } }) {
      const { caller, body, query } = request
      const now = Date.now()
      const application = newApplication(caller.orgId, body, now)
      const result = await storage.insertApplication(application, claimOf(request, application.id, now))
      if (result.kind === 'stored') return created(showApplication(application))
      if (isClaimed(result)) {
        const first = await storage.findApplication(caller.orgId, subjectOf(result))
        if (first === null) throw notFound()
        return created(showApplication(first))
      }
      const existing = body.uid == null ? null : await storage.findApplication(caller.orgId, body.uid)
      if (!query.get_if_exists || existing === null) throw conflict('Another application has this uid')
      return ok(showApplication(existing))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/stats/count-active',
    operationId: 'v1.application.count-active',
    tag,
    summary: 'Count applications that have endpoints',
    access: 'organisation',
    query: z.object({ exclude_svix_play: queryBoolean(true), exclude_disabled: queryBoolean(true) }),
    responses: { 200: { description: 'The count', schema: activeAppCount } },
    async handle({ caller, query }, { parts: { storage } }) {
      return ok({ count: await storage.countActiveApplications(caller.orgId, query.exclude_disabled) })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}',
    operationId: 'v1.application.get',
    tag,
    summary: 'Get an application',
    access: 'ViewBase',
    params,
    responses: { 200: { description: 'The application', schema: applicationOut } },
    async handle({ caller, params: { app_id } }, { access }) {
      return ok(showApplication(await access.application(caller, app_id)))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/app/{app_id}',
    operationId: 'v1.application.upsert',
    tag,
    summary: 'Create or replace an application',
    access: 'organisation',
    params,
    body: applicationIn,
    responses: {
      200: { description: 'It was replaced', schema: applicationOut },
      201: { description: 'It was created', schema: applicationOut },
    },
    async handle({ caller, params: { app_id }, body }, { parts: { storage } }) {
      const now = Date.now()
      const existing = await storage.findApplication(caller.orgId, app_id)
      if (existing === null) {
        const application = newApplication(caller.orgId, body, now)
        const result = await storage.insertApplication(application, null)
        if (result.kind !== 'stored') throw conflict('Another application has this uid')
        return created(showApplication(application))
      }
      const { uid, name, throttleRate, metadata } = newApplication(caller.orgId, body, now)
      const change = { uid, name, throttleRate, metadata }
      return ok(showApplication(await changeApplication(storage, caller.orgId, existing.id, change, now)))
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/app/{app_id}',
    operationId: 'v1.application.patch',
    tag,
    summary: 'Change some of an application',
    access: 'organisation',
    params,
    body: applicationPatch,
    responses: { 200: { description: 'The application', schema: applicationOut } },
    async handle({ caller, params: { app_id }, body }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const change = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.uid === undefined ? {} : { uid: checkedUid(body.uid, 'app_') }),
        ...(body.throttleRate === undefined ? {} : { throttleRate: body.throttleRate }),
        ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
      }
      return ok(showApplication(await changeApplication(storage, caller.orgId, id, change, Date.now())))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/app/{app_id}',
    operationId: 'v1.application.delete',
    tag,
    summary: 'Delete an application and all it owns',
    access: 'organisation',
    params,
    responses: { 204: { description: 'It is gone' } },
    async handle({ caller, params: { app_id } }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      if (!(await storage.deleteApplication(caller.orgId, id, Date.now()))) throw notFound()
      return noContent
    },
  }),
]
