import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventTypeQuery } from '../../api/event-types.ts'
import { CopyIcon } from '../../parts/Copyable.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { EventTypeActions } from './EventTypeActions.tsx'
import { EventTypeFacts } from './EventTypeFacts.tsx'
import { RetrySchedule } from './RetrySchedule.tsx'
import { SchemaSection } from './schemas/SchemaSection.tsx'

export function EventTypePage(): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const { face } = useSession()
  const { name } = useParams({ from: '/event-types/$name' })
  const query = useQuery(useEventTypeQuery(name))
  const isOperator = face === 'operator'
  return (
    <Page
      title={name}
      description={query.data?.description}
      back={{ to: '/event-types', label: t('title') }}
      actions={
        <>
          <CopyIcon text={name} what={t('common:name')} />
          {isOperator && query.data !== undefined && <EventTypeActions eventType={query.data} />}
        </>
      }
    >
      <Loaded query={query}>
        {(eventType) => (
          <Stack gap="xl">
            <EventTypeFacts eventType={eventType} />
            <SchemaSection eventType={eventType} />
            {isOperator && <RetrySchedule key={name} name={name} />}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
