import type { Outbox } from '#storage/storage.ts'
import type { PublisherEvents, Taker } from './publisher.ts'

/**
 * Between two slices that were not full: a stream of commits, each with its notice, shares transactions then, and a lone
 * one waits for nothing.
 */
const gatherMs = 10

/** Takes in hand what other programs' transactions have announced, one slice. @returns whether more is left to do now */
export async function relayEvents(
  outbox: Outbox,
  taker: Taker,
  events: Pick<PublisherEvents, 'published'>,
): Promise<boolean> {
  try {
    const { published, more } = await outbox.relay(taker.fullLanes(), Date.now())
    let messages = 0
    let deliveries = 0
    for (const { group, result } of published) {
      taker.take(group, result)
      for (const each of result.kind === 'published' ? result.results : []) {
        if (each.kind !== 'stored') continue
        messages++
        deliveries += each.handed.length + each.kept.length
      }
    }
    events.published(messages, deliveries)
    if (!more) await new Promise((resolve) => setTimeout(resolve, gatherMs))
    return more
  } catch (error) {
    taker.publishFailed()
    throw error
  }
}
