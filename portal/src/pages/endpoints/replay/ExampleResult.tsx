import { Group, Loader, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { AttemptDetails } from '../../../parts/AttemptDetails.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { AttemptTag } from '../deliveries/AttemptTag.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'

interface ExampleResultProps {
  readonly ids: EndpointIds
  readonly messageId: string
}

const lookAgainMs = 500
const statusFailed = 2
/** Disables the endpoint: nothing is tried again. */
const statusGone = 410

/** How the first attempt at a message went, as soon as it has ended. */
export function ExampleResult({ ids, messageId }: ExampleResultProps): ReactNode {
  const { t } = useTranslation('replay')
  const api = useApi()
  const { appId, endpointId } = ids
  const { data, error, refetch } = useQuery({
    queryKey: ['message', appId, messageId, 'first-attempt', endpointId],
    async queryFn({ signal }) {
      const { data: attempts } = await dataOf(
        api.GET('/api/v1/app/{app_id}/attempt/msg/{msg_id}', {
          params: {
            path: { app_id: appId, msg_id: messageId },
            query: { endpoint_id: endpointId },
          },
          signal,
        }),
      )
      return attempts.at(-1) ?? null
    },
    refetchInterval: ({ state }) => (state.data == null ? lookAgainMs : false),
  })
  const whole = (
    <ItemLink to="/app/$appId/messages/$messageId" params={{ appId, messageId }} fz="sm">
      {t('example.message')}
    </ItemLink>
  )
  return (
    <Paper withBorder p="md" aria-live="polite" aria-label={t('example.result')} component="section">
      <Stack gap="md">
        {error !== null && <Failure error={error} retry={() => void refetch()} />}
        {data == null ? (
          <Group gap="sm">
            <Loader size="xs" aria-hidden />
            <Text size="sm">{t('example.waiting')}</Text>
            {whole}
          </Group>
        ) : (
          <>
            <Group gap="sm">
              <Text size="sm" fw={600}>
                {t('example.result')}
              </Text>
              <AttemptTag status={data.statusText} />
              {whole}
            </Group>
            {data.status === statusFailed && data.responseStatusCode !== statusGone && (
              <Text size="sm" c="dimmed">
                {t('example.retried')}
              </Text>
            )}
            <AttemptDetails appId={appId} attempt={data} />
          </>
        )}
      </Stack>
    </Paper>
  )
}
