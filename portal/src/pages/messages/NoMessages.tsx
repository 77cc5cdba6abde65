import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../parts/Empty.tsx'
import type { MessagesSearch } from './messages-search.ts'

interface NoMessagesProps {
  readonly search: MessagesSearch
  readonly clear: () => void
  readonly action: ReactNode
}

/** Nothing was published, or nothing that the filters let through. */
export function NoMessages({ search, clear, action }: NoMessagesProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const isFiltered = Object.values(search).some((each) => each !== undefined)
  if (!isFiltered) return <Empty title={t('empty')} help={t('emptyHelp')} action={action} />
  return (
    <Empty
      title={t('noneFound')}
      help={t('noneFoundHelp')}
      action={
        <Button variant="default" onClick={clear}>
          {t('common:clearFilters')}
        </Button>
      }
    />
  )
}
