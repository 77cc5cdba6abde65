import type { IncomingMessage, ServerResponse } from 'node:http'
import { createReceiver, type HandlerOptions, mistakeAnswer, type WebhookHandler } from '../receive.ts'
import { incomingOf, writeAnswer } from './node-exchange.ts'

const fix = 'Call it before anything that reads the request.'

/** A listener for `http.createServer`. It answers as `createHandler` does. */
export function createNodeListener(
  options: HandlerOptions,
  handler: WebhookHandler,
): (request: IncomingMessage, response: ServerResponse) => void {
  const receive = createReceiver(options, handler)
  return (request, response) => {
    receive(incomingOf(request, fix))
      .catch(mistakeAnswer)
      .then((answer) => writeAnswer(request, response, answer))
      .catch(() => response.destroy())
  }
}
