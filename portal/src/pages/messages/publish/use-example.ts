import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useEventTypeQuery } from '../../../api/event-types.ts'
import { schemaExample } from '../../../lib/schema-example.ts'

/** The example of the event type's newest schema, as text; null while it is read, or where there is none. */
export function useExample(eventType: string | null): string | null {
  const { data } = useQuery({ ...useEventTypeQuery(eventType ?? ''), enabled: eventType !== null })
  return useMemo(() => {
    const schemas = eventType === null ? null : data?.schemas
    const newest = Object.keys(schemas ?? {})
      .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
      .at(-1)
    if (newest === undefined) return null
    const example = schemaExample(schemas?.[newest])
    return typeof example === 'object' && example !== null ? JSON.stringify(example, null, 2) : null
  }, [eventType, data])
}
