import type { IncomingMessage, ServerResponse } from 'node:http'
import { bytesOf, checkDeclaredLength, incomplete, partsUpTo } from '../read-body.ts'
import type { Answer, Incoming } from '../receive.ts'
import { WebhookError } from '../webhook-error.ts'

/** A request of `node:http`, with what parsers leave on it. */
export type NodeRequest = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown }

/** @param fix what to do where a parser came first */
export function incomingOf(request: NodeRequest, fix: string): Incoming {
  return {
    method: request.method ?? '',
    headers: request.headers,
    readBody: async (maxBytes) => await readNodeBody(request, maxBytes, fix),
  }
}

export async function readNodeBody(
  request: NodeRequest,
  maxBytes: number,
  fix: string,
): Promise<Uint8Array<ArrayBuffer>> {
  checkDeclaredLength(request.headers['content-length'], maxBytes)
  const parts = partsUpTo(maxBytes)
  // A parser that keeps bytes does no harm: express.raw(), Nest's rawBody, Google Cloud Functions.
  for (const kept of [request.rawBody, request.body]) {
    const bytes = typeof kept === 'string' ? null : bytesOf(kept)
    if (bytes === null) continue
    parts.add(bytes)
    return parts.whole()
  }
  // Waiting for a stream that somebody has read would never end.
  if (request.readableDidRead || request.readableEncoding !== null) {
    throw new WebhookError('body_not_raw', `Something has read the body before the webhook receiver. ${fix}`)
  }
  try {
    for await (const part of request) parts.add(part as Uint8Array)
  } catch (error) {
    throw error instanceof WebhookError ? error : incomplete(error)
  }
  return parts.whole()
}

export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(answer.status, { ...answer.headers, ...closing(request, answer) }).end(answer.body)
}

/** After a body that was not read to its end, the connection carries no other request. */
export function closing(request: IncomingMessage, { status }: Answer): { connection?: 'close' } {
  return status === 413 && request.httpVersionMajor === 1 ? { connection: 'close' } : {}
}
