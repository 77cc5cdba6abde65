import { Box, Button, Group, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Page } from '../../parts/Page.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { type AllEndpointsSearch, shownStates } from './endpoints-search.ts'
import { StateTag } from './StateTag.tsx'

const settleMs = 250
const shortest = 2

/** The endpoints of all applications. */
export function AllEndpointsPage(): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const navigate = useNavigate({ from: '/endpoints' })
  const { state, q } = useSearch({ from: '/endpoints' })
  const [words, setWords] = useState(q ?? '')
  const change = (changes: AllEndpointsSearch): void =>
    void navigate({ search: (last) => ({ ...last, ...changes }), replace: true })
  const settle = useDebouncedCallback((next: string) => change({ q: next.trim() || undefined }), settleMs)
  const search = q !== undefined && q.length >= shortest ? q : undefined
  const query = useList(['endpoints', 'all', state, search], (from, signal) =>
    dataOf(
      api.GET('/api/v1/endpoint', {
        params: {
          query: {
            ...from,
            ...(state === undefined ? {} : { state }),
            ...(search === undefined ? {} : { search }),
          },
        },
        signal,
      }),
    ),
  )
  const isFiltered = state !== undefined || search !== undefined
  return (
    <Page title={t('all.title')} description={t('all.about')}>
      <Group gap="sm" role="search">
        <TextInput
          aria-label={t('all.search')}
          placeholder={t('all.search')}
          leftSection={<Search size={16} aria-hidden />}
          flex="1 1 14rem"
          maw={420}
          value={words}
          onChange={({ currentTarget }) => {
            setWords(currentTarget.value)
            settle(currentTarget.value)
          }}
        />
        <SegmentedControl
          aria-label={t('list.state')}
          value={state ?? 'all'}
          onChange={(next) => change({ state: shownStates.find((each) => each === next) })}
          data={[
            { value: 'all', label: t('common:all') },
            ...shownStates.map((each) => ({ value: each, label: t(`all.${each}`) })),
          ]}
        />
      </Group>
      <ListTable
        caption={t('all.caption')}
        query={query}
        keyOf={({ id }) => id}
        empty={
          isFiltered ? (
            <Empty
              title={t('all.noneFound')}
              action={
                <Button
                  variant="default"
                  onClick={() => {
                    setWords('')
                    change({ state: undefined, q: undefined })
                  }}
                >
                  {t('common:clearFilters')}
                </Button>
              }
            />
          ) : (
            <Empty title={t('list.empty')} help={t('all.emptyHelp')} />
          )
        }
        columns={[
          {
            key: 'url',
            title: t('common:url'),
            width: '48%',
            cell: ({ appId, id, url, description }) => (
              <Box>
                <ItemLink to="/app/$appId/endpoints/$endpointId" params={{ appId, endpointId: id }} fw={600}>
                  {url}
                </ItemLink>
                {description !== '' && (
                  <Text size="sm" c="dimmed">
                    {description}
                  </Text>
                )}
              </Box>
            ),
          },
          {
            key: 'application',
            title: t('all.application'),
            cell: ({ appId, appName, appUid }) => (
              <Box>
                <ItemLink to="/app/$appId/endpoints" params={{ appId }}>
                  {appName}
                </ItemLink>
                {appUid !== null && (
                  <Text size="xs" c="dimmed">
                    {appUid}
                  </Text>
                )}
              </Box>
            ),
          },
          {
            key: 'state',
            title: t('list.state'),
            cell: (endpoint) => <StateTag endpoint={endpoint} withSince />,
          },
          {
            key: 'createdAt',
            title: t('common:createdAt'),
            cell: ({ createdAt }) => <Instant at={createdAt} size="sm" />,
          },
        ]}
      />
    </Page>
  )
}
