import { z } from 'zod'
import type { Application } from '#core/application.ts'
import { conflict, notFound } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Rejection, Source } from '#core/source.ts'
import { openConfig, openToken, sealConfig, sealedToken } from '#inbound/source-config.ts'
import { learnsSecret, readConfig, shownConfig } from '#inbound/source-types.ts'
import { changeSource } from '#service/change-source.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { listQuery, listResponse, pageOf } from '../listing.ts'
import type { ApiParts } from '../parts.ts'
import { type AnyRoute, created, noContent, ok, route } from '../route.ts'
import { reference } from '../schemas/common.ts'
import { logList, rotateTokenOut, sourceIn, sourceList, sourceOut, sourcePatch } from '../schemas/source.ts'
import { time } from '../show.ts'

const tag = 'Ingest Source'
const path = '/ingest/api/v1/source'
export const sourceParams = z.object({ source_id: reference })

/** By id or uid. Throws `Rejected` where the organisation has none. */
export async function sourceOf(storage: ApiParts['storage'], orgId: string, ref: string): Promise<Source> {
  const source = await storage.findSource(orgId, ref)
  if (source === null) throw notFound()
  return source
}

function ingestUrl(source: Source, { publicUrl, vault }: ApiParts): string {
  return `${publicUrl}/in/${openToken(source, vault)}`
}

function showSource(source: Source, parts: ApiParts) {
  const { id, uid, name, type, appId, metadata, createdAt, updatedAt } = source
  return {
    id,
    uid,
    name,
    type,
    config: shownConfig(type, openConfig(source, parts.vault)),
    ingestUrl: ingestUrl(source, parts),
    appId,
    metadata,
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  }
}

function showRejection({ id, sourceId, status, reason, detail, headers, body, createdAt }: Rejection) {
  return {
    id,
    source_id: sourceId,
    status_code: status,
    error_code: reason,
    error_text: detail,
    headers: Object.fromEntries(headers),
    payload: body,
    created_at: time(createdAt),
    updated_at: time(createdAt),
  }
}

/** A source as it would be stored, and its application. Throws `Rejected` for a config that its type does not take. */
function newSource(
  orgId: string,
  { name, uid, type, config, metadata }: z.infer<typeof sourceIn>,
  { vault }: ApiParts,
  now: number,
): { readonly source: Source; readonly application: Application } {
  const id = newId('src_', now)
  const times = { createdAt: now, updatedAt: now, version: 1 }
  const application = {
    orgId,
    id: newId('app_', now),
    uid: id,
    name,
    throttleRate: null,
    metadata: {},
    ...times,
  }
  const source = {
    orgId,
    id,
    uid: uid ?? null,
    name,
    type,
    appId: application.id,
    metadata,
    sealedConfig: sealConfig(readConfig(type, config ?? {}), id, vault),
    ...sealedToken(id, vault),
    ...times,
  }
  return { source, application }
}

/**
 * A secret that the provider gave in its handshake stays unless others are named: nobody else has it, and whoever came
 * next could give theirs.
 */
function resealed(
  current: Source,
  type: string,
  given: Readonly<Record<string, unknown>>,
  { vault }: ApiParts,
): string {
  const config = readConfig(type, given)
  const isNamed = 'secret' in given || 'secrets' in given
  const isLearned = !isNamed && type === current.type && learnsSecret(type)
  const secrets = isLearned ? openConfig(current, vault).secrets : config.secrets
  return sealConfig({ ...config, secrets }, current.id, vault)
}

const taken = 'Another source has this uid'

export const sourceRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path,
    operationId: 'v1.ingest.source.list',
    tag,
    summary: 'List sources',
    access: 'organisation',
    query: z.object(listQuery),
    responses: { 200: { description: 'A page of sources', schema: sourceList } },
    async handle({ caller, query }, { parts }) {
      const page = pageOf(query, 'ascending')
      const listed = await parts.storage.listSources(caller.orgId, page)
      return ok(
        listResponse(
          listed,
          page,
          ({ id }) => id,
          (source) => showSource(source, parts),
        ),
      )
    },
  }),
  route({
    method: 'POST',
    path,
    operationId: 'v1.ingest.source.create',
    tag,
    summary: 'Create a source',
    description: 'What it takes in are messages of an application of its own, whose uid is the source’s id.',
    access: 'organisation',
    body: sourceIn,
    responses: { 201: { description: 'The source', schema: sourceOut } },
    async handle(request, { parts }) {
      const { caller, body } = request
      const now = Date.now()
      const { source, application } = newSource(caller.orgId, body, parts, now)
      const result = await parts.storage.insertSource(source, application, claimOf(request, source.id, now))
      if (result.kind === 'stored') return created(showSource(source, parts))
      if (!isClaimed(result)) throw conflict(taken)
      return created(showSource(await sourceOf(parts.storage, caller.orgId, subjectOf(result)), parts))
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{source_id}`,
    operationId: 'v1.ingest.source.get',
    tag,
    summary: 'Get a source',
    access: 'organisation',
    params: sourceParams,
    responses: { 200: { description: 'The source', schema: sourceOut } },
    async handle({ caller, params }, { parts }) {
      return ok(showSource(await sourceOf(parts.storage, caller.orgId, params.source_id), parts))
    },
  }),
  route({
    method: 'PUT',
    path: `${path}/{source_id}`,
    operationId: 'v1.ingest.source.upsert',
    tag,
    summary: 'Create or replace a source',
    description: 'Its URL stays.',
    access: 'organisation',
    params: sourceParams,
    body: sourceIn,
    responses: {
      200: { description: 'It was replaced', schema: sourceOut },
      201: { description: 'It was created', schema: sourceOut },
    },
    async handle({ caller, params, body }, { parts }) {
      const now = Date.now()
      const existing = await parts.storage.findSource(caller.orgId, params.source_id)
      if (existing === null) {
        const { source, application } = newSource(caller.orgId, body, parts, now)
        const result = await parts.storage.insertSource(source, application, null)
        if (result.kind !== 'stored') throw conflict(taken)
        return created(showSource(source, parts))
      }
      const { name, uid, type, metadata } = body
      const config = body.config ?? {}
      const change = (current: Source) => ({
        name,
        uid: uid ?? null,
        type,
        metadata,
        sealedConfig: resealed(current, type, config, parts),
      })
      return ok(showSource(await changeSource(parts.storage, caller.orgId, existing.id, change, now), parts))
    },
  }),
  route({
    method: 'PATCH',
    path: `${path}/{source_id}`,
    operationId: 'v1.ingest.source.patch',
    tag,
    summary: 'Change some of a source',
    access: 'organisation',
    params: sourceParams,
    body: sourcePatch,
    responses: { 200: { description: 'The source', schema: sourceOut } },
    async handle({ caller, params, body: { config, ...body } }, { parts }) {
      const { id } = await sourceOf(parts.storage, caller.orgId, params.source_id)
      const change = (current: Source) => ({
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.uid === undefined ? {} : { uid: body.uid }),
        ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
        ...(config === undefined ? {} : { sealedConfig: resealed(current, current.type, config, parts) }),
      })
      return ok(showSource(await changeSource(parts.storage, caller.orgId, id, change, Date.now()), parts))
    },
  }),
  route({
    method: 'DELETE',
    path: `${path}/{source_id}`,
    operationId: 'v1.ingest.source.delete',
    tag,
    summary: 'Delete a source, its application and all they own',
    description: 'Whoever still sends to its URL is answered 410 for 30 days.',
    access: 'organisation',
    params: sourceParams,
    responses: { 204: { description: 'It is gone' } },
    async handle({ caller, params }, { parts: { storage } }) {
      const { id } = await sourceOf(storage, caller.orgId, params.source_id)
      if (!(await storage.deleteSource(caller.orgId, id, Date.now()))) throw notFound()
      return noContent
    },
  }),
  route({
    method: 'POST',
    path: `${path}/{source_id}/token/rotate`,
    operationId: 'v1.ingest.source.rotate-token',
    tag,
    summary: 'Give a source another URL',
    description: 'The old one stops at once.',
    access: 'organisation',
    params: sourceParams,
    responses: { 200: { description: 'Its new URL', schema: rotateTokenOut } },
    async handle({ caller, params }, { parts }) {
      const { id } = await sourceOf(parts.storage, caller.orgId, params.source_id)
      const token = sealedToken(id, parts.vault)
      const source = await changeSource(parts.storage, caller.orgId, id, () => token, Date.now())
      return ok({ ingestUrl: ingestUrl(source, parts) })
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{source_id}/log`,
    operationId: 'v1.ingest.log.list',
    tag,
    summary: 'List requests that were refused',
    description: 'The newest of them, with the reason.',
    access: 'organisation',
    params: sourceParams,
    query: z.object(listQuery),
    responses: { 200: { description: 'A page of refused requests', schema: logList } },
    async handle({ caller, params, query }, { parts: { storage } }) {
      const { id } = await sourceOf(storage, caller.orgId, params.source_id)
      const page = pageOf(query, 'descending')
      return ok(listResponse(await storage.listRejections(id, page), page, (each) => each.id, showRejection))
    },
  }),
]
