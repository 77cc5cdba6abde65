import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { InboundRequest } from './verify.ts'

/** A compressed body may grow to this, whatever it claims: it is unpacked before anything about it is proven. */
const maxDecodedBytes = 8 * 1024 * 1024

/** The body without its content coding (RFC 9110 §8.4); null where it has none, or not the one it claims. */
export function decodedBody({ headers, body }: InboundRequest): Uint8Array | null {
  const codings = headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .map(([, value]) => value.trim().toLowerCase())
  const options = { maxOutputLength: maxDecodedBytes }
  try {
    switch (codings.join(',')) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, options)
      case 'deflate':
        return inflateSync(body, options)
      case 'br':
        return brotliDecompressSync(body, options)
      case 'zstd':
        return zstdDecompressSync(body, options)
      default:
        return null
    }
  } catch {
    return null
  }
}
