/**
 * The life of a delivery. `delivered`, `exhausted` and `canceled` are ends: the delivery leaves the pending set and
 * its attempts remain. A replay or a manual resend begins a new delivery.
 */
export type DeliveryState = 'pending' | 'sending' | 'delivered' | 'exhausted' | 'canceled'

export type DeliveryEvent =
  /** A node takes it in hand. */
  | 'lease'
  /** The answer counts. */
  | 'succeed'
  /** The answer does not count and the schedule has another attempt. */
  | 'fail'
  /** The answer does not count and the schedule is spent, or the endpoint asked to stop. */
  | 'give-up'
  /** The node hands it back unsent: endpoint disabled, memory full, shutdown. */
  | 'give-back'
  /** The node died with it in hand. */
  | 'interrupt'
  /** In hand at too many deaths in a row. */
  | 'hold-back'
  /** A person, or the end of its endpoint. */
  | 'cancel'

export const transitions: Readonly<
  Record<DeliveryState, Readonly<Partial<Record<DeliveryEvent, DeliveryState>>>>
> = {
  pending: { lease: 'sending', cancel: 'canceled' },
  sending: {
    succeed: 'delivered',
    fail: 'pending',
    'give-up': 'exhausted',
    'give-back': 'pending',
    interrupt: 'pending',
    'hold-back': 'exhausted',
    cancel: 'canceled',
  },
  delivered: {},
  exhausted: {},
  canceled: {},
}

export function nextState(state: DeliveryState, event: DeliveryEvent): DeliveryState {
  const next = transitions[state][event]
  if (next === undefined) throw new Error(`a ${state} delivery cannot ${event}`)
  return next
}
