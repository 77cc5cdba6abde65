import { StoreUnavailable } from '#core/errors.ts'

const dayMs = 86_400_000

/** A clock that has gone far ahead is believed after so long: whoever sets it right has that time. */
const doubtMs = dayMs

/**
 * Whether what is old by the wall clock may be deleted. A clock that is wrong by months would empty the store.
 *
 * @param newestAt when the newest row came to be, as the store was opened; null in an empty one
 */
export function clockGuard(newestAt: number | null) {
  let trustedAt = newestAt
  let doubtedSince: number | null = null

  /**
   * False while the clock is in doubt. Throws `StoreUnavailable` as the doubt begins.
   *
   * @param maxAheadMs by how much `now` may be later than what was last believed
   * @param uptimeMs by a clock that nobody sets
   */
  return (now: number, maxAheadMs: number, uptimeMs = performance.now()): boolean => {
    const aheadMs = now - (trustedAt ?? now)
    if (aheadMs > maxAheadMs) {
      if (doubtedSince === null) {
        doubtedSince = uptimeMs
        throw new StoreUnavailable(
          'clock_doubted',
          `the clock is ${Math.floor(aheadMs / dayMs)} days ahead of what was stored or seen last: for a day nothing is deleted for its age`,
          'Look at the clock of this machine. Where it is right, nothing needs to be done.',
        )
      }
      if (uptimeMs - doubtedSince < doubtMs) return false
    }
    doubtedSince = null
    trustedAt = now
    return true
  }
}
