import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** A message as it comes to a laptop. */
export interface Incoming {
  readonly id: string
  readonly eventType: string
  readonly timestamp: string
  /** In their order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  /** Where to go on behind it. */
  readonly iterator: string
}

export type LocalAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly durationMs: number }
  | { readonly kind: 'unreachable'; readonly detail: string; readonly durationMs: number }

const answerWithinMs = 30_000
const maxShownBytes = 4_096

/** Posts to a local server the bytes and headers that came. Never rejects. */
export function deliverLocally(
  url: string,
  { headers, body }: Pick<Incoming, 'headers' | 'body'>,
  stop?: AbortSignal,
): Promise<LocalAnswer> {
  const startedAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<LocalAnswer>()
  const failed = (error: Error): void =>
    resolve({ kind: 'unreachable', detail: error.message, durationMs: performance.now() - startedAt })
  const begin = url.startsWith('https:') ? httpsRequest : httpRequest
  const own = ['host', new URL(url).host, 'content-length', String(body.length)]
  const deadline = AbortSignal.timeout(answerWithinMs)
  const signal = stop === undefined ? deadline : AbortSignal.any([deadline, stop])
  const request = begin(url, { method: 'POST', headers: [...own, ...headers.flat()], signal }, (response) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      if (length < maxShownBytes) chunks.push(chunk)
      length += chunk.length
    })
    response.on('error', failed)
    response.on('end', () =>
      resolve({
        kind: 'answered',
        status: response.statusCode ?? 0,
        body: Buffer.concat(chunks).subarray(0, maxShownBytes).toString('utf8'),
        durationMs: performance.now() - startedAt,
      }),
    )
  })
  request.on('error', failed)
  request.end(body)
  return promise
}
