import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../session/SessionContext.tsx'
import { type Range, rangeMs, rangePoints } from './range.ts'

const refreshMs = 10_000
const worstSinceMs = rangeMs['24h']
const maxWorst = 8

/** @param stepMs what the instant is a multiple of, so that the last steps are whole ones and no more than asked for */
function ago(ms: number, stepMs = 1): string {
  return new Date(Math.ceil((Date.now() - ms) / stepMs) * stepMs).toISOString()
}

export function useTrafficQuery(range: Range) {
  const api = useApi()
  return queryOptions({
    queryKey: ['traffic', range],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/stats/series', {
          params: {
            query: {
              since: ago(rangeMs[range], rangeMs[range] / rangePoints[range]),
              points: rangePoints[range],
            },
          },
          signal,
        }),
      ),
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  })
}

export function useWorstQuery(range: Range) {
  const api = useApi()
  const sinceMs = Math.max(worstSinceMs, rangeMs[range])
  return queryOptions({
    queryKey: ['worst endpoints', sinceMs],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/stats/endpoint/worst', {
          params: { query: { since: ago(sinceMs), limit: maxWorst } },
          signal,
        }),
      ),
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  })
}

/** Whether there is an application at all. */
export function useIsNewQuery() {
  const api = useApi()
  return queryOptions({
    queryKey: ['applications', 'any'],
    queryFn: async ({ signal }) => {
      const { data } = await dataOf(api.GET('/api/v1/app', { params: { query: { limit: 1 } }, signal }))
      return data.length === 0
    },
    refetchInterval: ({ state }) => (state.data === true ? refreshMs : false),
  })
}
