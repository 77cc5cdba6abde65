import { Skeleton, Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure } from './Failure.tsx'

/** Shows what was asked for, once it is there. */
export function Loaded<Data>({
  query,
  children,
}: {
  readonly query: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
}): ReactNode {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />
  return <Loading />
}

export function Loading({ lines = 4 }: { readonly lines?: number }): ReactNode {
  const { t } = useTranslation()
  return (
    <Stack gap="sm" role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={24} radius="sm" width={line === lines - 1 ? '60%' : '100%'} />
      ))}
    </Stack>
  )
}
