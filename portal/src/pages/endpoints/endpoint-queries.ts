import { queryOptions } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../session/SessionContext.tsx'

/** Whose endpoint a page is of. */
export interface EndpointIds {
  readonly appId: string
  readonly endpointId: string
}

export const endpointKeys = {
  /** The endpoints of an application. */
  list: (appId: string) => ['endpoints', appId] as const,
  /** Everything that is known of one. */
  one: ({ appId, endpointId }: EndpointIds) => ['endpoint', appId, endpointId] as const,
}

const hourMs = 3_600_000

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * hourMs).toISOString()
}

export function useEndpointQuery({ appId, endpointId }: EndpointIds) {
  const api = useApi()
  return queryOptions({
    queryKey: endpointKeys.one({ appId, endpointId }),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/endpoint/{endpoint_id}', {
          params: { path: { app_id: appId, endpoint_id: endpointId } },
          signal,
        }),
      ),
  })
}

/** Attempts by result over the last hours, and what waits now. */
export function useStatsQuery({ appId, endpointId }: EndpointIds, hours: number) {
  const api = useApi()
  return queryOptions({
    queryKey: [...endpointKeys.one({ appId, endpointId }), 'stats', hours],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/endpoint/{endpoint_id}/stats', {
          params: {
            path: { app_id: appId, endpoint_id: endpointId },
            query: { since: hoursAgo(hours) },
          },
          signal,
        }),
      ),
  })
}

/** Attempts by result, hour by hour over the last days. */
export function useSeriesQuery({ appId, endpointId }: EndpointIds, days: number) {
  const api = useApi()
  return queryOptions({
    queryKey: [...endpointKeys.one({ appId, endpointId }), 'series', days],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/stats/series', {
          params: {
            path: { app_id: appId },
            query: {
              endpoint_id: endpointId,
              since: hoursAgo(days * 24),
            },
          },
          signal,
        }),
      ),
  })
}
