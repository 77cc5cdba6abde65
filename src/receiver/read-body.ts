import { utf8 } from './encoding.ts'
import { WebhookError } from './webhook-error.ts'

export const defaultMaxBodyBytes = 5 * 1024 * 1024

/** The bytes of a `Request`. @throws WebhookError where they are gone, too many, or do not all arrive */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.bodyUsed || request.body?.locked === true) {
    throw new WebhookError(
      'body_not_raw',
      'The body of the Request was read before. Hand it over before anything calls json() or text() on it, or hand over request.clone().',
    )
  }
  checkDeclaredLength(request.headers.get('content-length'), maxBytes)
  const parts = partsUpTo(maxBytes)
  if (request.body === null || request.body === undefined) return parts.whole()
  const reader = request.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return parts.whole()
      parts.add(value as Uint8Array)
    }
  } catch (error) {
    // What is left is of no use. Nobody waits for it to go, as a sender that has stopped would hold us up.
    reader.cancel().catch(() => {})
    throw error instanceof WebhookError ? error : incomplete(error)
  }
}

export function incomplete(cause: unknown): WebhookError {
  return new WebhookError('body_incomplete', 'The body did not arrive as a whole.', { cause })
}

/** Saves the reading of what says itself that it is too long. */
export function checkDeclaredLength(header: string | null | undefined, maxBytes: number): void {
  if (Number(header ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

function tooLarge(maxBytes: number): WebhookError {
  return new WebhookError('body_too_large', `The body is longer than ${maxBytes} bytes.`)
}

/** Collects the parts of a body, and throws as soon as they are too many. */
export function partsUpTo(maxBytes: number): {
  add(part: Uint8Array): void
  whole(): Uint8Array<ArrayBuffer>
} {
  const parts: Uint8Array[] = []
  let length = 0
  return {
    add(part) {
      length += part.length
      if (!(length <= maxBytes)) throw tooLarge(maxBytes)
      parts.push(part)
    },
    whole() {
      const bytes = new Uint8Array(length)
      let offset = 0
      for (const part of parts) {
        bytes.set(part, offset)
        offset += part.length
      }
      return bytes
    },
  }
}

/** The bytes of a body that is at hand, or null where it is something else than bytes or text. */
export function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof body === 'string') return utf8(body)
  // By name, as test runners and sandboxes have an ArrayBuffer of their own.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]')
    return new Uint8Array(body as ArrayBuffer)
  if (!ArrayBuffer.isView(body)) return null
  const { buffer, byteOffset, byteLength } = body
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
}
