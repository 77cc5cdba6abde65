import { isSensitiveHeader } from '#core/custom-headers.ts'
import { shownSecret } from '#core/signing-secret.ts'
import { changeEndpoint } from '#service/change-endpoint.ts'
import { checkedSecret } from '#service/create-endpoint.ts'
import { changedHeaders, type HeaderChange } from '#service/endpoint-headers.ts'
import { rotatedSecrets } from '#service/rotate-secret.ts'
import { openHeaders, openSecrets } from '#service/sealed.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { type AnyRoute, noContent, ok, type Reply, type RequestContext, route, type Tools } from '../route.ts'
import {
  endpointHeadersIn,
  endpointHeadersOut,
  endpointHeadersPatchIn,
  endpointSecretOut,
  endpointSecretRotateIn,
} from '../schemas/endpoint.ts'
import { endpointOf, endpointParams as params } from './endpoints.ts'

const tag = 'Endpoint'
const defaultGraceSeconds = 86_400

type EndpointRequest<Body> = RequestContext<
  { readonly app_id: string; readonly endpoint_id: string },
  unknown,
  Body
>

async function writeHeaders(
  { caller, params: { app_id, endpoint_id } }: EndpointRequest<unknown>,
  { parts: { storage, vault }, access }: Tools,
  change: HeaderChange,
): Promise<Reply> {
  const { id: appId } = await access.application(caller, app_id)
  const { id } = await endpointOf(storage, appId, endpoint_id)
  await changeEndpoint(storage, appId, id, (current) => changedHeaders(current, change, vault), Date.now())
  return noContent
}

export const endpointSecretRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret',
    operationId: 'v1.endpoint.get-secret',
    tag,
    summary: 'Get the signing secret',
    description: 'Of an asymmetric secret the public half is shown.',
    access: 'ViewEndpointSecret',
    params,
    responses: { 200: { description: 'The secret', schema: endpointSecretOut } },
    async handle({ caller, params: { app_id, endpoint_id } }, { parts: { storage, vault }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const [current] = openSecrets(await endpointOf(storage, appId, endpoint_id), vault)
      return ok({ key: shownSecret(current?.key ?? '') })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret/rotate',
    operationId: 'v1.endpoint.rotate-secret',
    tag,
    summary: 'Rotate the signing secret',
    description: 'Until the grace period ends, deliveries are signed with the old secret too.',
    access: 'ManageEndpointSecret',
    params,
    body: endpointSecretRotateIn,
    isBodyOptional: true,
    responses: { 204: { description: 'The new secret signs' } },
    async handle(request, { parts: { storage, vault }, access }) {
      const {
        caller,
        params: { app_id, endpoint_id },
        body,
      } = request
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      const now = Date.now()
      const key = checkedSecret(body.key ?? null, ['body', 'key'])
      const graceMs = (body.gracePeriodSeconds ?? defaultGraceSeconds) * 1000
      const change = (current: Parameters<typeof rotatedSecrets>[0]) =>
        rotatedSecrets(current, key, graceMs, vault, now)
      const result = await changeEndpoint(storage, appId, id, change, now, claimOf(request, id, now))
      if (isClaimed(result)) subjectOf(result)
      return noContent
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers',
    operationId: 'v1.endpoint.get-headers',
    tag,
    summary: 'Get the custom headers',
    access: 'ViewBase',
    params,
    responses: { 200: { description: 'Those that may be shown', schema: endpointHeadersOut } },
    async handle({ caller, params: { app_id, endpoint_id } }, { parts: { storage, vault }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const entries = Object.entries(openHeaders(await endpointOf(storage, appId, endpoint_id), vault))
      return ok({
        headers: Object.fromEntries(entries.filter(([name]) => !isSensitiveHeader(name))),
        sensitive: entries.map(([name]) => name).filter(isSensitiveHeader),
      })
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers',
    operationId: 'v1.endpoint.set-headers',
    tag,
    summary: 'Set the custom headers',
    access: 'ManageEndpoint',
    params,
    body: endpointHeadersIn,
    responses: { 204: { description: 'They are set' } },
    handle: (request, tools) =>
      writeHeaders(request, tools, { headers: request.body.headers, deleteHeaders: [], keepOthers: false }),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers',
    operationId: 'v1.endpoint.patch-headers',
    tag,
    summary: 'Change some custom headers',
    access: 'ManageEndpoint',
    params,
    body: endpointHeadersPatchIn,
    responses: { 204: { description: 'They are changed' } },
    handle: (request, tools) => writeHeaders(request, tools, { ...request.body, keepOthers: true }),
  }),
]
