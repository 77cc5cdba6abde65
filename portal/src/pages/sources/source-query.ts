import { queryOptions } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../session/SessionContext.tsx'

/** The source by its id. */
export function useSourceQuery(sourceId: string) {
  const api = useApi()
  return queryOptions({
    queryKey: ['source', sourceId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/ingest/api/v1/source/{source_id}', { params: { path: { source_id: sourceId } }, signal }),
      ),
  })
}
