import type { EventType } from '#core/event-type.ts'
import type { DescribedEvent } from '#core/openapi-events.ts'
import type { Catalogue } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'
import { newEventType } from './create-event-type.ts'

export interface ImportOptions {
  /** Nothing is stored. */
  readonly isDryRun: boolean
  /** What is not described is archived. */
  readonly replacesAll: boolean
}

const pageSize = 250

/**
 * Brings an organisation's event types in step with what is described, all in one transaction. What the description does
 * not say stays as it is; an archived event type that it names is in use again.
 *
 * @returns those that change, as they are then
 */
export async function importEventTypes(
  storage: Pick<Catalogue, 'listEventTypes' | 'putEventTypes'>,
  orgId: string,
  events: readonly DescribedEvent[],
  options: ImportOptions,
  now: number,
): Promise<readonly EventType[]> {
  const { changed } = await changeUntilFresh(async () => {
    const known = await allEventTypes(storage, orgId)
    const changes = changesOf(orgId, known, events, options.replacesAll, now)
    if (options.isDryRun || changes.length === 0) return { kind: 'stored' as const, changed: changes }
    return { ...(await storage.putEventTypes(changes)), changed: changes }
  })
  return changed
}

async function allEventTypes(
  storage: Pick<Catalogue, 'listEventTypes'>,
  orgId: string,
): Promise<readonly EventType[]> {
  const all: EventType[] = []
  for (let after: string | null = null; ; after = all.at(-1)?.name ?? null) {
    const page = { limit: pageSize, after, backwards: false, order: 'ascending' } as const
    const listed = await storage.listEventTypes(orgId, page, { includeArchived: true, featureFlags: null })
    if (listed.kind !== 'listed') return all
    all.push(...listed.entries)
    if (listed.done) return all
  }
}

/** Event types that are to be written, of the version that they get. */
function changesOf(
  orgId: string,
  known: readonly EventType[],
  events: readonly DescribedEvent[],
  replacesAll: boolean,
  now: number,
): readonly EventType[] {
  const byName = new Map(known.map((each) => [each.name, each]))
  const described = events.flatMap((event) => {
    const current = byName.get(event.name)
    const next = describedType(orgId, event, current, now)
    return current !== undefined && isSame(current, next) ? [] : [next]
  })
  if (!replacesAll) return described
  const names = new Set(events.map(({ name }) => name))
  const dropped = known
    .filter(({ name, archived }) => !archived && !names.has(name))
    .map((each) => ({ ...each, archived: true, updatedAt: now, version: each.version + 1 }))
  return [...described, ...dropped]
}

function describedType(
  orgId: string,
  { name, description, deprecated, groupName, schema }: DescribedEvent,
  current: EventType | undefined,
  now: number,
): EventType {
  const fields = {
    description: description ?? current?.description ?? '',
    archived: false,
    deprecated,
    schemas: schema === null ? (current?.schemas ?? null) : { 1: schema },
    groupName: groupName ?? current?.groupName ?? null,
  }
  if (current === undefined) return newEventType(orgId, name, { ...fields, featureFlags: null }, now)
  return { ...current, ...fields, updatedAt: now, version: current.version + 1 }
}

function isSame(one: EventType, other: EventType): boolean {
  return (
    one.description === other.description &&
    one.archived === other.archived &&
    one.deprecated === other.deprecated &&
    one.groupName === other.groupName &&
    JSON.stringify(one.schemas) === JSON.stringify(other.schemas)
  )
}
