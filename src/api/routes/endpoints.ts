import { z } from 'zod'
import type { Endpoint } from '#core/endpoint.ts'
import { conflict, notFound } from '#core/errors.ts'
import { changeEndpoint, disabledReason } from '#service/change-endpoint.ts'
import { newEndpoint } from '#service/create-endpoint.ts'
import { endpointSettings } from '#service/endpoint-input.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { listQuery, listResponse, pageOf } from '../listing.ts'
import type { ApiParts } from '../parts.ts'
import { type AnyRoute, created, noContent, ok, route } from '../route.ts'
import { reference } from '../schemas/common.ts'
import { endpointIn, endpointList, endpointOut, endpointPatch, endpointUpdate } from '../schemas/endpoint.ts'
import { showEndpoint } from '../show.ts'

const tag = 'Endpoint'
export const endpointParams = z.object({ app_id: reference, endpoint_id: reference })

/** The endpoint by id or uid within the application. Throws `Rejected` where there is none. */
export async function endpointOf(
  storage: ApiParts['storage'],
  appId: string,
  ref: string,
): Promise<Endpoint> {
  const endpoint = await storage.findEndpoint(appId, ref)
  if (endpoint === null) throw notFound()
  return endpoint
}

export const endpointRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint',
    operationId: 'v1.endpoint.list',
    tag,
    summary: 'List endpoints',
    access: 'ViewBase',
    params: z.object({ app_id: reference }),
    query: z.object(listQuery),
    responses: { 200: { description: 'A page of endpoints', schema: endpointList } },
    async handle({ caller, params, query }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, params.app_id)
      const page = pageOf(query, 'descending')
      return ok(
        listResponse(await storage.listEndpoints(id, page), page, (endpoint) => endpoint.id, showEndpoint),
      )
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint',
    operationId: 'v1.endpoint.create',
    tag,
    summary: 'Create an endpoint',
    access: 'ManageEndpoint',
    params: z.object({ app_id: reference }),
    body: endpointIn,
    responses: { 201: { description: 'The endpoint', schema: endpointOut } },
    async handle(request, { parts, access }) {
      const { caller, params, body } = request
      const { storage, vault, urlProblem, config } = parts
      const { id: appId, orgId } = await access.application(caller, params.app_id)
      const now = Date.now()
      const rules = { storage, orgId, urlProblem }
      const endpoint = await newEndpoint(appId, body, rules, vault, config.defaultSignature, now)
      const result = await storage.insertEndpoint(endpoint, claimOf(request, endpoint.id, now))
      if (result.kind === 'stored') return created(showEndpoint(endpoint))
      if (result.kind === 'missing') throw notFound()
      if (isClaimed(result)) return created(showEndpoint(await endpointOf(storage, appId, subjectOf(result))))
      throw conflict('Another endpoint of the application has this uid')
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}',
    operationId: 'v1.endpoint.get',
    tag,
    summary: 'Get an endpoint',
    access: 'ViewBase',
    params: endpointParams,
    responses: { 200: { description: 'The endpoint', schema: endpointOut } },
    async handle({ caller, params }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, params.app_id)
      return ok(showEndpoint(await endpointOf(storage, id, params.endpoint_id)))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}',
    operationId: 'v1.endpoint.upsert',
    tag,
    summary: 'Create or replace an endpoint',
    access: 'ManageEndpoint',
    params: endpointParams,
    body: endpointUpdate,
    responses: {
      200: { description: 'It was replaced', schema: endpointOut },
      201: { description: 'It was created', schema: endpointOut },
    },
    async handle({ caller, params, body }, { parts, access }) {
      const { storage, vault, urlProblem, config } = parts
      const { id: appId, orgId } = await access.application(caller, params.app_id)
      const now = Date.now()
      const rules = { storage, orgId, urlProblem }
      const existing = await storage.findEndpoint(appId, params.endpoint_id)
      if (existing === null) {
        const endpoint = await newEndpoint(appId, body, rules, vault, config.defaultSignature, now)
        const result = await storage.insertEndpoint(endpoint, null)
        if (result.kind === 'missing') throw notFound()
        if (result.kind !== 'stored') throw conflict('Another endpoint of the application has this uid')
        return created(showEndpoint(endpoint))
      }
      const whole = {
        uid: null,
        throttleRate: null,
        eventTypes: null,
        channels: null,
        retrySchedule: null,
        successRule: null,
      }
      const settings = await endpointSettings({ ...whole, ...body }, rules)
      const result = await changeEndpoint(
        storage,
        appId,
        existing.id,
        (current) => ({ ...settings, ...disabledReason(body.disabled, current) }),
        now,
      )
      if (result.kind !== 'stored') throw conflict()
      return ok(showEndpoint(result.endpoint))
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}',
    operationId: 'v1.endpoint.patch',
    tag,
    summary: 'Change some of an endpoint',
    access: 'ManageEndpoint',
    params: endpointParams,
    body: endpointPatch,
    responses: { 200: { description: 'The endpoint', schema: endpointOut } },
    async handle({ caller, params, body }, { parts: { storage, urlProblem }, access }) {
      const { id: appId, orgId } = await access.application(caller, params.app_id)
      const { id } = await endpointOf(storage, appId, params.endpoint_id)
      const settings = await endpointSettings(body, { storage, orgId, urlProblem })
      const result = await changeEndpoint(
        storage,
        appId,
        id,
        (current) => ({ ...settings, ...disabledReason(body.disabled, current) }),
        Date.now(),
      )
      if (result.kind !== 'stored') throw conflict()
      return ok(showEndpoint(result.endpoint))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}',
    operationId: 'v1.endpoint.delete',
    tag,
    summary: 'Delete an endpoint',
    description: 'What waits for it is not sent any more.',
    access: 'ManageEndpoint',
    params: endpointParams,
    responses: { 204: { description: 'It is gone' } },
    async handle({ caller, params }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, params.app_id)
      const { id } = await endpointOf(storage, appId, params.endpoint_id)
      if (!(await storage.deleteEndpoint(appId, id, Date.now()))) throw notFound()
      return noContent
    },
  }),
]
