import type { Outbox, PublishGroup, PublishGroupResult } from '#storage/storage.ts'
import type { PublisherEvents, Taker } from './publisher.ts'

/**
 * Between two slices that were not full: a stream of commits, each with its notice, shares transactions then, and a lone
 * one waits for nothing.
 */
const gatherMs = 10

/** An event that became no message. */
interface LostEvent {
  /** Of the message that it would have been. */
  readonly messageId: string
  readonly appId: string
  readonly eventId: string | null
}

export interface RelayEvents extends Pick<PublisherEvents, 'published'> {
  eventDropped(event: LostEvent, reason: 'no-application' | 'event-id-taken'): void
  /** It stays in the outbox. */
  eventSetAside(event: Omit<LostEvent, 'eventId'>, reason: string): void
}

/** Takes in hand what other programs' transactions have announced, one slice. @returns whether more is left to do now */
export async function relayEvents(outbox: Outbox, taker: Taker, events: RelayEvents): Promise<boolean> {
  try {
    const { published, setAside, more } = await outbox.relay(taker.fullLanes(), Date.now())
    let messages = 0
    let deliveries = 0
    for (const { group, result } of published) {
      taker.take(group, result)
      for (const each of result.kind === 'published' ? result.results : []) {
        if (each.kind !== 'stored') continue
        messages++
        deliveries += each.handed.length + each.kept.length
      }
      tellDropped(group, result, events)
    }
    events.published(messages, deliveries)
    for (const { id, appId, reason } of setAside) events.eventSetAside({ messageId: id, appId }, reason)
    if (!more) await new Promise((resolve) => setTimeout(resolve, gatherMs))
    return more
  } catch (error) {
    taker.publishFailed()
    throw error
  }
}

/** A group of the outbox is one event. */
function tellDropped(
  { appRef: appId, items }: PublishGroup,
  result: PublishGroupResult,
  events: RelayEvents,
): void {
  const message = items[0]?.message
  if (message === undefined) return
  const event = { messageId: message.id, appId, eventId: message.eventId }
  if (result.kind === 'no-application') events.eventDropped(event, 'no-application')
  else if (result.kind === 'published' && result.results[0]?.kind === 'event-id-taken')
    events.eventDropped(event, 'event-id-taken')
}
