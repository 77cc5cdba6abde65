import { Button, Code } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { exactInstant } from '../../lib/time.ts'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Section } from '../../parts/Section.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { RejectedRequest } from './RejectedRequest.tsx'

const serverErrorsFrom = 500

/** What was not taken in, and why. */
export function Rejected({ sourceId }: { readonly sourceId: string }): ReactNode {
  const { t, i18n } = useTranslation(['sources', 'common'])
  const api = useApi()
  const [shown, setShown] = useState<Schemas['IngestLogOut'] | null>(null)
  const query = useList(['source', sourceId, 'rejected'], (from, signal) =>
    dataOf(
      api.GET('/ingest/api/v1/source/{source_id}/log', {
        params: { path: { source_id: sourceId }, query: from },
        signal,
      }),
    ),
  )
  return (
    <Section
      title={t('rejected.title')}
      help={t('rejected.help')}
      actions={
        <Button variant="default" size="xs" loading={query.isRefetching} onClick={() => void query.refetch()}>
          {t('common:refresh')}
        </Button>
      }
    >
      <ListTable
        caption={t('rejected.list')}
        query={query}
        keyOf={({ id }) => id}
        empty={<Empty title={t('rejected.empty')} />}
        columns={[
          {
            key: 'when',
            title: t('rejected.when'),
            width: '9rem',
            cell: ({ created_at }) => <Instant at={created_at} />,
          },
          {
            key: 'answer',
            title: t('rejected.answer'),
            width: '6rem',
            cell: ({ status_code }) => (
              <Tag tone={status_code >= serverErrorsFrom ? 'bad' : 'waiting'}>{status_code}</Tag>
            ),
          },
          {
            key: 'reason',
            title: t('rejected.reason'),
            width: '11rem',
            cell: ({ error_code }) => <Code>{error_code}</Code>,
          },
          { key: 'detail', title: t('rejected.detail'), cell: ({ error_text }) => error_text },
          {
            key: 'actions',
            title: t('common:actions'),
            align: 'right',
            width: '8rem',
            cell: (row) => (
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => setShown(row)}
                aria-label={t('rejected.lookAt', {
                  when: exactInstant(Date.parse(row.created_at), i18n.language),
                })}
              >
                {t('rejected.look')}
              </Button>
            ),
          },
        ]}
      />
      <RejectedRequest request={shown} close={() => setShown(null)} />
    </Section>
  )
}
