import { ActionIcon, Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useConfirm } from '../../../parts/actions.tsx'
import { DataTable } from '../../../parts/DataTable.tsx'
import { Empty } from '../../../parts/Empty.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useApi, useMay } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { HeaderForm } from './HeaderForm.tsx'
import { headersKeyOf, useChangeHeaders } from './use-change-headers.ts'

interface ShownHeader {
  readonly name: string
  /** Null where it is never shown. */
  readonly value: string | null
}

/** What is sent with each delivery beside what Posthorn sends itself. */
export function Headers({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const mayManage = useMay('ManageEndpoint')
  const confirm = useConfirm()
  const [edited, setEdited] = useState<ShownHeader | null>(null)
  const change = useChangeHeaders(ids)
  const query = useQuery({
    queryKey: headersKeyOf(ids),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          signal,
        }),
      ),
  })
  const remove = (name: string): void =>
    confirm(
      { title: t('headers.remove'), text: t('headers.removeQuestion', { name }), does: t('common:remove') },
      () => change.mutate({ headers: {}, deleteHeaders: [name] }),
    )
  const add = mayManage ? (
    <Button
      variant="default"
      leftSection={<Plus size={16} aria-hidden />}
      onClick={() => setEdited({ name: '', value: '' })}
    >
      {t('headers.add')}
    </Button>
  ) : undefined
  return (
    <Section title={t('headers.title')} help={t('headers.help')} actions={add}>
      <Loaded query={query}>
        {({ headers, sensitive }) => {
          const rows: readonly ShownHeader[] = [
            ...Object.entries(headers).map(([name, value]) => ({ name, value })),
            ...sensitive.map((name) => ({ name, value: null })),
          ].toSorted((one, other) => one.name.localeCompare(other.name))
          if (rows.length === 0) return <Empty title={t('headers.empty')} help={t('headers.emptyHelp')} />
          return (
            <DataTable
              caption={t('headers.title')}
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                {
                  key: 'name',
                  title: t('common:name'),
                  cell: ({ name }) => (
                    <Text size="sm" ff="monospace">
                      {name}
                    </Text>
                  ),
                },
                {
                  key: 'value',
                  title: t('headers.value'),
                  cell: ({ value }) =>
                    value === null ? (
                      <Text size="sm" c="dimmed">
                        {t('headers.hidden')}
                      </Text>
                    ) : (
                      <Text size="sm" ff="monospace">
                        {value}
                      </Text>
                    ),
                },
                ...(mayManage
                  ? [
                      {
                        key: 'actions',
                        title: t('common:actions'),
                        cell: (header: ShownHeader) => (
                          <RowActions
                            name={header.name}
                            replace={() => setEdited(header)}
                            remove={() => remove(header.name)}
                          />
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          )
        }}
      </Loaded>
      {edited !== null && (
        <HeaderForm ids={ids} name={edited.name} value={edited.value ?? ''} close={() => setEdited(null)} />
      )}
    </Section>
  )
}

interface RowActionsProps {
  readonly name: string
  readonly replace: () => void
  readonly remove: () => void
}

function RowActions({ name, replace, remove }: RowActionsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  return (
    <Group gap={4}>
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={replace}
        aria-label={t('headers.replaceOf', { name })}
      >
        <Pencil size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon variant="subtle" color="red" onClick={remove} aria-label={t('headers.removeOf', { name })}>
        <Trash2 size={16} aria-hidden />
      </ActionIcon>
    </Group>
  )
}
