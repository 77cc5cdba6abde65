import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { conflict, type FieldProblem, invalid, notFound, Rejected } from '#core/errors.ts'
import { newApplication } from '#service/create-application.ts'
import { newMessage } from '#service/new-message.ts'
import type { PublishGroup, PublishGroupResult } from '#storage/storage.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import type { JsonBody } from '../json-body.ts'
import { listResponse, pageOf, plainListQuery } from '../listing.ts'
import type { ApiParts } from '../parts.ts'
import { payloadText } from '../raw-json.ts'
import { type AnyRoute, noContent, ok, type Reply, route } from '../route.ts'
import { dateTime, eventTypeName, queryBoolean, queryList, reference } from '../schemas/common.ts'
import {
  messageIn,
  messageList,
  messageOut,
  messagePrecheckIn,
  messagePrecheckOut,
} from '../schemas/message.ts'
import { listJson, messageJson } from '../show.ts'

const tag = 'Message'
const params = z.object({ app_id: reference })
const messageParams = z.object({ app_id: reference, msg_id: reference })

export type MessageBody = z.infer<typeof messageIn>

/**
 * Publishing is what the server does most, and walking a payload to find that it is an object costs more than all else
 * in a request: this validator is compiled from the same schema, with the payload's inside left alone.
 */
const compiled = new Ajv2020({
  useDefaults: true,
  allErrors: true,
  strict: false,
  formats: { 'date-time': true, uri: true },
}).compile<MessageBody>(
  z.toJSONSchema(z.object({ ...messageIn.shape, payload: z.looseObject({}) }), { io: 'input' }),
)

/** A message as it was sent. Throws `Rejected` naming each field that is not as it must be. */
export function readMessage(value: unknown, loc: readonly string[]): MessageBody {
  if (compiled(value)) return value
  throw new Rejected('invalid', 'validation_error', 'The message is not valid', {
    problems: (compiled.errors ?? []).map((error) => problemFrom(error, loc)),
  })
}

function problemFrom(
  { instancePath, keyword, params: details, message }: ErrorObject,
  loc: readonly string[],
): FieldProblem {
  const path = instancePath.split('/').slice(1)
  if (keyword === 'required') path.push(String(details.missingProperty))
  const isType = keyword === 'type' || keyword === 'required'
  return {
    loc: [...loc, ...path],
    msg: message ?? 'is not valid',
    type: isType ? 'type_error' : 'value_error',
  }
}

/** The text to send: the payload's own, or the text that is to be sent instead of it. Throws 413 beyond the limit. */
export function textToSend(
  body: MessageBody,
  payload: string,
  maxBytes: number,
  loc: readonly string[],
): string {
  const raw = body.transformationsParams?.rawPayload
  if (raw !== undefined && typeof raw !== 'string') {
    throw invalid([...loc, 'transformationsParams', 'rawPayload'], 'must be a text')
  }
  const text = raw ?? payload
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw new Rejected('too_large', 'payload_too_large', `The payload has more than ${maxBytes} bytes`)
  }
  return text
}

/** The application that a publish creates where it is missing. */
export function applicationToCreate(
  orgId: string,
  appRef: string,
  described: MessageBody['application'],
  now: number,
): PublishGroup['createApplication'] {
  if (described == null) return null
  if (described.uid == null) {
    throw invalid(['body', 'application', 'uid'], 'is needed', 'application_uid_missing')
  }
  if (described.uid !== appRef) {
    throw invalid(
      ['body', 'application', 'uid'],
      'must be the application in the path',
      'application_uid_mismatch',
    )
  }
  return newApplication(orgId, described, now)
}

/** What stands in the way of all messages of a request, or its results. */
export function publishedOf(result: PublishGroupResult) {
  if (result.kind === 'no-application') throw notFound('Application')
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
): Promise<string> {
  const application = await storage.findApplication(orgId, appRef)
  const message = application === null ? null : await storage.findMessage(application.id, id, true)
  if (message === null) throw notFound('Message')
  return messageJson(message, true)
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
    const own = payloadText(rawBody?.text ?? '', 0, ['body'])
    const text = textToSend(body, own, config.maxPayloadBytes, ['body'])
    const message = newMessage(body, text, now, ['body'])
    const result = publishedOf(
      await publisher.publish({
        orgId: caller.orgId,
        appRef,
        createApplication: applicationToCreate(caller.orgId, appRef, body.application, now),
        items: [{ message }],
        atomic: false,
        onlyEndpointId: null,
        claim: claimOf(request, message.id, now),
      }),
    )
    if (isClaimed(result)) {
      return { status: 202, json: await repeatedMessage(storage, caller.orgId, appRef, subjectOf(result)) }
    }
    if (result.results[0]?.kind !== 'stored') throw eventIdTaken()
    return { status: 202, json: messageJson({ ...message, payload: own }, query.with_content) }
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
