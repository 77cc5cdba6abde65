import type { WebhookMessage } from '../message.ts'
import { createChecker, type HandlerOptions } from '../receive.ts'
import { WebhookError } from '../webhook-error.ts'
import { incomingOf, type NodeRequest } from './node-exchange.ts'

const fix = 'Create the application with { rawBody: true }.'

interface ExecutionContext {
  switchToHttp(): { getRequest(): unknown }
}

/** What a guard checks with. Idempotency is not a guard's: it does not know how the route ends. */
export type GuardOptions = Omit<HandlerOptions, 'idempotency' | 'leaseMs'>

const messages = new WeakMap<object, WebhookMessage>()

/**
 * A guard for Nest on Express: `@UseGuards(createWebhookGuard({ secret }))`. The route runs for what is signed alone,
 * and finds the message with `webhookOf(request)`. It throws a `WebhookError`, which Nest answers with its status.
 */
export function createWebhookGuard(options: GuardOptions): {
  canActivate(context: ExecutionContext): Promise<boolean>
} {
  const check = createChecker(options)
  return {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest() as NodeRequest
      const result = await check(incomingOf(request, fix))
      if (!result.ok) throw new WebhookError(result.reason, result.message)
      messages.set(request, result)
      return true
    },
  }
}

/** The message of a request that the guard has let pass. @throws TypeError where no guard was there */
export function webhookOf(request: object): WebhookMessage {
  const message = messages.get(request)
  if (message === undefined) throw new TypeError('The route has no webhook guard: add @UseGuards(…).')
  return message
}
