/** What an endpoint subscribes to. Null means everything. */
export interface Subscription {
  readonly eventTypes: readonly string[] | null
  readonly channels: readonly string[] | null
}

/** What a message says of itself to be routed by. */
export interface Routing {
  readonly eventType: string
  readonly channels: readonly string[] | null
}

/**
 * Whether a subscription takes a message: its event type is named or none is, and an endpoint that has channels
 * gets only messages that share one. A message without channels reaches only endpoints without channels.
 */
export function matches(subscription: Subscription, message: Routing): boolean {
  if (subscription.eventTypes !== null && !subscription.eventTypes.includes(message.eventType)) return false
  if (subscription.channels === null) return true
  if (message.channels === null) return false
  return message.channels.some((channel) => subscription.channels?.includes(channel) === true)
}
