import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isAnswer, type OpenSource } from '#inbound/gateway.ts'
import type { Answer, InboundRequest } from '#inbound/verify.ts'
import type { ApiParts } from '../parts.ts'

declare module 'fastify' {
  interface FastifyRequest {
    source: OpenSource | null
  }
}

const path = '/in/:token'
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'] as const
const nothing = new Uint8Array()
const freshForMs = 1_000

/** Where sources are sent to: bodies are taken as bytes, whatever they say that they are. */
export function registerInbound(
  api: FastifyInstance,
  { gateway, publicUrl, metrics, config }: Pick<ApiParts, 'gateway' | 'publicUrl' | 'metrics' | 'config'>,
): void {
  api.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    scope.decorateRequest('source', null)
    scope.route({
      method: [...methods],
      url: path,
      bodyLimit: config.maxPayloadBytes,
      // Before the body: what is sent to nobody is not worth reading.
      async onRequest(request, reply) {
        request.startedAt = performance.now()
        const found = await gateway.find(tokenOf(request))
        if (isAnswer(found)) {
          await end(request, reply, found)
          return
        }
        request.source = found
        // Fastify refuses what is no media type; what is sent here is taken as it is, from the raw headers.
        delete request.raw.headers['content-type']
      },
      async handler(request, reply) {
        // A body that came slowly is judged by the source as it is by now.
        const isOld = performance.now() - request.startedAt > freshForMs
        const found = isOld ? await gateway.find(tokenOf(request)) : (request.source as OpenSource)
        if (isAnswer(found)) return end(request, reply, found)
        return end(request, reply, await gateway.take(found, inboundRequest(request, publicUrl)))
      },
      errorHandler(error, request, reply) {
        if (request.source === null) throw error
        const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number }
        const isTooLarge = code === 'FST_ERR_CTP_BODY_TOO_LARGE'
        const refusal = isTooLarge
          ? {
              status: 413,
              reason: 'payload_too_large',
              detail: `The body is longer than ${config.maxPayloadBytes} bytes`,
            }
          : {
              status: statusCode ?? 400,
              reason: 'unreadable_request',
              detail: 'The request could not be read',
            }
        const answer = gateway.refuse(request.source, inboundRequest(request, publicUrl), refusal)
        void end(request, reply, answer)
      },
    })
    done()
  })

  function end(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
    metrics.requestEnded(request.method, path, answer.status, performance.now() - request.startedAt)
    void reply.code(answer.status)
    for (const [name, value] of answer.headers ?? []) void reply.header(name, value)
    if (answer.contentType !== null) void reply.header('content-type', answer.contentType)
    return reply.serializer((body: unknown) => body as string).send(answer.body)
  }
}

function tokenOf(request: FastifyRequest): string {
  return (request.params as { readonly token: string }).token
}

function inboundRequest(request: FastifyRequest, publicUrl: string): InboundRequest {
  const { rawHeaders } = request.raw
  const headers: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([rawHeaders[at] as string, rawHeaders[at + 1] as string])
  return {
    method: request.method,
    url: publicUrl + request.url,
    headers,
    body: request.body instanceof Buffer ? request.body : nothing,
    receivedAt: Date.now(),
  }
}
