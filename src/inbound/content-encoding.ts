import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { InboundRequest } from './verify.ts'

const unpack = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const

/**
 * The body without its content coding (RFC 9110 §8.4), off the event loop: it is unpacked before it is proven. Null where
 * it has none, or not the one it claims, or would be longer than the limit.
 */
export async function decodedBody(
  { headers, body }: InboundRequest,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const codings = headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .map(([, value]) => value.trim().toLowerCase())
  const coding = codings.join(',')
  if (!Object.hasOwn(unpack, coding)) return null
  try {
    return await unpack[coding as keyof typeof unpack](body, { maxOutputLength: maxBytes })
  } catch {
    return null
  }
}
