import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { Instant } from '../../../parts/Instant.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'

const mostEndpoints = 250

interface NextStepProps {
  readonly ids: EndpointIds
  readonly messageId: string
  /** The endpoint takes nothing at the moment. */
  readonly isDisabled: boolean
}

/** What becomes of a message whose attempt failed: it waits, has arrived since, or was given up. */
export function NextStep({ ids, messageId, isDisabled }: NextStepProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const query = useQuery({
    queryKey: [...endpointKeys.one(ids), 'standing', messageId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}/endpoint', {
          params: {
            path: { app_id: ids.appId, msg_id: messageId },
            query: { limit: mostEndpoints },
          },
          signal,
        }),
      ),
  })
  const standing = query.data?.data.find(({ id }) => id === ids.endpointId)
  if (standing === undefined) return null
  const { statusText, nextAttempt } = standing
  const isHeld = isDisabled && statusText === 'pending'
  return (
    <Text size="sm" role="status">
      {t(isHeld ? 'next.held' : `next.${statusText}`)}{' '}
      {statusText === 'pending' && !isHeld && nextAttempt != null && <Instant at={nextAttempt} fw={600} />}
    </Text>
  )
}
