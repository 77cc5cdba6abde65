import type { EventType } from '#core/event-type.ts'
import { notFound } from '#core/errors.ts'
import type { Catalogue } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'

/** Applies a change to the event type as it is. Throws `Rejected` when there is none. */
export async function changeEventType(
  storage: Pick<Catalogue, 'findEventType' | 'replaceEventType'>,
  orgId: string,
  name: string,
  change: Partial<EventType>,
  now: number,
): Promise<EventType> {
  const result = await changeUntilFresh(async () => {
    const current = await storage.findEventType(orgId, name)
    if (current === null) throw notFound()
    const changed = { ...current, ...change, updatedAt: now, version: current.version + 1 }
    return { ...(await storage.replaceEventType(changed)), changed }
  })
  return result.changed
}
