import type { EventType } from '#core/event-type.ts'
import type { Database } from './database.ts'
import { eventTypeWrites } from './event-types.ts'

export function putEventTypes(
  db: Database,
): (eventTypes: readonly EventType[]) => { kind: 'stored' } | { kind: 'stale' } {
  const versionOf = db.prepare('select version from event_type where org_id = ? and name = ?')
  const writes = eventTypeWrites(db)
  return (eventTypes) => {
    // Before anything is written: nobody else writes meanwhile.
    const isFresh = eventTypes.every(({ orgId, name, version }) => {
      const row = versionOf.get(orgId, name)
      return (row === undefined ? 0 : (row.version as number)) === version - 1
    })
    if (!isFresh) return { kind: 'stale' }
    for (const each of eventTypes) {
      if (each.version === 1) writes.insertEventType(each, null)
      else writes.replaceEventType(each)
    }
    return { kind: 'stored' }
  }
}
