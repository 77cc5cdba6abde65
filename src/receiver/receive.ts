import type { WebhookHeaders } from './headers.ts'
import { handleOnce, type IdempotencyStore } from './idempotency.ts'
import type { WebhookMessage } from './message.ts'
import { defaultMaxBodyBytes } from './read-body.ts'
import { readSecrets } from './secret.ts'
import type { VerificationKey } from './signature-check.ts'
import { importKeys, type Refusal, type VerifyOptions, verifyWith } from './verify.ts'
import { statusOf, WebhookError } from './webhook-error.ts'

/** Its return is answered with 204. What it throws is answered with 500, so that the sender comes back. */
export type WebhookHandler = (message: WebhookMessage) => unknown

export interface HandlerOptions extends VerifyOptions {
  /** Drops what was handled before. Without it, the handler gets every delivery of a message. */
  readonly idempotency?: IdempotencyStore
  /** How long a message stays in hand; give it more than the handler ever takes. Default 60,000. */
  readonly leaseMs?: number
  /** Gets what the handler and the store throw, and mistakes of this program. Default `console.error`. */
  readonly onError?: (error: unknown) => void
  /** Gets what was refused because of the request, for a log or for `explain`. Its own errors are dropped. */
  readonly onRefused?: (refusal: Refusal, request: ReceivedRequest) => unknown
}

/** What is known of a refused request. */
export interface ReceivedRequest {
  readonly headers: WebhookHeaders
  readonly body: Uint8Array<ArrayBuffer>
}

/** A request, whatever brought it. */
export interface Incoming {
  readonly method: string
  readonly headers: WebhookHeaders
  /** @throws WebhookError */
  readBody(maxBytes: number): Promise<Uint8Array<ArrayBuffer>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON with a `code` and a `message`; empty for 204. */
  readonly body: string
}

/**
 * Everything that adapters share.
 *
 * @returns a function that answers a request. It throws a `WebhookError` with the status 500 for mistakes of this
 *   program only, once `onError` has had it
 * @throws WebhookError at once where a secret cannot be used
 */
export function createReceiver(
  options: HandlerOptions,
  handler: WebhookHandler,
): (incoming: Incoming) => Promise<Answer> {
  const { idempotency = null, leaseMs = 60_000, onError = logError } = options
  const check = createChecker(options)
  return async (incoming) => {
    if (incoming.method !== 'POST') {
      return answer(405, 'method_not_allowed', 'Webhooks are sent with POST.', { allow: 'POST' })
    }
    const result = await check(incoming)
    if (!result.ok) return answer(statusOf(result.reason), result.reason, result.message)
    const handling = await handleOnce(idempotency, result.id, leaseMs, () => handler(result), onError)
    return answers[handling](Math.ceil(leaseMs / 1000))
  }
}

/** Reads and verifies, and tells `onRefused` and `onError`. @returns a function that throws as `createReceiver`'s */
export function createChecker(
  options: HandlerOptions,
): (incoming: Pick<Incoming, 'headers' | 'readBody'>) => Promise<WebhookMessage | Refusal> {
  const secrets = readSecrets(options)
  if ('problem' in secrets) throw new WebhookError('secret_invalid', secrets.problem)
  const { maxBodyBytes = defaultMaxBodyBytes, onError = logError, onRefused = () => {} } = options
  // Some runtimes refuse cryptography outside of requests.
  let keys: Promise<readonly VerificationKey[]> | null = null
  return async ({ headers, readBody }) => {
    let body = new Uint8Array()
    let result: WebhookMessage | Refusal
    try {
      keys ??= importKeys(secrets)
      const imported = await keys
      body = await readBody(maxBodyBytes)
      result = await verifyWith(imported, headers, body, options)
    } catch (error) {
      if (!(error instanceof WebhookError) || error.status === 500) {
        onError(error)
        throw error
      }
      result = { ok: false, reason: error.reason, message: error.message }
    }
    if (!result.ok) void tell(onRefused, result, { headers, body })
    return result
  }
}

async function tell(
  onRefused: NonNullable<HandlerOptions['onRefused']>,
  refusal: Refusal,
  request: ReceivedRequest,
): Promise<void> {
  try {
    await onRefused(refusal, request)
  } catch {
    // It only watches.
  }
}

/** By what became of the message. The sender comes back once a lease that lives has run out. */
const answers = {
  handled: () => ({ status: 204, headers: {}, body: '' }),
  duplicate: () => ({ status: 204, headers: {}, body: '' }),
  // Not 503, which senders take for a sign that the whole endpoint has too much to do.
  busy: (leaseSeconds: number) =>
    answer(409, 'in_progress', 'The message is being handled.', { 'retry-after': String(leaseSeconds) }),
  failed: () => answer(500, 'handler_failed', 'The message could not be handled.'),
  store_unavailable: () =>
    answer(503, 'store_unavailable', 'The message could not be looked up.', { 'retry-after': '5' }),
}

function answer(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ code, message }),
  }
}

/** For adapters without a framework that would answer an error. */
export function mistakeAnswer(error: unknown): Answer {
  const code = error instanceof WebhookError ? error.reason : 'receiver_failed'
  return answer(500, code, 'The receiver is at fault: its log says why.')
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- The only log that every runtime has.
  console.error(error)
}
