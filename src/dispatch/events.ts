import type { Delivery } from '#core/delivery.ts'
import type { DisabledReason } from '#core/endpoint.ts'
import type { PublisherEvents } from './publisher.ts'

/** What the engine tells whoever counts and logs. Called on the hot path: must be cheap and must not throw. */
export interface DispatchEvents extends PublisherEvents {
  attemptEnded(appId: string, outcome: 'delivered' | 'retry' | 'exhausted', durationMs: number): void
  /** From publishing, or from the instant it was to be delivered at, to the end of the first attempt. */
  arrived(latencyMs: number): void
  /**
   * The endpoint took it: from publishing to the end of that attempt. Of a delivery that came by itself at its first
   * attempt, from the instant it was to be delivered at, if that is later. Not of what a person had sent again.
   */
  delivered(appId: string, latencyMs: number): void
  outcomeBatch(size: number): void
  endpointDisabled(endpointId: string, reason: DisabledReason): void
  /** Deliveries that a dead process had in hand; `heldBack` of them are not sent again. */
  recovered(
    count: number,
    heldBack: readonly { readonly messageId: string; readonly endpointId: string }[],
  ): void
  /** Null once the store takes outcomes again. */
  storeFailed(error: unknown): void
  laneFailed(endpointId: string, error: unknown): void
  attemptFailed(delivery: Delivery, error: unknown): void
}
