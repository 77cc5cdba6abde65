import { type Delivery, maxInterruptionsTogether } from '#core/delivery.ts'
import { newId } from '#core/ids.ts'
import type { Engine, Notice, Outcome } from '#storage/storage.ts'
import type { Completer } from './completer.ts'
import type { Intake } from './intake.ts'
import type { Lane } from './lane.ts'
import type { LaneMemory } from './lane-memory.ts'

type Cancellation = Notice & { readonly kind: 'deliveries-canceled' }

/** Cancels what this node has in hand: what waits at once, what is under way when it fails. */
export class Canceler {
  readonly #storage: Pick<Engine, 'cancelDeliveries'>
  readonly #memory: LaneMemory
  readonly #completer: Completer
  readonly #intake: Intake
  readonly #onFailure: (delivery: Delivery, error: unknown) => void

  constructor(
    storage: Pick<Engine, 'cancelDeliveries'>,
    memory: LaneMemory,
    completer: Completer,
    intake: Intake,
    onFailure: (delivery: Delivery, error: unknown) => void,
  ) {
    this.#storage = storage
    this.#memory = memory
    this.#completer = completer
    this.#intake = intake
    this.#onFailure = onFailure
  }

  cancel(lane: Lane, { createdBefore }: Cancellation): void {
    for (const underway of lane.underway) {
      if (underway.delivery.message.createdAt < createdBefore) underway.isCanceled = true
    }
    for (const delivery of lane.unrecorded) {
      if (delivery.message.createdAt < createdBefore) lane.overtaken.set(delivery, createdBefore)
    }
    const now = Date.now()
    for (const delivery of this.#memory.takeOut(lane, ({ message }) => message.createdAt < createdBefore)) {
      this.#completer
        .record(canceled(lane, delivery, now))
        .then(() => {
          if (delivery.interruptions > maxInterruptionsTogether) this.#intake.suspectEnded()
        })
        .catch((error: unknown) => {
          this.#intake.doubt()
          this.#onFailure(delivery, error)
        })
    }
  }

  /** The cancellation came between the attempt's end and its record, which made a retry of it. */
  async cancelAgain({ appId, endpointId, overtaken }: Lane, delivery: Delivery): Promise<void> {
    const createdBefore = overtaken.get(delivery) ?? 0
    await this.#storage.cancelDeliveries(appId, endpointId, createdBefore, Date.now())
  }
}

function canceled(lane: Lane, delivery: Delivery, now: number): Outcome {
  const { appId, messageSeq, endpointId, message, trigger } = delivery
  const attempt = {
    appId,
    id: newId('atmpt_', now),
    messageSeq,
    messageId: message.id,
    endpointId,
    url: lane.target?.endpoint.url ?? '',
    trigger,
    status: 'canceled' as const,
    responseStatus: 0,
    responseBody: 'canceled before it was sent',
    durationMs: 0,
    startedAt: now,
    exchange: null,
  }
  return { key: delivery, eventType: message.eventType, attempt, next: null, health: null }
}
