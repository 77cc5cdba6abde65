import { z } from 'zod'
import type { Application } from '#core/application.ts'
import { conflict, invalid, notFound, Rejected } from '#core/errors.ts'
import { newApplication } from '#service/create-application.ts'
import { newMessage } from '#service/new-message.ts'
import type { PublishGroupResult } from '#storage/storage.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import type { JsonBody } from '../json-body.ts'
import { listResponse, pageOf, plainListQuery } from '../listing.ts'
import { contentOf } from '../message-content.ts'
import type { ApiParts } from '../parts.ts'
import { payloadText } from '../raw-json.ts'
import { type MessageBody, readMessage } from '../read-message.ts'
import { type AnyRoute, noContent, ok, type Reply, route } from '../route.ts'
import { dateTime, eventTypeName, queryBoolean, queryList, reference } from '../schemas/common.ts'
import {
  messageIn,
  messageList,
  messageOut,
  messagePrecheckIn,
  messagePrecheckOut,
  messageRawPayloadOut,
} from '../schemas/message.ts'
import { listJson, messageJson } from '../show.ts'

const tag = 'Message'
const params = z.object({ app_id: reference })
const messageParams = z.object({ app_id: reference, msg_id: reference })

/** The application that a publish creates where it is missing, or why it cannot. */
export interface Birth {
  readonly application: Application | null
  /** Matters only where the application is missing. */
  readonly problem: Rejected | null
}

export const noBirth: Birth = { application: null, problem: null }

export function birthOf(
  orgId: string,
  appRef: string,
  described: MessageBody['application'],
  now: number,
  loc: readonly string[],
): Birth {
  if (described == null) return noBirth
  const refused = (msg: string, type?: string): Birth => ({
    application: null,
    problem: invalid([...loc, 'application', 'uid'], msg, type),
  })
  if (described.uid == null) return refused('is needed', 'application_uid_missing')
  if (described.uid !== appRef)
    return refused('must be the application in the path', 'application_uid_mismatch')
  if (appRef.startsWith('app_')) return refused('must not begin with app_')
  return { application: newApplication(orgId, described, now), problem: null }
}

/** The results of a publish. Throws `Rejected` for what stands in the way of all its messages. */
export function publishedOf(result: PublishGroupResult, { problem }: Birth = noBirth) {
  if (result.kind === 'no-application') throw problem ?? notFound('Application')
  if (result.kind === 'throttled') {
    throw new Rejected('too_many', 'throttled', 'The application takes no more messages this second', result)
  }
  return result
}

export function eventIdTaken(): Rejected {
  return conflict('A message with this eventId exists')
}

async function repeatedMessage(
  storage: ApiParts['storage'],
  orgId: string,
  appRef: string,
  id: string,
  withContent: boolean,
): Promise<string> {
  const application = await storage.findApplication(orgId, appRef)
  const message = application === null ? null : await storage.findMessage(application.id, id, withContent)
  if (message === null) throw notFound('Message')
  return messageJson(message, withContent)
}

const publishRoute = route({
  method: 'POST',
  path: '/api/v1/app/{app_id}/msg',
  operationId: 'v1.message.create',
  tag,
  summary: 'Publish a message',
  description: 'The answer comes after the message and its deliveries are on disk.',
  access: 'organisation',
  params,
  query: z.object({ with_content: queryBoolean(true) }),
  body: messageIn,
  readBody: ({ value }: JsonBody) => readMessage(value, ['body']),
  responses: { 202: { description: 'The message is stored and will be delivered', schema: messageOut } },
  async handle(request, { parts: { publisher, storage, config } }): Promise<Reply> {
    const {
      caller,
      params: { app_id: appRef },
      query,
      body,
      rawBody,
    } = request
    const now = Date.now()
    const payload = payloadText(rawBody?.text ?? '', 0, ['body'])
    const content = contentOf(body, payload, config.maxPayloadBytes, ['body'])
    const message = newMessage(body, content, now, ['body'])
    const birth = birthOf(caller.orgId, appRef, body.application, now, ['body'])
    const result = publishedOf(
      await publisher.publish({
        orgId: caller.orgId,
        appRef,
        createApplication: birth.application,
        items: [{ message }],
        atomic: false,
        onlyEndpointId: null,
        claim: claimOf(request, message.id, now),
      }),
      birth,
    )
    if (isClaimed(result)) {
      const id = subjectOf(result)
      const json = await repeatedMessage(storage, caller.orgId, appRef, id, query.with_content)
      return { status: 202, json }
    }
    if (result.results[0]?.kind !== 'stored') throw eventIdTaken()
    return { status: 202, json: messageJson(message, query.with_content) }
  },
})

export const messageFilters = {
  channel: z.string().max(128).optional(),
  tag: z.string().max(128).optional(),
  event_types: queryList(eventTypeName),
  before: dateTime.optional(),
  after: dateTime.optional(),
}

interface MessageFilterQuery {
  readonly channel?: string | undefined
  readonly tag?: string | undefined
  readonly event_types?: readonly string[] | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
}

export function messageFilterOf({ channel, tag: tagged, event_types, before, after }: MessageFilterQuery) {
  return {
    channel: channel ?? null,
    tag: tagged ?? null,
    eventTypes: event_types ?? null,
    before: before === undefined ? null : Date.parse(before),
    after: after === undefined ? null : Date.parse(after),
  }
}

export const messageRoutes: readonly AnyRoute[] = [
  publishRoute,
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg',
    operationId: 'v1.message.list',
    tag,
    summary: 'List messages',
    access: 'ViewBase',
    params,
    query: z.object({ ...plainListQuery, ...messageFilters, with_content: queryBoolean(true) }),
    responses: { 200: { description: 'A page of messages, newest first', schema: messageList } },
    async handle({ caller, params: { app_id }, query }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const page = pageOf(query, 'descending')
      const listed = await storage.listMessages(id, page, messageFilterOf(query), query.with_content)
      const show = (message: Parameters<typeof messageJson>[0]) => messageJson(message, query.with_content)
      return { status: 200, json: listJson(listResponse(listed, page, (message) => message.id, show)) }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}',
    operationId: 'v1.message.get',
    tag,
    summary: 'Get a message',
    access: 'ViewBase',
    params: messageParams,
    query: z.object({ with_content: queryBoolean(true) }),
    responses: { 200: { description: 'The message', schema: messageOut } },
    async handle({ caller, params: { app_id, msg_id }, query }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const message = await storage.findMessage(id, msg_id, query.with_content)
      if (message === null) throw notFound('Message')
      return { status: 200, json: messageJson(message, query.with_content) }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/raw',
    operationId: 'v1.message.get-raw-payload',
    tag,
    summary: 'Get the payload of a message byte for byte',
    access: 'ViewBase',
    params: messageParams,
    responses: { 200: { description: 'The payload', schema: messageRawPayloadOut } },
    async handle({ caller, params: { app_id, msg_id } }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const message = await storage.findMessage(id, msg_id, true)
      if (message === null) throw notFound('Message')
      const { payload, contentType, received } = message
      return ok({
        payload: payload ?? '',
        contentType,
        encoding: received?.encoding ?? 'utf8',
        expired: payload === null,
      })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/app/{app_id}/msg/{msg_id}/content',
    operationId: 'v1.message.expunge-content',
    tag,
    summary: 'Delete the payload of a message',
    description: 'What still waits to be sent is not sent.',
    access: 'organisation',
    params: messageParams,
    responses: { 204: { description: 'The payload is gone' } },
    async handle({ caller, params: { app_id, msg_id } }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const message = await storage.findMessage(id, msg_id, false)
      if (message === null) throw notFound('Message')
      await storage.expungeMessage(id, message.seq)
      return noContent
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/msg/precheck/active',
    operationId: 'v1.message.precheck',
    tag,
    summary: 'Ask whether any endpoint would take a message',
    access: 'organisation',
    params,
    body: messagePrecheckIn,
    responses: { 200: { description: 'Whether one would', schema: messagePrecheckOut } },
    async handle({ caller, params: { app_id }, body }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      return ok({
        active: await storage.hasTaker(id, { eventType: body.eventType, channels: body.channels ?? null }),
      })
    },
  }),
]
