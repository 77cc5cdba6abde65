/** A token bucket that holds one second's worth, so that an idle endpoint may take a second's burst at once. */
export interface TokenBucket {
  readonly tokens: number
  readonly at: number
}

export function emptyBucket(now: number): TokenBucket {
  return { tokens: 1, at: now }
}

/** The bucket after taking one token, or when the next token is there. */
export function takeToken(
  bucket: TokenBucket,
  perSecond: number,
  now: number,
):
  | { readonly taken: true; readonly bucket: TokenBucket }
  | { readonly taken: false; readonly readyAt: number } {
  const elapsed = Math.max(0, now - bucket.at)
  const tokens = Math.min(Math.max(1, perSecond), bucket.tokens + (elapsed * perSecond) / 1000)
  if (tokens >= 1) return { taken: true, bucket: { tokens: tokens - 1, at: now } }
  return { taken: false, readyAt: bucket.at + Math.ceil(((1 - bucket.tokens) * 1000) / perSecond) }
}
