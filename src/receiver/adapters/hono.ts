import { incomingOf, responseOf } from '../create-handler.ts'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'

interface Context {
  readonly req: { readonly raw: Request }
}

/**
 * A handler for a route of Hono. It answers as `createHandler` does, but throws mistakes of this program (middleware
 * that has read the body) to `app.onError`.
 */
export function createHonoHandler(
  options: HandlerOptions,
  handler: WebhookHandler,
): (context: Context) => Promise<Response> {
  const receive = createReceiver(options, handler)
  return async ({ req }) => responseOf(await receive(incomingOf(req.raw)))
}
