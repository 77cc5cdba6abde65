import type { IncomingMessage } from 'node:http'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'
import { closing, incomingOf } from './node-exchange.ts'

const fix = 'Use it above koa-body, koa-bodyparser and the like.'

interface Context {
  readonly req: IncomingMessage
  status: number
  body: unknown
  set(headers: Record<string, string>): void
}

/**
 * Middleware for Koa, for a route or a mount of its own: it ends the chain. It answers as `createHandler` does, but
 * throws mistakes of this program to the application.
 */
export function createKoaMiddleware(
  options: HandlerOptions,
  handler: WebhookHandler,
): (context: Context) => Promise<void> {
  const receive = createReceiver(options, handler)
  return async (context) => {
    const answer = await receive(incomingOf(context.req, fix))
    context.status = answer.status
    context.body = answer.body === '' ? null : answer.body
    context.set({ ...answer.headers, ...closing(context.req, answer) })
  }
}
