import { readBody } from './read-body.ts'
import {
  type Answer,
  createReceiver,
  type HandlerOptions,
  type Incoming,
  mistakeAnswer,
  type WebhookHandler,
} from './receive.ts'

/**
 * A receiver for every runtime that has `Request` and `Response`: Next.js route handlers, Bun, Deno, Workers,
 * SvelteKit and others. It verifies, drops duplicates where it has a store for that, and runs the handler.
 *
 * Answers 204 once the handler is done or was before; 400 or 401 for what is not signed as it must be, 405, 413; 409
 * with `Retry-After` while the message is in other hands; 500 where the handler throws or this program is at fault;
 * 503 where the store fails. Every answer but 204 has a JSON body with `code` and `message`.
 *
 * @throws WebhookError at once where a secret cannot be used
 */
export function createHandler(
  options: HandlerOptions,
  handler: WebhookHandler,
): (request: Request) => Promise<Response> {
  const receive = createReceiver(options, handler)
  return async (request) => {
    try {
      return responseOf(await receive(incomingOf(request)))
    } catch (error) {
      return responseOf(mistakeAnswer(error))
    }
  }
}

export function incomingOf(request: Request): Incoming {
  return {
    method: request.method,
    headers: request.headers,
    readBody: async (maxBytes) => await readBody(request, maxBytes),
  }
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers })
}
