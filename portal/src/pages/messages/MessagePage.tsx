import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { Deliveries } from './deliveries/Deliveries.tsx'
import { ExpungeButton } from './ExpungeButton.tsx'
import { MessageFacts } from './MessageFacts.tsx'
import { MessagePayload } from './MessagePayload.tsx'
import { useMessageQuery } from './message-queries.ts'

/** One message: what it is, what it carries, and how it stands at each endpoint. */
export function MessagePage(): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { face } = useSession()
  const ids = useParams({ from: '/app/$appId/messages/$messageId' })
  const query = useQuery(useMessageQuery(ids))
  return (
    <Page
      title={query.data?.eventType ?? t('message')}
      back={{ to: `/app/${ids.appId}/messages`, label: t('title') }}
      actions={face === 'operator' && query.data !== undefined && <ExpungeButton ids={ids} />}
    >
      <Loaded query={query}>
        {(message) => (
          <>
            <MessageFacts message={message} />
            <Deliveries ids={ids} />
            <MessagePayload ids={ids} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
