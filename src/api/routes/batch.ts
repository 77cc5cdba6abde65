import { z } from 'zod'
import { notFound, Rejected } from '#core/errors.ts'
import { newMessage } from '#service/new-message.ts'
import type { PublishItem } from '#storage/storage.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import type { JsonBody } from '../json-body.ts'
import { contentOf } from '../message-content.ts'
import type { ApiParts } from '../parts.ts'
import { fieldProblems } from '../problem.ts'
import { items, members, payloadText } from '../raw-json.ts'
import { type MessageBody, readMessage } from '../read-message.ts'
import { type AnyRoute, type Reply, route } from '../route.ts'
import { queryBoolean, reference } from '../schemas/common.ts'
import { maxBatchMessages, messageBatchIn, messageBatchOut } from '../schemas/message.ts'
import { messageJson } from '../show.ts'
import { type Birth, birthOf, eventIdTaken, noBirth, publishedOf } from './messages.ts'

const maxBatchBytes = 16 * 1024 * 1024

/** A message that may be stored, or why it may not. */
type Candidate =
  | (PublishItem & { readonly application: MessageBody['application'] })
  | { readonly refused: Rejected }

/** The envelope alone: each message is judged by itself. */
const envelope = z.object({
  messages: z.array(z.unknown()).min(1).max(maxBatchMessages),
  atomic: z.boolean().default(false),
})

function candidatesOf({ text, value }: JsonBody, maxPayloadBytes: number, now: number): readonly Candidate[] {
  const starts: number[] = []
  for (const [key, span] of members(text, 0)) {
    if (key !== 'messages') continue
    starts.length = 0
    for (const item of items(text, span.start)) starts.push(item.start)
  }
  const { messages } = value as { readonly messages: readonly unknown[] }
  return messages.map((each, index) => {
    const loc = ['body', 'messages', String(index)]
    try {
      const body = readMessage(each, loc)
      const content = contentOf(body, payloadText(text, starts[index] ?? 0, loc), maxPayloadBytes, loc)
      return { message: newMessage(body, content, now, loc), application: body.application }
    } catch (error) {
      if (error instanceof Rejected) return { refused: error }
      throw error
    }
  })
}

/** The first message that describes the application speaks for all. */
function birthFrom(candidates: readonly Candidate[], orgId: string, appRef: string, now: number): Birth {
  for (const [index, each] of candidates.entries()) {
    if ('refused' in each || each.application == null) continue
    return birthOf(orgId, appRef, each.application, now, ['body', 'messages', String(index)])
  }
  return noBirth
}

function refusalJson({ code, message, problems }: Rejected): string {
  const detail =
    problems.length === 0 ? message : problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')
  return JSON.stringify({ status: 'rejected', error: { code, detail } })
}

function acceptedJson(message: PublishItem['message'], withContent: boolean): string {
  return `{"status":"accepted","message":${messageJson(message, withContent)}}`
}

/** One result for each candidate, in order: those that may be stored were, unless their eventId was taken. */
function resultsJson(
  candidates: readonly Candidate[],
  stored: (index: number) => PublishItem['message'] | null,
  withContent: boolean,
): string {
  let next = 0
  const results = candidates.map((each) => {
    if ('refused' in each) return refusalJson(each.refused)
    const message = stored(next++)
    return message === null ? refusalJson(eventIdTaken()) : acceptedJson(message, withContent)
  })
  return `{"data":[${results.join(',')}]}`
}

/** What a request stored when it first came, by the ids that it then gave to what it could store. */
async function firstStored(
  storage: ApiParts['storage'],
  orgId: string,
  appRef: string,
  subject: string,
): Promise<(index: number) => PublishItem['message'] | null> {
  const application = await storage.findApplication(orgId, appRef)
  if (application === null) throw notFound('Application')
  const ids = subject.split(',')
  const found = await storage.findMessages(application.id, ids)
  const byId = new Map(found.map((message) => [message.id, message]))
  return (index) => byId.get(ids[index] ?? '') ?? null
}

function refuseAtomic(candidates: readonly Candidate[]): void {
  const problems = candidates.flatMap((each) => ('refused' in each ? each.refused.problems : []))
  if (problems.length > 0) {
    throw new Rejected('invalid', 'validation_error', 'A message is not valid: none was stored', { problems })
  }
  for (const [index, each] of candidates.entries()) {
    if ('refused' in each) throw ofMessage(index, each.refused)
  }
}

/** The refusal of an atomic batch for one of its messages. */
function ofMessage(index: number, { kind, code, message }: Rejected): Rejected {
  return new Rejected(kind, code, `messages.${index}: ${message}; none was stored`)
}

export const batchRoutes: readonly AnyRoute[] = [
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/msg/batch',
    operationId: 'v1.message.create-batch',
    tag: 'Message',
    summary: 'Publish up to 1,000 messages',
    description: 'Each by itself with its own result, or all or none with `atomic`.',
    access: 'organisation',
    params: z.object({ app_id: reference }),
    query: z.object({ with_content: queryBoolean(false) }),
    body: messageBatchIn,
    maxBodyBytes: maxBatchBytes,
    readBody({ value }: JsonBody) {
      const result = envelope.safeParse(value)
      if (result.success) return result.data as z.infer<typeof messageBatchIn>
      throw new Rejected('invalid', 'validation_error', 'The batch is not valid', {
        problems: fieldProblems('body', result.error.issues),
      })
    },
    responses: { 202: { description: 'One result for each message, in order', schema: messageBatchOut } },
    async handle(request, { parts: { publisher, storage, config } }): Promise<Reply> {
      const {
        caller,
        params: { app_id: appRef },
        query,
        body,
        rawBody,
      } = request
      const now = Date.now()
      const candidates = candidatesOf(rawBody ?? { text: '', value: null }, config.maxPayloadBytes, now)
      if (body.atomic) refuseAtomic(candidates)
      const valid = candidates.filter((each) => 'message' in each)
      const birth = birthFrom(candidates, caller.orgId, appRef, now)
      const result = publishedOf(
        await publisher.publish({
          orgId: caller.orgId,
          appRef,
          createApplication: birth.application,
          items: valid.map(({ message }) => ({ message })),
          atomic: body.atomic,
          onlyEndpointId: null,
          claim: claimOf(request, valid.map(({ message }) => message.id).join(','), now),
        }),
        birth,
      )
      if (isClaimed(result)) {
        const stored = await firstStored(storage, caller.orgId, appRef, subjectOf(result))
        return { status: 202, json: resultsJson(candidates, stored, query.with_content) }
      }
      const { results } = result
      const taken = results.findIndex(({ kind }) => kind === 'event-id-taken')
      if (body.atomic && taken >= 0) throw ofMessage(taken, eventIdTaken())
      const stored = (index: number): PublishItem['message'] | null =>
        results[index]?.kind === 'stored' ? (valid[index]?.message ?? null) : null
      return { status: 202, json: resultsJson(candidates, stored, query.with_content) }
    },
  }),
]
