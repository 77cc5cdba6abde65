import { z } from 'zod'
import { Rejected } from '#core/errors.ts'
import { newMessage } from '#service/new-message.ts'
import type { PublishItem, PublishResult } from '#storage/storage.ts'
import { claimOf, isClaimed, subjectOf } from '../idempotency.ts'
import type { JsonBody } from '../json-body.ts'
import type { ApiParts } from '../parts.ts'
import { items, members, payloadText } from '../raw-json.ts'
import { type AnyRoute, type Reply, route } from '../route.ts'
import { queryBoolean, reference } from '../schemas/common.ts'
import { maxBatchMessages, messageBatchIn, messageBatchOut } from '../schemas/message.ts'
import { messageJson } from '../show.ts'
import { eventIdTaken, publishedOf, readMessage, textToSend } from './messages.ts'

const maxBatchBytes = 16 * 1024 * 1024

/** A message that may be stored, or why it may not. */
type Candidate = PublishItem | { readonly refused: Rejected }

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
      const own = payloadText(text, starts[index] ?? 0, loc)
      return { message: newMessage(body, textToSend(body, own, maxPayloadBytes, loc), now, loc) }
    } catch (error) {
      if (error instanceof Rejected) return { refused: error }
      throw error
    }
  })
}

function rejectedJson(code: string, detail: string): string {
  return JSON.stringify({ status: 'rejected', error: { code, detail } })
}

function refusalJson({ code, message, problems }: Rejected): string {
  const detail =
    problems.length === 0 ? message : problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')
  return rejectedJson(code, detail)
}

function resultJson(item: PublishItem, result: PublishResult | undefined, withContent: boolean): string {
  if (result?.kind === 'stored')
    return `{"status":"accepted","message":${messageJson(item.message, withContent)}}`
  return refusalJson(eventIdTaken())
}

/** Results of a request that was carried out before: what exists of it was accepted then. */
async function repeated(
  storage: ApiParts['storage'],
  orgId: string,
  appRef: string,
  subject: string,
  withContent: boolean,
): Promise<string> {
  const application = await storage.findApplication(orgId, appRef)
  const ids = subject.split(',')
  const found =
    application === null
      ? []
      : await storage.findMessages(
          application.id,
          ids.filter((id) => id !== ''),
        )
  const byId = new Map(found.map((message) => [message.id, message]))
  const results = ids.map((id) => {
    const message = byId.get(id)
    return message === undefined
      ? rejectedJson('rejected', 'It was refused when this request first came')
      : `{"status":"accepted","message":${messageJson(message, withContent)}}`
  })
  return `{"data":[${results.join(',')}]}`
}

function refuseAtomic(candidates: readonly Candidate[]): void {
  const problems = candidates.flatMap((each) => ('refused' in each ? each.refused.problems : []))
  if (problems.length > 0) {
    throw new Rejected('invalid', 'validation_error', 'A message is not valid: none was stored', { problems })
  }
  const refused = candidates.find((each) => 'refused' in each)
  if (refused !== undefined && 'refused' in refused) throw refused.refused
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
        problems: result.error.issues.map(({ path, message }) => ({
          loc: ['body', ...path.map(String)],
          msg: message,
          type: 'value_error',
        })),
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
      const valid = candidates.filter((each): each is PublishItem => 'message' in each)
      const subject = candidates.map((each) => ('message' in each ? each.message.id : '')).join(',')
      const result = publishedOf(
        await publisher.publish({
          orgId: caller.orgId,
          appRef,
          createApplication: null,
          items: valid,
          atomic: body.atomic,
          onlyEndpointId: null,
          claim: claimOf(request, subject, now),
        }),
      )
      if (isClaimed(result)) {
        return {
          status: 202,
          json: await repeated(storage, caller.orgId, appRef, subjectOf(result), query.with_content),
        }
      }
      const taken = result.results.findIndex(({ kind }) => kind === 'event-id-taken')
      if (body.atomic && taken >= 0) {
        throw new Rejected(
          'conflict',
          'conflict',
          `messages.${taken}: a message with this eventId exists; none was stored`,
        )
      }
      let next = 0
      const results = candidates.map((each) => {
        if ('refused' in each) return refusalJson(each.refused)
        return resultJson(each, result.results[next++], query.with_content)
      })
      return { status: 202, json: `{"data":[${results.join(',')}]}` }
    },
  }),
]
