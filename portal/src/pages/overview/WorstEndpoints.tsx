import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Section } from '../../parts/Section.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { useWorstQuery } from './overview-queries.ts'
import type { Range } from './range.ts'

/** Where to look first. */
export function WorstEndpoints({ range }: { readonly range: Range }): ReactNode {
  const { t, i18n } = useTranslation('overview')
  const query = useQuery(useWorstQuery(range))
  const share = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 })
  return (
    <Section title={t('worst.title')} help={t('worst.help')}>
      <Loaded query={query}>
        {({ data }) => {
          const failing = data.filter(({ failure }) => failure > 0)
          if (failing.length === 0) return <Text c="dimmed">{t('worst.empty')}</Text>
          return (
            <DataTable
              caption={t('worst.title')}
              rows={failing}
              keyOf={({ endpointId }) => endpointId}
              columns={[
                {
                  key: 'endpoint',
                  title: t('worst.endpoint'),
                  cell: ({ appId, endpointId, url }) => (
                    <ItemLink
                      to="/app/$appId/endpoints/$endpointId"
                      params={{ appId, endpointId }}
                      ff="monospace"
                      size="sm"
                    >
                      {url}
                    </ItemLink>
                  ),
                },
                {
                  key: 'application',
                  title: t('worst.application'),
                  cell: ({ appId, appName }) => (
                    <ItemLink to="/app/$appId/endpoints" params={{ appId }}>
                      {appName}
                    </ItemLink>
                  ),
                },
                { key: 'state', title: t('worst.state'), cell: (row) => <State endpoint={row} /> },
                {
                  key: 'failure',
                  title: t('worst.failure'),
                  align: 'right',
                  cell: ({ failure }) => failure.toLocaleString(i18n.language),
                },
                {
                  key: 'share',
                  title: t('worst.share'),
                  align: 'right',
                  cell: ({ failure, success }) => share.format(failure / (failure + success)),
                },
              ]}
            />
          )
        }}
      </Loaded>
    </Section>
  )
}

function State({ endpoint }: { readonly endpoint: Schemas['WorstEndpoint'] }): ReactNode {
  const { t } = useTranslation('overview')
  if (endpoint.disabled) return <Tag tone="neutral">{t('worst.disabled')}</Tag>
  if (endpoint.failingSince !== null) return <Tag tone="bad">{t('worst.failing')}</Tag>
  return <Tag tone="good">{t('worst.working')}</Tag>
}
