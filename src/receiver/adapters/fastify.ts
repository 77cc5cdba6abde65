import type { IncomingMessage } from 'node:http'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'
import { closing, type NodeRequest, readNodeBody } from './node-exchange.ts'

const fix = 'Leave the stream to it in hooks such as onRequest and preParsing.'

interface Reply {
  code(status: number): unknown
  headers(headers: Record<string, string>): unknown
  send(body?: string): unknown
}

interface Request {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly raw: IncomingMessage
  readonly body?: unknown
}

interface App {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: IncomingMessage) => Promise<unknown>,
  ): unknown
  post(path: string, handler: (request: Request, reply: Reply) => Promise<unknown>): unknown
}

/**
 * A plugin for Fastify 5: `app.register(plugin, { prefix: '/webhooks' })`. Parsers of the rest of the application do
 * not touch its route. It answers as `createHandler` does, but throws mistakes of this program to the error handler.
 */
export function createFastifyPlugin(
  options: HandlerOptions,
  handler: WebhookHandler,
): (app: App) => Promise<void> {
  const receive = createReceiver(options, handler)
  return async (app) => {
    app.removeAllContentTypeParsers()
    // The payload is what hooks have left of the request: the stream itself, or what they have put in its place.
    app.addContentTypeParser('*', async (_request, payload) => payload)
    app.post('/', async (request, reply) => {
      const stream = (request.body ?? request.raw) as NodeRequest
      const answer = await receive({
        method: request.method,
        headers: request.headers,
        readBody: async (maxBytes) => await readNodeBody(stream, maxBytes, fix),
      })
      reply.code(answer.status)
      reply.headers({ ...answer.headers, ...closing(request.raw, answer) })
      return reply.send(answer.body === '' ? undefined : answer.body)
    })
  }
}
