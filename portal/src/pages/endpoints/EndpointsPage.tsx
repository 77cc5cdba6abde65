import { Box, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { ButtonLink } from '../../parts/ButtonLink.tsx'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Page } from '../../parts/Page.tsx'
import { ReadOnlyNote } from '../../parts/ReadOnlyNote.tsx'
import { useApi, useMay } from '../../session/SessionContext.tsx'
import { endpointKeys } from './endpoint-queries.ts'
import { StateTag } from './StateTag.tsx'
import { Subscriptions } from './Subscriptions.tsx'
import { SuccessShare } from './SuccessShare.tsx'

const maxNamed = 3

/** The endpoints of one application. */
export function EndpointsPage(): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const mayManage = useMay('ManageEndpoint')
  const { appId } = useParams({ from: '/app/$appId/endpoints' })
  const query = useList(endpointKeys.list(appId), (from, signal) =>
    dataOf(
      api.GET('/api/v1/app/{app_id}/endpoint', {
        params: { path: { app_id: appId }, query: from },
        signal,
      }),
    ),
  )
  const add = mayManage ? (
    <ButtonLink
      to="/app/$appId/endpoints/new"
      params={{ appId }}
      leftSection={<Plus size={16} aria-hidden />}
    >
      {t('add')}
    </ButtonLink>
  ) : undefined
  return (
    <Page title={t('title')} description={t('about')} actions={add}>
      <ReadOnlyNote />
      <ListTable
        caption={t('list.caption')}
        query={query}
        keyOf={({ id }) => id}
        empty={
          <Empty
            title={t('list.empty')}
            help={mayManage ? t('list.emptyHelp') : t('list.emptyReadOnly')}
            action={add}
          />
        }
        columns={[
          {
            key: 'url',
            title: t('common:url'),
            width: '36%',
            cell: ({ id, url, description }) => (
              <Box>
                <ItemLink to="/app/$appId/endpoints/$endpointId" params={{ appId, endpointId: id }} fw={600}>
                  {url}
                </ItemLink>
                {description !== '' && (
                  <Text size="sm" c="dimmed">
                    {description}
                  </Text>
                )}
              </Box>
            ),
          },
          {
            key: 'state',
            title: t('list.state'),
            cell: (endpoint) => <StateTag endpoint={endpoint} withSince />,
          },
          {
            key: 'eventTypes',
            title: t('eventTypes'),
            width: '22%',
            cell: ({ eventTypes }) => <Subscriptions eventTypes={eventTypes} max={maxNamed} />,
          },
          {
            key: 'share',
            title: t('list.lastDay'),
            cell: ({ id }) => <SuccessShare appId={appId} endpointId={id} />,
          },
          {
            key: 'createdAt',
            title: t('common:createdAt'),
            cell: ({ createdAt }) => <Instant at={createdAt} size="sm" />,
          },
        ]}
      />
    </Page>
  )
}
