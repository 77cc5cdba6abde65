import type { AttemptStatus } from '#core/attempt.ts'
import type { Trigger } from '#core/delivery.ts'

/** How rows spell triggers and statuses. */
export const triggerNumber: Readonly<Record<Trigger, number>> = { scheduled: 0, manual: 1 }
export const statusNumber: Readonly<Record<AttemptStatus, number>> = {
  success: 0,
  fail: 2,
  canceled: 4,
  interrupted: 5,
}
