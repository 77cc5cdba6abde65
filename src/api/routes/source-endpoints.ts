import { z } from 'zod'
import { invalid } from '#core/errors.ts'
import { type AnyRoute, noContent, ok, type RequestContext, route } from '../route.ts'
import { reference } from '../schemas/common.ts'
import { transformationOut, transformationPatch } from '../schemas/source.ts'
import { portalAccessRoute } from './authentication.ts'
import { endpointSecretRoutes } from './endpoint-secrets.ts'
import { endpointOf, endpointRoutes } from './endpoints.ts'
import { sourceOf, sourceParams } from './sources.ts'

const tag = 'Ingest Endpoint'
const application = '/api/v1/app/{app_id}'
const source = '/ingest/api/v1/source/{source_id}'
const params = z.object({ source_id: reference, endpoint_id: reference })

/** The same operation on the source's application. */
function ofSource(original: AnyRoute, operationId: string, path: string): AnyRoute {
  const { app_id: _, ...others } = original.params?.shape ?? {}
  return {
    ...original,
    path,
    operationId,
    tag,
    access: 'organisation',
    params: sourceParams.extend(others),
    async handle(request: RequestContext<never, never, never>, tools) {
      const { source_id: ref, ...rest } = request.params as { readonly source_id: string }
      const { appId } = await sourceOf(tools.parts.storage, request.caller.orgId, ref)
      return await original.handle({ ...request, params: { ...rest, app_id: appId } as never }, tools)
    },
  }
}

const names: ReadonlySet<string> = new Set([
  'v1.endpoint.list',
  'v1.endpoint.create',
  'v1.endpoint.get',
  'v1.endpoint.upsert',
  'v1.endpoint.delete',
  'v1.endpoint.get-secret',
  'v1.endpoint.rotate-secret',
  'v1.endpoint.get-headers',
  'v1.endpoint.set-headers',
])

/** Endpoints of a source are those of its application: the same operations under the source's path. */
export const sourceEndpointRoutes: readonly AnyRoute[] = [
  ...[...endpointRoutes, ...endpointSecretRoutes]
    .filter(({ operationId }) => names.has(operationId))
    .map((each) =>
      ofSource(each, each.operationId.replace('v1.', 'v1.ingest.'), each.path.replace(application, source)),
    ),
  ofSource(portalAccessRoute, 'v1.ingest.authentication.consumer-portal-access', `${source}/dashboard`),
  route({
    method: 'GET',
    path: `${source}/endpoint/{endpoint_id}/transformation`,
    operationId: 'v1.ingest.endpoint.transformation.get',
    tag,
    summary: 'Get the transformation',
    description: 'There is none: what a source takes in goes on byte for byte.',
    access: 'organisation',
    params,
    responses: { 200: { description: 'None', schema: transformationOut } },
    async handle({ caller, params: { source_id, endpoint_id } }, { parts: { storage } }) {
      const { appId } = await sourceOf(storage, caller.orgId, source_id)
      await endpointOf(storage, appId, endpoint_id)
      return ok({ code: null, enabled: false })
    },
  }),
  route({
    method: 'PATCH',
    path: `${source}/endpoint/{endpoint_id}/transformation`,
    operationId: 'v1.ingest.endpoint.transformation.patch',
    tag,
    summary: 'Set the transformation',
    description: 'Only to none.',
    access: 'organisation',
    params,
    body: transformationPatch,
    responses: { 204: { description: 'There is none' } },
    async handle({ caller, params: { source_id, endpoint_id }, body }, { parts: { storage } }) {
      const { appId } = await sourceOf(storage, caller.orgId, source_id)
      await endpointOf(storage, appId, endpoint_id)
      if (body.enabled === true)
        throw invalid(['body', 'enabled'], 'must be false: nothing is transformed here')
      if (body.code != null) throw invalid(['body', 'code'], 'must be null: nothing is transformed here')
      return noContent
    },
  }),
]
