import { NativeSelect } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useList } from '../../api/listing.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { ListTable } from '../../parts/DataTable.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Page } from '../../parts/Page.tsx'
import { Tag, type Tone } from '../../parts/Tag.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { kindWords, progressWords } from './task-words.ts'
import { type Status, statuses } from './tasks-search.ts'

const lookAgainMs = 1_000
const tones: Readonly<Record<Status, Tone>> = { running: 'info', finished: 'good', failed: 'bad' }

export function TasksPage(): ReactNode {
  const { t } = useTranslation(['tasks', 'common'])
  const api = useApi()
  const { status } = useSearch({ from: '/tasks' })
  const navigate = useNavigate()
  const query = useList(['tasks', status ?? 'any'], (from, signal) =>
    dataOf(
      api.GET('/api/v1/background-task', {
        params: { query: { ...from, ...(status === undefined ? {} : { status }) } },
        signal,
      }),
    ),
  )
  const isRunning =
    query.data?.pages.some(({ data }) => data.some((task) => task.status === 'running')) ?? false
  const { refetch } = query
  useEffect(() => {
    if (!isRunning) return undefined
    const timer = setInterval(() => void refetch(), lookAgainMs)
    return () => clearInterval(timer)
  }, [isRunning, refetch])
  const choose = (value: string): void => {
    const known = statuses.find((each) => each === value)
    void navigate({ to: '/tasks', search: known === undefined ? {} : { status: known }, replace: true })
  }
  const filter = (
    <NativeSelect
      aria-label={t('status.label')}
      value={status ?? ''}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: '', label: t('status.any') },
        ...statuses.map((value) => ({ value, label: t(`status.${value}`) })),
      ]}
    />
  )
  return (
    <Page title={t('title')} description={t('about')} actions={filter}>
      <ListTable
        caption={t('list')}
        query={query}
        keyOf={({ id }) => id}
        empty={
          status === undefined ? (
            <Empty title={t('empty')} help={t('emptyHelp')} />
          ) : (
            <Empty title={t('none')} />
          )
        }
        columns={[
          { key: 'task', title: t('task'), cell: (task) => kindWords(task, t) },
          {
            key: 'status',
            title: t('status.label'),
            cell: (task) => <Tag tone={tones[task.status]}>{t(`status.${task.status}`)}</Tag>,
          },
          { key: 'progress', title: t('progress'), cell: (task) => progressWords(task, t) },
          {
            key: 'id',
            title: t('common:id'),
            cell: ({ id }) => <Copyable text={id} what={t('common:id')} />,
          },
          {
            key: 'updatedAt',
            title: t('common:updatedAt'),
            cell: ({ updatedAt }) => <Instant at={updatedAt} />,
          },
        ]}
      />
    </Page>
  )
}
