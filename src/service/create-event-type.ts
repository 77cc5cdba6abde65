import type { EventType } from '#core/event-type.ts'
import { conflict } from '#core/errors.ts'
import type { Catalogue, Claimed, IdempotencyClaim } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'

export type EventTypeFields = Pick<
  EventType,
  'description' | 'archived' | 'deprecated' | 'schemas' | 'groupName' | 'featureFlags'
>

export function newEventType(orgId: string, name: string, fields: EventTypeFields, now: number): EventType {
  return { orgId, name, ...fields, retryScheduleMs: null, createdAt: now, updatedAt: now, version: 1 }
}

/** Stores a new event type; an archived one of the name comes back instead. Throws `Rejected` where one is in use. */
export async function createEventType(
  storage: Pick<Catalogue, 'insertEventType' | 'findEventType' | 'replaceEventType'>,
  eventType: EventType,
  claim: IdempotencyClaim | null,
): Promise<{ readonly kind: 'stored'; readonly eventType: EventType } | Claimed> {
  const inserted = await storage.insertEventType(eventType, claim)
  if (inserted.kind === 'stored') return { kind: 'stored', eventType }
  if (inserted.kind !== 'conflict') return inserted
  const restored = await changeUntilFresh(async () => {
    const current = await storage.findEventType(eventType.orgId, eventType.name)
    if (current?.archived === false) throw conflict('An event type of this name exists', 'event_type_exists')
    const changed = {
      ...eventType,
      retryScheduleMs: current?.retryScheduleMs ?? null,
      version: (current?.version ?? 0) + 1,
    }
    return { ...(await storage.replaceEventType(changed)), changed }
  })
  return { kind: 'stored', eventType: restored.changed }
}
