import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../api/client.ts'
import { useApi, useSession } from '../session/SessionContext.tsx'
import { foundGroups } from './found.ts'
import { placesOf } from './places.ts'

const settleMs = 150
const shortest = 2

/** ⌘K or Ctrl K: pages by name, and everything that the server finds. */
export function CommandMenu(): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  const session = useSession()
  const api = useApi()
  const navigate = useNavigate()
  const [words, setWords] = useState('')
  const [settled] = useDebouncedValue(words.trim(), settleMs)
  const found = useQuery({
    queryKey: ['search', settled],
    enabled: settled.length >= shortest,
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/search', { params: { query: { q: settled } }, signal })),
  })
  const go = (to: string) => () => void navigate({ to })
  const pages: SpotlightActionData[] = placesOf(session)
    .map(({ key, to, icon: Icon }) => ({
      id: to,
      label: t(key),
      leftSection: <Icon size={18} aria-hidden />,
      onClick: go(to),
    }))
    .filter(({ label }) => label.toLowerCase().includes(words.trim().toLowerCase()))
  const groups: SpotlightActionGroupData[] = [
    ...(pages.length > 0 ? [{ group: t('search.pages'), actions: pages }] : []),
    ...foundGroups(settled.length >= shortest ? found.data : undefined, t, go),
  ]
  return (
    <Spotlight
      actions={words === '' ? groups : withFirstSelected(groups)}
      query={words}
      onQueryChange={setWords}
      filter={(_, actions) => actions}
      nothingFound={t('search.nothing')}
      shortcut="mod + K"
      highlightQuery
      scrollable
      attributes={{ content: { 'aria-label': t('search.open') } }}
      searchProps={{
        leftSection: <Search size={18} aria-hidden />,
        placeholder: t('search.placeholder'),
        'aria-label': t('search.placeholder'),
      }}
    />
  )
}

const selected = { 'data-selected': true }

/** Enter means the first row, also where it came after the last key: the menu itself selects only as one types. */
function withFirstSelected(groups: readonly SpotlightActionGroupData[]): SpotlightActionGroupData[] {
  return groups.map(({ group, actions }, at) => ({
    group,
    actions: actions.map((action, index) => (at === 0 && index === 0 ? { ...action, ...selected } : action)),
  }))
}
