import { queryOptions } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../session/SessionContext.tsx'

/** The application by its id. */
export function useApplicationQuery(appId: string) {
  const api = useApi()
  return queryOptions({
    queryKey: ['application', appId],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/app/{app_id}', { params: { path: { app_id: appId } }, signal })),
  })
}
