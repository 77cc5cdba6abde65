import type { WebhookMessage } from './message.ts'
import { type RequestParts, verify, type VerifyOptions } from './verify.ts'
import { WebhookError } from './webhook-error.ts'

export interface UnwrappedMessage extends WebhookMessage {
  /** The body, parsed as JSON. */
  readonly data: unknown
}

/**
 * The message of a request, its body parsed.
 *
 * @throws WebhookError with the reason, and the HTTP status to answer
 */
export async function unwrap(
  request: Request | RequestParts,
  options: VerifyOptions,
): Promise<UnwrappedMessage> {
  const result = await verify(request, options)
  if (!result.ok) throw new WebhookError(result.reason, result.message)
  try {
    return { ...result, data: result.json() }
  } catch (error) {
    throw new WebhookError('body_not_json', 'The body is not JSON.', { cause: error })
  }
}
