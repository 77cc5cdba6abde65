import type { Sendable } from './message.ts'

/** What began the delivery: the schedule (publishing, recovery, replay), or a person who asked for one attempt. */
export type Trigger = 'scheduled' | 'manual'

/** Names one unfinished delivery: a message has at most one of each trigger for an endpoint. */
export interface DeliveryKey {
  readonly appId: string
  readonly messageSeq: number
  readonly endpointId: string
  readonly trigger: Trigger
}

/** One message on its way to one endpoint, in hand of this node. */
export interface Delivery extends DeliveryKey {
  readonly message: Sendable
  /** Attempts of the schedule that were made. */
  readonly attemptCount: number
  readonly dueAt: number
  /** Deaths in a row of processes that had it in hand. */
  readonly interruptions: number
}

/** Above this many deaths in a row a delivery is sent only while no other suspect is in hand. */
export const maxInterruptionsTogether = 2

/** At this many deaths in a row a delivery is held back: it ends as exhausted, and only a person sends it again. */
export const maxInterruptions = 6
