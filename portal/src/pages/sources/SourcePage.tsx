import { Button, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { Facts } from '../../parts/Facts.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { IngestUrl } from './IngestUrl.tsx'
import { Rejected } from './Rejected.tsx'
import { useSourceQuery } from './source-query.ts'
import { type SourceTab, sourceTabs } from './source-search.ts'
import { genericType, sourceTypeOf } from './source-types.ts'
import { SourceEndpoints } from './SourceEndpoints.tsx'
import { SourceSettings } from './SourceSettings.tsx'

export function SourcePage(): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const { sourceId } = useParams({ from: '/sources/$sourceId' })
  const query = useQuery(useSourceQuery(sourceId))
  const source = query.data
  return (
    <Page
      title={source?.name ?? t('title')}
      back={{ to: '/sources', label: t('back') }}
      actions={
        source === undefined ? undefined : (
          <Button component={Link} to={`/app/${source.appId}/messages`} variant="default">
            {t('messagesOf')}
          </Button>
        )
      }
    >
      <Loaded query={query}>{(data) => <SourceParts source={data} />}</Loaded>
    </Page>
  )
}

function SourceParts({ source }: { readonly source: Schemas['IngestSourceOut'] }): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const { tab = 'endpoints' } = useSearch({ from: '/sources/$sourceId' })
  const navigate = useNavigate()
  const { id, uid, type, createdAt } = source
  const choose = (value: string | null): void => {
    void navigate({
      to: '/sources/$sourceId',
      params: { sourceId: id },
      search: { tab: value as SourceTab },
      replace: true,
    })
  }
  return (
    <>
      <IngestUrl source={source} />
      <Facts
        facts={[
          { name: t('type'), value: type === genericType ? t('generic') : sourceTypeOf(type).name },
          { name: t('common:id'), value: <Copyable text={id} what={t('common:id')} /> },
          { name: t('common:uid'), value: uid },
          { name: t('common:createdAt'), value: <Instant at={createdAt} /> },
        ]}
      />
      <Tabs value={tab} onChange={choose} keepMounted={false}>
        <Tabs.List aria-label={t('sections')} className="scrolls">
          {sourceTabs.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`tabs.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="endpoints" pt="lg">
          <SourceEndpoints source={source} />
        </Tabs.Panel>
        <Tabs.Panel value="rejected" pt="lg">
          <Rejected sourceId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" pt="lg">
          <SourceSettings source={source} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
