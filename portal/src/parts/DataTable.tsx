import { Box, Button, Center, Table } from '@mantine/core'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Listed } from '../api/listing.ts'
import { Failure } from './Failure.tsx'
import { Loading } from './Loaded.tsx'
import { RowGroup } from './RowGroup.tsx'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  readonly width?: string
  readonly align?: 'right'
}

interface DataTableProps<Row> {
  /** What the rows are, for screen readers. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

/** Rows in columns; on a narrow screen each row is a card, with the columns' titles beside their cells. */
export function DataTable<Row>({ rows, ...table }: DataTableProps<Row>): ReactNode {
  return <GroupedTable {...table} groups={[rows]} />
}

interface GroupedTableProps<Row> extends Omit<DataTableProps<Row>, 'rows'> {
  readonly groups: readonly (readonly Row[])[]
}

/** However many rows there are, those out of sight cost nothing. */
function GroupedTable<Row>({ caption, columns, groups, keyOf }: GroupedTableProps<Row>): ReactNode {
  return (
    <Table className="data-table" verticalSpacing="sm" highlightOnHover>
      <caption className="for-screen-readers">{caption}</caption>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ key, title, width, align }) => (
            <Table.Th key={key} w={width} ta={align}>
              {title}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      {groups.map((rows, at) => (
        <RowGroup key={at} columns={columns} rows={rows} keyOf={keyOf} isWindowed={groups.length > 1} />
      ))}
    </Table>
  )
}

interface ListTableProps<Row> extends Omit<DataTableProps<Row>, 'rows'> {
  readonly query: UseInfiniteQueryResult<{ readonly pages: readonly Listed<Row>[] }>
  /** Shown where there is no row at all. */
  readonly empty: ReactNode
}

/** A list of the API, read on as one scrolls. */
export function ListTable<Row>({ query, empty, ...table }: ListTableProps<Row>): ReactNode {
  const groups = query.data?.pages.map(({ data }) => data) ?? []
  const isEmpty = groups.every(({ length }) => length === 0)
  if (query.isPending) return <Loading />
  if (query.error !== null && isEmpty)
    return <Failure error={query.error} retry={() => void query.refetch()} />
  if (isEmpty) return empty
  return (
    <Box>
      <GroupedTable {...table} groups={groups} />
      {query.error !== null && <Failure error={query.error} retry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && query.error === null && (
        <MoreRows isLoading={query.isFetchingNextPage} load={() => void query.fetchNextPage()} />
      )}
    </Box>
  )
}

/** Loads more when it comes into sight; a button, too, for those who go by keyboard. */
export function MoreRows({
  isLoading,
  load,
}: {
  readonly isLoading: boolean
  readonly load: () => void
}): ReactNode {
  const { t } = useTranslation()
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = end.current
    if (element === null || isLoading) return undefined
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) load()
      },
      { rootMargin: '200px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  })
  return (
    <Center ref={end} p="md">
      <Button variant="default" size="xs" loading={isLoading} onClick={load}>
        {t('more')}
      </Button>
    </Center>
  )
}
