import { queryOptions } from '@tanstack/react-query'
import { useApi } from '../session/SessionContext.tsx'
import { dataOf, type Schemas } from './client.ts'

export type EventType = Schemas['EventTypeOut']

interface Wanted {
  /** Archived ones as well; a customer never gets them. */
  readonly isArchivedToo?: boolean
  readonly withSchemas?: boolean
}

const pageSize = 250

/** All event types, by name. */
export function useEventTypesQuery({ isArchivedToo = false, withSchemas = false }: Wanted = {}) {
  const api = useApi()
  return queryOptions({
    queryKey: ['event-types', { isArchivedToo, withSchemas }],
    async queryFn({ signal }) {
      const found: EventType[] = []
      let iterator: string | undefined
      for (;;) {
        const query = {
          limit: pageSize,
          include_archived: isArchivedToo ? ('true' as const) : ('false' as const),
          with_content: withSchemas ? ('true' as const) : ('false' as const),
          ...(iterator === undefined ? {} : { iterator }),
        }
        const page = await dataOf(api.GET('/api/v1/event-type', { params: { query }, signal }))
        found.push(...page.data)
        if (page.done || page.iterator === null) return found
        iterator = page.iterator
      }
    },
  })
}

/** One event type with its schemas. */
export function useEventTypeQuery(name: string) {
  const api = useApi()
  return queryOptions({
    queryKey: ['event-type', name],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/event-type/{event_type_name}', {
          params: { path: { event_type_name: name } },
          signal,
        }),
      ),
  })
}
