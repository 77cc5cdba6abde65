import type { Subscription } from './filter.ts'
import type { SuccessRule } from './success-rule.ts'

/** Why an endpoint takes nothing: a person said so, it failed for days, or it answered `410 Gone`. */
export type DisabledReason = 'operator' | 'failing' | 'gone'

/**
 * A URL of a customer, with its subscription and its secrets.
 *
 * `sealedSecrets` and `sealedHeaders` are encrypted (see `sealing.ts`): only who sends, or shows them to someone
 * entitled, opens them.
 */
export interface Endpoint extends Subscription {
  readonly appId: string
  readonly id: string
  readonly uid: string | null
  readonly url: string
  readonly description: string
  readonly disabledReason: DisabledReason | null
  readonly metadata: Readonly<Record<string, string>>
  /** Deliveries a second; what exceeds it waits and is never dropped. Null for no limit. */
  readonly throttleRate: number | null
  /** Waits between attempts in milliseconds; null leaves it to the event type's, then the server's schedule. */
  readonly retryScheduleMs: readonly number[] | null
  readonly successRule: SuccessRule | null
  readonly sealedSecrets: string
  readonly sealedHeaders: string | null
  readonly createdAt: number
  readonly updatedAt: number
  /** Since when nothing but failures was seen; null after a success. Written with outcomes, not with the endpoint. */
  readonly failingSince: number | null
  /** Grows with each change; a write names the version it was made from. */
  readonly version: number
}
