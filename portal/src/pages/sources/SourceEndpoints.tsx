import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Section } from '../../parts/Section.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { AddSourceEndpoint } from './AddSourceEndpoint.tsx'

/** Where what arrives goes on to. */
export function SourceEndpoints({ source }: { readonly source: Schemas['IngestSourceOut'] }): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const [isAdding, adding] = useDisclosure(false)
  const query = useList(['source', source.id, 'endpoints'], (from, signal) =>
    dataOf(
      api.GET('/ingest/api/v1/source/{source_id}/endpoint', {
        params: { path: { source_id: source.id }, query: from },
        signal,
      }),
    ),
  )
  const add = (
    <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={adding.open}>
      {t('endpoints.add')}
    </Button>
  )
  return (
    <Section title={t('endpoints.title')} help={t('endpoints.help')} actions={add}>
      <ListTable
        caption={t('endpoints.list')}
        query={query}
        keyOf={({ id }) => id}
        empty={<Empty title={t('endpoints.empty')} help={t('endpoints.emptyHelp')} />}
        columns={[
          {
            key: 'url',
            title: t('common:url'),
            cell: ({ id, url }) => (
              <ItemLink
                to="/app/$appId/endpoints/$endpointId"
                params={{ appId: source.appId, endpointId: id }}
                ff="monospace"
                size="sm"
              >
                {url}
              </ItemLink>
            ),
          },
          { key: 'description', title: t('common:description'), cell: ({ description }) => description },
          {
            key: 'status',
            title: t('common:status'),
            cell: ({ disabled = false }) => (
              <Tag tone={disabled ? 'neutral' : 'good'}>
                {t(disabled ? 'endpoints.disabled' : 'endpoints.enabled')}
              </Tag>
            ),
          },
          {
            key: 'createdAt',
            title: t('common:createdAt'),
            cell: ({ createdAt }) => <Instant at={createdAt} />,
          },
          {
            key: 'actions',
            title: t('common:actions'),
            align: 'right',
            cell: ({ id, url }) => <RemoveEndpoint sourceId={source.id} endpointId={id} url={url} />,
          },
        ]}
      />
      <AddSourceEndpoint sourceId={source.id} isOpen={isAdding} close={adding.close} />
    </Section>
  )
}

interface RemoveEndpointProps {
  readonly sourceId: string
  readonly endpointId: string
  readonly url: string
}

function RemoveEndpoint({ sourceId, endpointId, url }: RemoveEndpointProps): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const confirm = useConfirm()
  const remove = useAction({
    run: () =>
      dataOf(
        api.DELETE('/ingest/api/v1/source/{source_id}/endpoint/{endpoint_id}', {
          params: { path: { source_id: sourceId, endpoint_id: endpointId } },
        }),
      ),
    done: t('endpoints.removed'),
    changes: [['source', sourceId, 'endpoints']],
  })
  const question = {
    title: t('endpoints.remove'),
    text: t('endpoints.removeQuestion', { url }),
    does: t('common:delete'),
    isDangerous: true,
  }
  return (
    <Tooltip label={t('endpoints.remove')} withArrow>
      <ActionIcon
        variant="subtle"
        color="red"
        loading={remove.isPending}
        onClick={() => confirm(question, () => remove.mutate())}
        aria-label={t('endpoints.removeNamed', { url })}
      >
        <Trash2 size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}
