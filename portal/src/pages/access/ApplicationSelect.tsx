import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../session/SessionContext.tsx'

const settleMs = 150
const shortest = 2
const maxFound = 20

interface ApplicationSelectProps {
  /** An application's id. */
  readonly value: string | null
  readonly onChange: (appId: string | null) => void
}

/** Applications, to be found by name or id: there may be far more than a list can hold. */
export function ApplicationSelect({ value, onChange }: ApplicationSelectProps): ReactNode {
  const { t } = useTranslation('access')
  const api = useApi()
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState<{ readonly value: string; readonly label: string } | null>(null)
  const [settled] = useDebouncedValue(words.trim(), settleMs)
  const isSearch = settled.length >= shortest && settled !== chosen?.label
  const query = useQuery({
    queryKey: ['applications', 'choice', isSearch ? settled : ''],
    queryFn: async ({ signal }) => {
      const rows = isSearch
        ? (
            await dataOf(
              api.GET('/api/v1/search', { params: { query: { q: settled, limit: maxFound } }, signal }),
            )
          ).applications
        : (await dataOf(api.GET('/api/v1/app', { params: { query: { limit: maxFound } }, signal }))).data
      return rows.map(({ id, name }) => ({ value: id, label: name }))
    },
    placeholderData: keepPreviousData,
  })
  const found = query.data ?? []
  const isShown = chosen === null || found.some((each) => each.value === chosen.value)
  return (
    <Select
      label={t('link.application')}
      description={t('link.applicationHelp')}
      placeholder={t('link.applicationPlaceholder')}
      nothingFoundMessage={t('link.applicationNothing')}
      searchable
      required
      allowDeselect={false}
      data={isShown ? found : [...found, chosen]}
      filter={({ options }) => options}
      value={value}
      onChange={(next, option) => {
        setChosen(option === null ? null : { value: option.value, label: option.label })
        onChange(next)
      }}
      onSearchChange={setWords}
    />
  )
}
