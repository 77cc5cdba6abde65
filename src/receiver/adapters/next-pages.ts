import type { IncomingMessage, ServerResponse } from 'node:http'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'
import { incomingOf, writeAnswer } from './node-exchange.ts'

const fix = 'Export `const config = { api: { bodyParser: false } }` from the file of the route.'

/**
 * A route of Next.js' pages router, whose file must turn the body parser off. It answers as `createHandler` does, but
 * throws mistakes of this program. Route handlers of the app router are what `createHandler` makes.
 */
export function createPagesHandler(
  options: HandlerOptions,
  handler: WebhookHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const receive = createReceiver(options, handler)
  return async (request, response) => writeAnswer(request, response, await receive(incomingOf(request, fix)))
}
