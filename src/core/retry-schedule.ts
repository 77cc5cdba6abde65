/** After the immediate first attempt: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
export const defaultRetryScheduleMs: readonly number[] = [
  5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000,
]

const jitter = 0.2
const maxRetryAfterMs = 24 * 3_600_000

/**
 * When the attempt after `attemptCount` made ones is due, or null when the schedule is spent. The wait varies by
 * ±20 % so that deliveries that failed together do not return together. A `Retry-After` is a least wait
 * (RFC 9110 §10.2.3): it lengthens the schedule's, up to 24 h, and never shortens it.
 *
 * @param random a number in [0, 1)
 */
export function nextDueAt(
  scheduleMs: readonly number[],
  attemptCount: number,
  now: number,
  retryAfterMs: number | null,
  random: number,
): number | null {
  const base = scheduleMs[attemptCount - 1]
  if (base === undefined) return null
  const wait = base * (1 - jitter + 2 * jitter * random)
  return Math.round(now + Math.max(wait, Math.min(retryAfterMs ?? 0, maxRetryAfterMs)))
}

/** The wait that a `Retry-After` header asks for, in milliseconds; null where it is absent or means nothing. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
