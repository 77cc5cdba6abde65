import { Table } from '@mantine/core'
import { memo, type ReactNode, useEffect, useRef, useState } from 'react'
import type { Column } from './DataTable.tsx'

interface RowGroupProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** Gives its place to an empty row of the same height while it is out of sight. */
  readonly isWindowed: boolean
}

/** So far beyond the window rows are there already. */
const margin = '1500px 0px'

function Rows<Row>({ columns, rows, keyOf, isWindowed }: RowGroupProps<Row>): ReactNode {
  const body = useRef<HTMLTableSectionElement>(null)
  /** In pixels; null while the rows themselves are there. */
  const [emptyHeight, setEmptyHeight] = useState<number | null>(null)
  useEffect(() => {
    const element = body.current
    if (element === null || !isWindowed) return undefined
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1)
        if (last === undefined) return
        // Whoever is inside by keyboard stays there.
        const isKept = last.isIntersecting || element.contains(document.activeElement)
        setEmptyHeight(isKept ? null : last.boundingClientRect.height)
      },
      { rootMargin: margin },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [isWindowed])
  return (
    <Table.Tbody ref={body}>
      {emptyHeight !== null && isWindowed ? (
        <Table.Tr aria-hidden style={{ height: emptyHeight }}>
          <Table.Td colSpan={columns.length} />
        </Table.Tr>
      ) : (
        rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ key, title, cell, align }) => (
              <Table.Td key={key} data-title={title} ta={align}>
                {cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))
      )}
    </Table.Tbody>
  )
}

/** Rows of a table that come and go together. */
export const RowGroup = memo(Rows) as typeof Rows
