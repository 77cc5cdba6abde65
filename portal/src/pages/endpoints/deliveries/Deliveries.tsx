import { Anchor, Button, Stack } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { useList } from '../../../api/listing.ts'
import { durationWords } from '../../../lib/time.ts'
import { ListTable } from '../../../parts/DataTable.tsx'
import { Empty } from '../../../parts/Empty.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import type { EndpointSearch } from '../endpoints-search.ts'
import { AttemptDrawer } from './AttemptDrawer.tsx'
import { AttemptTag } from './AttemptTag.tsx'
import { DeliveryFilters, noFilter } from './DeliveryFilters.tsx'
import { ResponseStatus } from './ResponseStatus.tsx'

interface DeliveriesProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

const refreshMs = 5_000
const statusNumbers = { success: '0', fail: '2', canceled: '4' } as const

/** Every attempt at an endpoint, newest first. */
export function Deliveries({ ids, endpoint }: DeliveriesProps): ReactNode {
  const { t, i18n } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const { appId, endpointId } = ids
  const search = useSearch({ from: '/app/$appId/endpoints/$endpointId' })
  const navigate = useNavigate({ from: '/app/$appId/endpoints/$endpointId' })
  const change = (changes: EndpointSearch): void =>
    void navigate({ search: (last) => ({ ...last, ...changes }), replace: true })
  const open = (attempt: string | undefined, message: string | undefined): void =>
    void navigate({ search: (last) => ({ ...last, attempt, message }) })
  const { status, types, after, before } = search
  const filter = {
    ...(status === undefined ? {} : { status: statusNumbers[status] }),
    ...(types === undefined ? {} : { event_types: [...types] }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  }
  const query = useList(
    [...endpointKeys.one(ids), 'attempts', filter],
    (from, signal) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}', {
          params: {
            path: { app_id: appId, endpoint_id: endpointId },
            query: { ...from, ...filter, with_msg: 'true', with_content: 'false' },
          },
          signal,
        }),
      ),
    refreshMs,
  )
  const isFiltered = Object.keys(filter).length > 0
  return (
    <Section
      title={t('deliveries.title')}
      help={t('deliveries.help')}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<RefreshCw size={14} aria-hidden />}
          onClick={() => void query.refetch()}
        >
          {t('common:refresh')}
        </Button>
      }
    >
      <Stack gap="md">
        <DeliveryFilters search={search} change={change} />
        <ListTable
          caption={t('deliveries.title')}
          query={query}
          keyOf={({ id }) => id}
          empty={
            isFiltered ? (
              <Empty
                title={t('deliveries.noneFound')}
                action={
                  <Button variant="default" onClick={() => change(noFilter)}>
                    {t('common:clearFilters')}
                  </Button>
                }
              />
            ) : (
              <Empty title={t('deliveries.empty')} help={t('deliveries.emptyHelp')} />
            )
          }
          columns={[
            {
              key: 'status',
              title: t('common:status'),
              cell: ({ statusText }) => <AttemptTag status={statusText} />,
            },
            {
              key: 'eventType',
              title: t('deliveries.eventType'),
              cell: ({ id, msgId, msg }) => (
                <Anchor
                  component="button"
                  type="button"
                  ta="start"
                  size="sm"
                  fw={600}
                  onClick={() => open(id, msgId)}
                  style={{ overflowWrap: 'anywhere' }}
                >
                  {msg?.eventType ?? t('common:details')}
                </Anchor>
              ),
            },
            {
              key: 'message',
              title: t('deliveries.message'),
              cell: ({ msgId }) => (
                <ItemLink
                  to="/app/$appId/messages/$messageId"
                  params={{ appId, messageId: msgId }}
                  ff="monospace"
                  fz="sm"
                >
                  {msgId}
                </ItemLink>
              ),
            },
            {
              key: 'answer',
              title: t('deliveries.answer'),
              cell: (attempt) => <ResponseStatus attempt={attempt} />,
            },
            {
              key: 'duration',
              title: t('deliveries.duration'),
              align: 'right',
              cell: ({ responseDurationMs }) => durationWords(responseDurationMs, i18n.language),
            },
            {
              key: 'trigger',
              title: t('deliveries.trigger'),
              cell: ({ triggerType }) => t(triggerType === 1 ? 'attempt.byHand' : 'attempt.bySchedule'),
            },
            {
              key: 'when',
              title: t('deliveries.when'),
              cell: ({ timestamp }) => <Instant at={timestamp} />,
            },
          ]}
        />
      </Stack>
      <AttemptDrawer
        ids={ids}
        endpoint={endpoint}
        attemptId={search.attempt}
        messageId={search.message}
        close={() => open(undefined, undefined)}
      />
    </Section>
  )
}
