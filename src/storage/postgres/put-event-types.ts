import type { EventType } from '#core/event-type.ts'
import type { Database } from './database.ts'
import { insertEventTypeRow, replaceEventTypeRow } from './event-types.ts'

class Stale extends Error {
  override readonly name = 'Stale'
}

export function putEventTypes(
  db: Database,
): (eventTypes: readonly EventType[]) => Promise<{ kind: 'stored' } | { kind: 'stale' }> {
  return async (eventTypes) => {
    // In one order for all, so that no two wait for each other.
    const inOrder = eventTypes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    try {
      await db.transact(async (transaction) => {
        for (const each of inOrder) {
          const put = each.version === 1 ? insertEventTypeRow : replaceEventTypeRow
          if (!(await put(transaction, each))) throw new Stale()
        }
      })
      return { kind: 'stored' }
    } catch (error) {
      // What was written before went with the transaction.
      if (error instanceof Stale) return { kind: 'stale' }
      throw error
    }
  }
}
