import { z } from 'zod'
import type { Message } from '#core/message.ts'
import { invalid, notFound, Rejected } from '#core/errors.ts'
import type { AttemptFilter } from '#storage/storage.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import { listResponse, pageOf, plainListQuery } from '../listing.ts'
import type { ApiParts } from '../parts.ts'
import { type AnyRoute, noContent, ok, type Reply, type RequestContext, route, type Tools } from '../route.ts'
import {
  attemptCountOut,
  emptyResponse,
  endpointMessageList,
  messageAttemptHeadersOut,
  messageAttemptList,
  messageAttemptOut,
  messageEndpointList,
} from '../schemas/attempt.ts'
import { queryBoolean, reference } from '../schemas/common.ts'
import { showExchange } from '../show-exchange.ts'
import { listJson, messageJson, showAttempt, showEndpointCore, showStanding } from '../show.ts'
import { endpointOf, endpointParams } from './endpoints.ts'
import { messageFilterOf, messageFilters } from './messages.ts'

const tag = 'Message Attempt'
const messageParams = z.object({ app_id: reference, msg_id: reference })
const attemptParams = z.object({ app_id: reference, msg_id: reference, attempt_id: reference })

const filters = {
  ...messageFilters,
  status: z.enum(['0', '1', '2', '3', '4']).optional().meta({ type: 'integer' }),
  status_code_class: z.enum(['0', '100', '200', '300', '400', '500']).optional().meta({ type: 'integer' }),
  expanded_statuses: queryBoolean(false),
}
const contentFilters = { with_content: queryBoolean(true), with_msg: queryBoolean(false) }
const statusWords = { '0': 'success', '1': 'pending', '2': 'fail', '3': 'sending', '4': 'canceled' } as const

type FilterQuery = Parameters<typeof messageFilterOf>[0] & {
  readonly status?: keyof typeof statusWords | undefined
  readonly status_code_class?: string | undefined
}

function filterOf(query: FilterQuery): AttemptFilter {
  return {
    ...messageFilterOf(query),
    status: query.status === undefined ? null : statusWords[query.status],
    statusClass: query.status_code_class === undefined ? null : Number(query.status_code_class),
  }
}

/** The message by id or eventId within the application. Throws `Rejected` where there is none. */
async function messageOf(storage: ApiParts['storage'], appId: string, ref: string): Promise<Message> {
  const message = await storage.findMessage(appId, ref, false)
  if (message === null) throw notFound('Message')
  return message
}

interface AttemptListQuery extends FilterQuery {
  readonly limit: number
  readonly iterator?: string | undefined
  readonly with_content: boolean
  readonly with_msg: boolean
}

async function attemptList(
  storage: ApiParts['storage'],
  appId: string,
  of: { readonly endpointId: string | null; readonly messageSeq: number | null },
  query: AttemptListQuery,
): Promise<Reply> {
  const page = pageOf(query, 'descending')
  const listed = await storage.listAttempts(appId, of, page, filterOf(query), query.with_msg)
  const list = listResponse(
    listed,
    page,
    ({ id }) => id,
    ({ message, ...attempt }) => {
      const shown = JSON.stringify(showAttempt(attempt, query.with_content))
      return message === null
        ? shown
        : `${shown.slice(0, -1)},"msg":${messageJson(message, query.with_content)}}`
    },
  )
  return { status: 200, json: listJson(list) }
}

const resend = route({
  method: 'POST',
  path: '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend',
  operationId: 'v1.message-attempt.resend',
  tag,
  summary: 'Send a message to an endpoint once more',
  description: 'One attempt of its own. What the schedule still has to do stays as it is.',
  access: 'CreateAttempts',
  params: z.object({ app_id: reference, msg_id: reference, endpoint_id: reference }),
  responses: { 202: { description: 'It will be sent', schema: emptyResponse } },
  async handle(request, { parts: { storage }, access }) {
    const {
      caller,
      params: { app_id, msg_id, endpoint_id },
    } = request
    const { id: appId } = await access.application(caller, app_id)
    const message = await messageOf(storage, appId, msg_id)
    const endpoint = await endpointOf(storage, appId, endpoint_id)
    if (endpoint.disabledReason !== null) {
      throw new Rejected('bad_request', 'endpoint_disabled', 'The endpoint is disabled; enable it first')
    }
    const now = Date.now()
    const key = { appId, messageSeq: message.seq, endpointId: endpoint.id, trigger: 'manual' as const }
    const result = await storage.insertManualDelivery(key, now, claimOf(request, message.id, now))
    if (result.kind === 'no-content') {
      throw new Rejected('bad_request', 'missing_payload', 'The payload has expired or was expunged')
    }
    if (isClaimed(result)) subjectOf(result)
    return { status: 202, body: {} }
  },
})

async function attemptsAtEndpointOfMessage(
  {
    caller,
    params: { app_id, msg_id, endpoint_id },
    query,
  }: RequestContext<
    { readonly app_id: string; readonly msg_id: string; readonly endpoint_id: string },
    AttemptListQuery,
    null
  >,
  { parts: { storage }, access }: Tools,
): Promise<Reply> {
  const { id: appId } = await access.application(caller, app_id)
  const { seq } = await messageOf(storage, appId, msg_id)
  const { id } = await endpointOf(storage, appId, endpoint_id)
  return attemptList(storage, appId, { endpointId: id, messageSeq: seq }, query)
}

export const attemptRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}',
    operationId: 'v1.message-attempt.list-by-endpoint',
    tag,
    summary: 'List attempts at an endpoint',
    access: 'ViewBase',
    params: endpointParams,
    query: z.object({ ...plainListQuery, ...filters, ...contentFilters }),
    responses: { 200: { description: 'A page of attempts, newest first', schema: messageAttemptList } },
    async handle({ caller, params: { app_id, endpoint_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      return attemptList(storage, appId, { endpointId: id, messageSeq: null }, query)
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}/count',
    operationId: 'v1.message-attempt.count-by-endpoint',
    tag,
    summary: 'Count attempts at an endpoint',
    access: 'ViewBase',
    params: endpointParams,
    query: z.object(filters),
    responses: { 200: { description: 'The count', schema: attemptCountOut } },
    async handle({ caller, params: { app_id, endpoint_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      return ok({ count: await storage.countAttempts(appId, id, filterOf(query)), approximated: false })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/attempt/msg/{msg_id}',
    operationId: 'v1.message-attempt.list-by-msg',
    tag,
    summary: 'List attempts of a message',
    access: 'ViewBase',
    params: messageParams,
    query: z.object({ ...plainListQuery, ...filters, ...contentFilters, endpoint_id: reference.optional() }),
    responses: { 200: { description: 'A page of attempts, newest first', schema: messageAttemptList } },
    async handle({ caller, params: { app_id, msg_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { seq } = await messageOf(storage, appId, msg_id)
      const endpoint =
        query.endpoint_id === undefined ? null : await endpointOf(storage, appId, query.endpoint_id)
      return attemptList(storage, appId, { endpointId: endpoint?.id ?? null, messageSeq: seq }, query)
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/attempt',
    operationId: 'v1.message-attempt.list-by-endpoint-deprecated',
    tag,
    summary: 'List attempts of a message at an endpoint',
    isDeprecated: true,
    access: 'ViewBase',
    params: z.object({ app_id: reference, msg_id: reference, endpoint_id: reference }),
    query: z.object({ ...plainListQuery, ...filters, ...contentFilters }),
    responses: { 200: { description: 'A page of attempts, newest first', schema: messageAttemptList } },
    handle: attemptsAtEndpointOfMessage,
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/endpoint/{endpoint_id}/msg',
    operationId: 'v1.message-attempt.list-attempted-messages',
    tag,
    summary: 'List messages that were attempted',
    access: 'ViewBase',
    params: endpointParams,
    query: z.object({
      ...plainListQuery,
      ...messageFilters,
      status: filters.status,
      expanded_statuses: queryBoolean(false),
      with_content: queryBoolean(true),
    }),
    responses: {
      200: { description: 'A page of messages, by their last attempt', schema: endpointMessageList },
    },
    async handle({ caller, params: { app_id, endpoint_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { id } = await endpointOf(storage, appId, endpoint_id)
      const page = pageOf(query, 'descending')
      const listed = await storage.listEndpointMessages(appId, id, page, filterOf(query), query.with_content)
      const list = listResponse(
        listed,
        page,
        (message) => message.id,
        ({ standing, ...message }) => messageJson(message, query.with_content, showStanding(standing)),
      )
      return { status: 200, json: listJson(list) }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/endpoint',
    operationId: 'v1.message-attempt.list-attempted-destinations',
    tag,
    summary: 'List endpoints that a message went to',
    access: 'ViewBase',
    params: messageParams,
    query: z.object(plainListQuery),
    responses: {
      200: {
        description: 'A page of endpoints with how the message stands there',
        schema: messageEndpointList,
      },
    },
    async handle({ caller, params: { app_id, msg_id }, query }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { seq } = await messageOf(storage, appId, msg_id)
      const page = pageOf(query, 'ascending')
      const listed = await storage.listMessageEndpoints(appId, seq, page)
      return ok(
        listResponse(
          listed,
          page,
          ({ id }) => id,
          ({ standing, ...endpoint }) => ({
            ...showEndpointCore(endpoint),
            ...showStanding(standing),
          }),
        ),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}',
    operationId: 'v1.message-attempt.get',
    tag,
    summary: 'Get an attempt',
    access: 'ViewBase',
    params: attemptParams,
    query: z.object({ expanded_statuses: queryBoolean(false) }),
    responses: { 200: { description: 'The attempt', schema: messageAttemptOut } },
    async handle({ caller, params: { app_id, msg_id, attempt_id } }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { seq } = await messageOf(storage, appId, msg_id)
      const attempt = await storage.findAttempt(appId, seq, attempt_id)
      if (attempt === null) throw notFound()
      return ok(showAttempt(attempt, true))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/headers',
    operationId: 'v1.message-attempt.get-headers',
    tag,
    summary: 'Get the headers of an attempt',
    description:
      'What was sent, but for what belongs to the connection, and what came back: names of the latter are in lower ' +
      'case; its cookies and sensitive values are hidden.',
    access: 'ViewBase',
    params: attemptParams,
    responses: { 200: { description: 'The headers', schema: messageAttemptHeadersOut } },
    async handle({ caller, params: { app_id, msg_id, attempt_id } }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const message = await messageOf(storage, appId, msg_id)
      const attempt = await storage.findAttempt(appId, message.seq, attempt_id)
      if (attempt === null) throw notFound()
      return ok(showExchange(attempt, message))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content',
    operationId: 'v1.message-attempt.expunge-content',
    tag,
    summary: 'Delete the answer of an attempt, and its headers',
    access: 'organisation',
    params: attemptParams,
    responses: { 204: { description: 'They are gone' } },
    async handle({ caller, params: { app_id, msg_id, attempt_id } }, { parts: { storage }, access }) {
      const { id: appId } = await access.application(caller, app_id)
      const { seq } = await messageOf(storage, appId, msg_id)
      if (!(await storage.expungeAttempt(appId, seq, attempt_id))) throw notFound()
      return noContent
    },
  }),
  resend,
]

/** Statuses that a replay can ask for. */
export function replayStatus(status: number | null | undefined): 'success' | 'fail' | 'canceled' | null {
  if (status == null) return null
  if (status === 0) return 'success'
  if (status === 2) return 'fail'
  if (status === 4) return 'canceled'
  throw invalid(['body', 'status'], 'what is pending or being sent needs no replay: give 0, 2 or 4')
}
