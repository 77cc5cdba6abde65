import { Stack } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../../api/client.ts'
import { Copyable } from '../../../parts/Copyable.tsx'
import { Facts } from '../../../parts/Facts.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { Section } from '../../../parts/Section.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { Subscriptions } from '../Subscriptions.tsx'
import { Health } from './Health.tsx'
import { LastFailures } from './LastFailures.tsx'
import { Traffic } from './Traffic.tsx'
import { Welcome } from './Welcome.tsx'

interface OverviewProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

/** How an endpoint is. */
export function Overview({ ids, endpoint }: OverviewProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { isNew } = useSearch({ from: '/app/$appId/endpoints/$endpointId' })
  const { id, uid, url, eventTypes, channels, throttleRate, createdAt, updatedAt } = endpoint
  return (
    <Stack gap="xl">
      {isNew === true ? <Welcome ids={ids} /> : <Health ids={ids} endpoint={endpoint} />}
      <Traffic ids={ids} />
      <LastFailures ids={ids} />
      <Section title={t('overview.about')}>
        <Facts
          facts={[
            { name: t('common:url'), value: <Copyable text={url} what={t('common:url')} /> },
            {
              name: t('eventTypes'),
              value: <Subscriptions eventTypes={eventTypes} channels={channels} />,
            },
            {
              name: t('form.rate'),
              value: throttleRate == null ? null : t('overview.rate', { count: throttleRate }),
            },
            { name: t('common:id'), value: <Copyable text={id} what={t('common:id')} /> },
            {
              name: t('common:uid'),
              value: uid == null ? null : <Copyable text={uid} what={t('common:uid')} />,
            },
            { name: t('common:createdAt'), value: <Instant at={createdAt} /> },
            { name: t('common:updatedAt'), value: <Instant at={updatedAt} /> },
          ]}
        />
      </Section>
    </Stack>
  )
}
