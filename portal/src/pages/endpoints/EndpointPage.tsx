import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { CopyIcon } from '../../parts/Copyable.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { Deliveries } from './deliveries/Deliveries.tsx'
import { type EndpointIds, useEndpointQuery } from './endpoint-queries.ts'
import { type EndpointTab, endpointTabs } from './endpoints-search.ts'
import { Headers } from './headers/Headers.tsx'
import { Overview } from './overview/Overview.tsx'
import { EndpointSettings } from './settings/EndpointSettings.tsx'
import { Signing } from './signing/Signing.tsx'
import { StateTag } from './StateTag.tsx'
import { TestAndReplay } from './TestAndReplay.tsx'

const refreshMs = 15_000

/** One endpoint, in tabs. */
export function EndpointPage(): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const ids = useParams({ from: '/app/$appId/endpoints/$endpointId' })
  const query = useQuery({ ...useEndpointQuery(ids), refetchInterval: refreshMs })
  const endpoint = query.data
  return (
    <Page
      title={endpoint?.url ?? t('endpoint')}
      back={{ to: `/app/${ids.appId}/endpoints`, label: t('title') }}
      description={endpoint?.description === '' ? undefined : endpoint?.description}
      actions={
        endpoint === undefined ? undefined : (
          <>
            <StateTag endpoint={endpoint} />
            <CopyIcon text={endpoint.url} what={t('common:url')} />
          </>
        )
      }
    >
      <Loaded query={query}>{(data) => <EndpointTabs ids={ids} endpoint={data} />}</Loaded>
    </Page>
  )
}

interface TabProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

function EndpointTabs({ ids, endpoint }: TabProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { tab = 'overview' } = useSearch({ from: '/app/$appId/endpoints/$endpointId' })
  const navigate = useNavigate({ from: '/app/$appId/endpoints/$endpointId' })
  const list = useRef<HTMLDivElement>(null)
  // On a narrow screen the chosen tab may lie out of sight.
  useEffect(() => {
    list.current?.children[endpointTabs.indexOf(tab)]?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [tab])
  const Panel = panels[tab]
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(next) => void navigate({ search: { tab: endpointTabs.find((each) => each === next) } })}
    >
      <Tabs.List ref={list} aria-label={t('tabs.label')} className="scrolls">
        {endpointTabs.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`tabs.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="lg">
        <Panel ids={ids} endpoint={endpoint} />
      </Tabs.Panel>
    </Tabs>
  )
}

const panels: Readonly<Record<EndpointTab, (props: TabProps) => ReactNode>> = {
  overview: Overview,
  deliveries: Deliveries,
  test: TestAndReplay,
  settings: EndpointSettings,
  signing: Signing,
  headers: Headers,
}
