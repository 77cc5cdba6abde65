import { Box, Button, Center, Table } from '@mantine/core'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Listed } from '../api/listing.ts'
import { Failure } from './Failure.tsx'
import { Loading } from './Loaded.tsx'

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
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>): ReactNode {
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
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ key, title, cell, align }) => (
              <Table.Td key={key} data-title={title} ta={align}>
                {cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
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
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? []
  if (query.isPending) return <Loading />
  if (query.error !== null && rows.length === 0)
    return <Failure error={query.error} retry={() => void query.refetch()} />
  if (rows.length === 0) return empty
  return (
    <Box>
      <DataTable {...table} rows={rows} />
      {query.error !== null && <Failure error={query.error} retry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && query.error === null && (
        <MoreRows isLoading={query.isFetchingNextPage} load={() => void query.fetchNextPage()} />
      )}
    </Box>
  )
}

/** Loads more when it comes into sight; a button, too, for those who go by keyboard. */
function MoreRows({
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
