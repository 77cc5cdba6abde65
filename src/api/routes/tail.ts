import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { isSensitiveHeader } from '#core/custom-headers.ts'
import { invalid, notFound, Overloaded } from '#core/errors.ts'
import { matches } from '#core/filter.ts'
import { bytesOrText, type Message } from '#core/message.ts'
import type { Vault } from '#core/sealing.ts'
import { receivedHeaders, signedRequest } from '#dispatch/request.ts'
import { type Target, targetOf } from '#dispatch/target.ts'
import type { ApiParts } from '../parts.ts'
import { type AnyRoute, ok, type Reply, route } from '../route.ts'
import { eventTypeName, limit, queryList, reference } from '../schemas/common.ts'
import { tailOut } from '../schemas/tail.ts'
import { time } from '../show.ts'
import { endpointOf } from './endpoints.ts'

const maxWaitSeconds = 25
/** Each looks at the store twice a second. */
const maxWaiting = 500
let waiting = 0

const lookEveryMs = 500
/** Parts that hold nothing for the caller: so many are passed in one answer. */
const maxPassed = 20

export const tailRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/tail',
    operationId: 'v1.message.tail',
    tag: 'Message',
    summary: 'Read messages as they come',
    description:
      'From an iterator on, in the order in which they were stored, each once, however often the connection breaks: an answer’s iterator is where the next request begins. Without one it begins now. With an endpoint, only what it subscribes to, with the headers of a delivery, signed at this moment. With a message it is that one alone, whatever came before or after.',
    access: 'ManageEndpoint',
    params: z.object({ app_id: reference }),
    query: z.object({
      iterator: z.string().max(64).optional().describe('Of the answer before'),
      limit,
      wait: z.coerce
        .number()
        .int()
        .min(0)
        .max(maxWaitSeconds)
        .default(0)
        .describe('Seconds that it may wait for a message')
        .meta({ type: 'integer' }),
      endpoint_id: reference.optional(),
      event_types: queryList(eventTypeName),
      message_id: reference.optional().describe('Answer this one'),
    }),
    responses: { 200: { description: 'What has come', schema: tailOut } },
    async handle({ caller, params, query, isGone }, { parts, access, isClosing }) {
      const { id: appId } = await access.application(caller, params.app_id)
      const iterators = iteratorsOf(appId, parts.vault)
      const endpoint =
        query.endpoint_id === undefined ? null : await endpointOf(parts.storage, appId, query.endpoint_id)
      const target = endpoint === null ? null : targetOf(endpoint, parts.vault)
      if (query.message_id !== undefined) {
        const message = await parts.storage.findMessage(appId, query.message_id, true)
        if (message === null) throw notFound('Message')
        const after =
          iterators.read(query.iterator) ?? (await parts.storage.tailMessages(appId, null, query.limit)).upTo
        return ok({
          data: [shown(message, target, parts, iterators)],
          iterator: iterators.at(after),
          done: true,
        })
      }
      const isWanted = (message: Message): boolean =>
        query.event_types?.includes(message.eventType) !== false &&
        (endpoint === null || matches(endpoint, message))
      if (query.wait > 0 && waiting >= maxWaiting) throw new Overloaded('too many requests wait for messages')
      waiting++
      try {
        return await read()
      } finally {
        waiting--
      }

      async function read(): Promise<Reply> {
        const until = performance.now() + query.wait * 1000
        let after = iterators.read(query.iterator)
        for (let passed = 1; ; passed++) {
          const { messages, upTo } = await parts.storage.tailMessages(appId, after, query.limit)
          const isFirst = after === null
          after = upTo
          const wanted = messages.filter(isWanted)
          const isFull = messages.length === query.limit
          const isOver = isFull
            ? passed >= maxPassed || isGone()
            : performance.now() >= until || isClosing() || isGone()
          if (wanted.length > 0 || isFirst || isOver) {
            const data = wanted.map((message) => shown(message, target, parts, iterators))
            return ok({ data, iterator: iterators.at(upTo), done: !isFull })
          }
          if (!isFull) await wait(lookEveryMs)
        }
      }
    },
  }),
]

interface Iterators {
  readonly at: (seq: number) => string
  readonly read: (text: string | undefined) => number | null
}

/** Places in the store's order, as one application is told them: how much others publish is not seen in them. */
function iteratorsOf(appId: string, vault: Vault): Iterators {
  const place = `tail ${appId}`
  return {
    at: (seq) => vault.mask(seq, place),
    read(text) {
      if (text === undefined || text === '') return null
      const seq = vault.unmask(text, place)
      if (seq !== null) return seq
      throw invalid(['query', 'iterator'], 'is none that this server gave for this application')
    },
  }
}

/** A message whose payload has expired has no body. */
function shown(message: Message, target: Target | null, { version, config }: ApiParts, iterators: Iterators) {
  const { id, eventType, contentType, payload, createdAt } = message
  const content = payload === null ? null : bytesOrText({ ...message, payload })
  return {
    id,
    eventType,
    timestamp: time(createdAt),
    headers: payload === null ? [] : headersOf({ ...message, payload }, target, version, config),
    contentType,
    iterator: iterators.at(message.seq),
    body: content === null ? null : Buffer.from(content).toString('base64'),
  }
}

function headersOf(
  message: Message & { readonly payload: string },
  target: Target | null,
  version: string,
  { signatureHeaders }: ApiParts['config'],
): readonly (readonly [string, string])[] {
  if (target === null) return [['content-type', message.contentType], ...receivedHeaders(message)]
  const own = pairs(target.headers).filter(([name]) => !isSensitiveHeader(name))
  const settings = { userAgent: `Posthorn/${version}`, signatureHeaders, deadlineMs: 0 }
  return pairs(signedRequest({ ...target, headers: own.flat() }, message, Date.now(), settings).headers)
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap(
    (name, index) => (index % 2 === 0 ? [[name, flat[index + 1] as string]] : []) as [string, string][],
  )
}
