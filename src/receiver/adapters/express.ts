import type { IncomingMessage, ServerResponse } from 'node:http'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'
import { incomingOf, writeAnswer } from './node-exchange.ts'

const fix =
  'Mount it above express.json() and other parsers, or give its route express.raw({ type: () => true }) alone.'

/**
 * A handler for a route of Express 4 or 5, and for `app.use()` of Nest. It answers as `createHandler` does, but hands
 * mistakes of this program (a parser that came first) to `next`.
 */
export function createExpressHandler(
  options: HandlerOptions,
  handler: WebhookHandler,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  const receive = createReceiver(options, handler)
  return (request, response, next) => {
    receive(incomingOf(request, fix))
      .then((answer) => writeAnswer(request, response, answer))
      .catch(next)
  }
}
