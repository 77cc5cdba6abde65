import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { RefreshCw, Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useRememberApplication } from '../../parts/last-application.ts'
import { ListTable } from '../../parts/DataTable.tsx'
import { OtherApplication } from '../../parts/OtherApplication.tsx'
import { Page } from '../../parts/Page.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { FindMessage } from './FindMessage.tsx'
import { useMessageColumns } from './message-columns.tsx'
import { MessageFilters } from './MessageFilters.tsx'
import { messageKeys, useMessages } from './message-queries.ts'
import type { MessagesSearch } from './messages-search.ts'
import { NoMessages } from './NoMessages.tsx'
import { PublishMessage } from './publish/PublishMessage.tsx'

const idOf = ({ id }: { readonly id: string }): string => id

/** What was published to the application, newest first. */
export function MessagesPage(): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { face } = useSession()
  const { appId } = useParams({ from: '/app/$appId/messages' })
  const search = useSearch({ from: '/app/$appId/messages' })
  const navigate = useNavigate({ from: '/app/$appId/messages' })
  const queries = useQueryClient()
  const [isPublishing, publishing] = useDisclosure(false)
  const query = useMessages(appId, search)
  const columns = useMessageColumns(appId)
  useRememberApplication(appId)
  const filter = (next: MessagesSearch): void => void navigate({ search: next, replace: true })
  const publish = face === 'operator' && (
    <Button leftSection={<Send size={16} aria-hidden />} onClick={publishing.open}>
      {t('publish.open')}
    </Button>
  )
  return (
    <Page
      title={t('title')}
      description={t('about')}
      actions={
        <>
          <OtherApplication to="/messages" />
          <Button
            variant="default"
            leftSection={<RefreshCw size={16} aria-hidden />}
            loading={query.isFetching && !query.isFetchingNextPage && !query.isPending}
            onClick={() => void queries.resetQueries({ queryKey: messageKeys.list(appId) })}
          >
            {t('common:refresh')}
          </Button>
          {publish}
        </>
      }
    >
      <MessageFilters search={search} onChange={filter}>
        <FindMessage appId={appId} />
      </MessageFilters>
      <ListTable
        caption={t('list')}
        query={query}
        keyOf={idOf}
        columns={columns}
        empty={<NoMessages search={search} clear={() => filter({})} action={publish} />}
      />
      {face === 'operator' && <PublishMessage appId={appId} isOpen={isPublishing} close={publishing.close} />}
    </Page>
  )
}
