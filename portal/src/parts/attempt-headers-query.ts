import { queryOptions } from '@tanstack/react-query'
import { dataOf } from '../api/client.ts'
import { useApi } from '../session/SessionContext.tsx'

/** What was sent with an attempt, and what came back. It never changes. */
export function useAttemptHeadersQuery(appId: string, messageId: string, attemptId: string) {
  const api = useApi()
  return queryOptions({
    queryKey: ['attempt-headers', appId, messageId, attemptId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/headers', {
          params: { path: { app_id: appId, msg_id: messageId, attempt_id: attemptId } },
          signal,
        }),
      ),
  })
}
