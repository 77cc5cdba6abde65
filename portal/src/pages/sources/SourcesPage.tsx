import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Page } from '../../parts/Page.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { CreateSource } from './CreateSource.tsx'
import { genericType, sourceTypeOf } from './source-types.ts'

export function SourcesPage(): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const [isCreating, creating] = useDisclosure(false)
  const query = useList(['sources'], (from, signal) =>
    dataOf(api.GET('/ingest/api/v1/source', { params: { query: from }, signal })),
  )
  const create = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={creating.open}>
      {t('create')}
    </Button>
  )
  return (
    <Page title={t('title')} description={t('about')} actions={create}>
      <ListTable
        caption={t('list')}
        query={query}
        keyOf={({ id }) => id}
        empty={<Empty title={t('empty')} help={t('emptyHelp')} action={create} />}
        columns={[
          {
            key: 'name',
            title: t('common:name'),
            cell: ({ id, name }) => (
              <ItemLink to="/sources/$sourceId" params={{ sourceId: id }} fw={600}>
                {name}
              </ItemLink>
            ),
          },
          {
            key: 'type',
            title: t('type'),
            cell: ({ type }) => (type === genericType ? t('generic') : sourceTypeOf(type).name),
          },
          { key: 'uid', title: t('common:uid'), cell: ({ uid }) => uid },
          {
            key: 'id',
            title: t('common:id'),
            cell: ({ id }) => <Copyable text={id} what={t('common:id')} />,
          },
          {
            key: 'createdAt',
            title: t('common:createdAt'),
            cell: ({ createdAt }) => <Instant at={createdAt} />,
          },
        ]}
      />
      <CreateSource isOpen={isCreating} close={creating.close} />
    </Page>
  )
}
