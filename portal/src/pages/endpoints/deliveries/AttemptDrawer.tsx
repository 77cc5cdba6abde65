import { Drawer, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { Loaded } from '../../../parts/Loaded.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { DeliveryDetails } from './DeliveryDetails.tsx'

interface AttemptDrawerProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
  readonly attemptId: string | undefined
  readonly messageId: string | undefined
  readonly close: () => void
}

/** One attempt beside the list. */
export function AttemptDrawer({ attemptId, messageId, close, ...of }: AttemptDrawerProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const isOpen = attemptId !== undefined && messageId !== undefined
  return (
    <Drawer
      opened={isOpen}
      onClose={close}
      position="right"
      size="xl"
      title={<Text fw={600}>{t('attempt.title')}</Text>}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {isOpen && <Attempt {...of} attemptId={attemptId} messageId={messageId} />}
    </Drawer>
  )
}

interface AttemptProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
  readonly attemptId: string
  readonly messageId: string
}

function Attempt({ ids, endpoint, attemptId, messageId }: AttemptProps): ReactNode {
  const api = useApi()
  const query = useQuery({
    queryKey: ['attempt', ids.appId, messageId, attemptId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}', {
          params: { path: { app_id: ids.appId, msg_id: messageId, attempt_id: attemptId } },
          signal,
        }),
      ),
  })
  return (
    <Loaded query={query}>
      {(attempt) => <DeliveryDetails ids={ids} endpoint={endpoint} attempt={attempt} />}
    </Loaded>
  )
}
