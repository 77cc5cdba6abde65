import { queryOptions } from '@tanstack/react-query'
import { dataOf } from '../../../api/client.ts'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'

export function secretKeyOf(ids: EndpointIds) {
  return [...endpointKeys.one(ids), 'secret'] as const
}

export function useSecretQuery(ids: EndpointIds) {
  const api = useApi()
  return queryOptions({
    queryKey: secretKeyOf(ids),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          signal,
        }),
      ),
  })
}
