import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { FileDown, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventTypesQuery } from '../../api/event-types.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { CreateEventType } from './CreateEventType.tsx'
import { FoundEventTypes } from './FoundEventTypes.tsx'
import { ImportOpenApi } from './import/ImportOpenApi.tsx'

/** The catalogue: for an operator to keep, for a customer to read. */
export function EventTypesPage(): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const { face } = useSession()
  const { archived = false } = useSearch({ from: '/event-types' })
  const [isCreating, creating] = useDisclosure(false)
  const [isImporting, importing] = useDisclosure(false)
  const isOperator = face === 'operator'
  const query = useQuery(useEventTypesQuery({ isArchivedToo: isOperator && archived, withSchemas: true }))
  const actions = isOperator && (
    <>
      <Button variant="default" leftSection={<FileDown size={16} aria-hidden />} onClick={importing.open}>
        {t('import.open')}
      </Button>
      <Button leftSection={<Plus size={16} aria-hidden />} onClick={creating.open}>
        {t('create')}
      </Button>
    </>
  )
  return (
    <Page title={t('title')} description={t(isOperator ? 'about' : 'aboutForCustomers')} actions={actions}>
      <Loaded query={query}>
        {(eventTypes) =>
          eventTypes.length === 0 && !archived ? (
            <Empty title={t('empty')} help={t(isOperator ? 'emptyHelp' : 'emptyForCustomers')} />
          ) : (
            <FoundEventTypes eventTypes={eventTypes} />
          )
        }
      </Loaded>
      {isOperator && (
        <>
          <CreateEventType isOpen={isCreating} close={creating.close} />
          <ImportOpenApi isOpen={isImporting} close={importing.close} />
        </>
      )}
    </Page>
  )
}
