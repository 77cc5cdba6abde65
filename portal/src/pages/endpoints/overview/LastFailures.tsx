import { Group, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { AttemptExplanation } from '../../../parts/AttemptExplanation.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { ResponseStatus } from '../deliveries/ResponseStatus.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'

const shown = 5
const refreshMs = 15_000

/** The attempts that failed last, each with what that means. */
export function LastFailures({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const { appId, endpointId } = ids
  const to = { to: '/app/$appId/endpoints/$endpointId', params: ids } as const
  const query = useQuery({
    queryKey: [...endpointKeys.one(ids), 'attempts', 'last-failures'],
    refetchInterval: refreshMs,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}', {
          params: {
            path: { app_id: appId, endpoint_id: endpointId },
            query: { limit: shown, status: '2', with_msg: 'true' },
          },
          signal,
        }),
      ),
  })
  const all = (
    <ItemLink {...to} search={{ tab: 'deliveries', status: 'fail' }} fz="sm">
      {t('failures.all')}
    </ItemLink>
  )
  return (
    <Section title={t('failures.title')} actions={all}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('failures.none')}
            </Text>
          ) : (
            <Stack gap="sm">
              {data.map((attempt) => (
                <Paper key={attempt.id} withBorder p="sm">
                  <Stack gap={6}>
                    <Group gap="sm">
                      <ItemLink
                        {...to}
                        search={{ tab: 'deliveries', attempt: attempt.id, message: attempt.msgId }}
                        fw={600}
                        fz="sm"
                      >
                        {attempt.msg?.eventType ?? attempt.msgId}
                      </ItemLink>
                      <ResponseStatus attempt={attempt} />
                      <Text size="sm" c="dimmed" component="span">
                        <Instant at={attempt.timestamp} />
                      </Text>
                    </Group>
                    <AttemptExplanation attempt={attempt} />
                  </Stack>
                </Paper>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  )
}
