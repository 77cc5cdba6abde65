import './choices.css'
import { Box, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../api/client.ts'
import { useApi } from '../session/SessionContext.tsx'
import { Empty } from './Empty.tsx'
import { ItemLink } from './ItemLink.tsx'
import { Loaded } from './Loaded.tsx'

interface ApplicationPickerProps {
  /** The page of an application that choosing one leads to. */
  readonly to: '/app/$appId/messages' | '/app/$appId/live'
}

const settleMs = 150
const shortest = 2
const maxFound = 20

/** Applications by name or the operator's own id; the newest ones before anything is typed. */
export function ApplicationPicker({ to }: ApplicationPickerProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const api = useApi()
  const [words, setWords] = useState('')
  const [settled] = useDebouncedValue(words.trim(), settleMs)
  const isSearching = settled.length >= shortest
  const query = useQuery({
    queryKey: ['applications', 'picker', isSearching ? settled : ''],
    placeholderData: keepPreviousData,
    async queryFn({ signal }) {
      if (isSearching) {
        const params = { query: { q: settled, limit: maxFound } }
        return (await dataOf(api.GET('/api/v1/search', { params, signal }))).applications
      }
      const params = { query: { limit: maxFound, order: 'descending' as const } }
      return (await dataOf(api.GET('/api/v1/app', { params, signal }))).data
    },
  })
  return (
    <Stack gap="md" maw={640}>
      <TextInput
        type="search"
        label={t('applications.search')}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        leftSection={<Search size={16} aria-hidden />}
        data-autofocus
      />
      <Loaded query={query}>
        {(found) =>
          found.length === 0 ? (
            <Empty title={isSearching ? t('applications.noneFound') : t('applications.none')} />
          ) : (
            <Box component="ul" className="choices" aria-label={t('applications.found')}>
              {found.map(({ id, name, uid }) => (
                <li key={id}>
                  <ItemLink to={to} params={{ appId: id }} className="choice">
                    <Group gap="sm" justify="space-between">
                      <Text component="span" fw={600}>
                        {name}
                      </Text>
                      <Text component="span" size="sm" c="dimmed" ff="monospace">
                        {uid ?? id}
                      </Text>
                    </Group>
                  </ItemLink>
                </li>
              ))}
            </Box>
          )
        }
      </Loaded>
    </Stack>
  )
}
