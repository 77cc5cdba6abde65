import { createHash } from 'node:crypto'
import type { Dump, DumpedRow } from './dump-format.ts'

/** A block ends at so many rows, or so many characters: either bounds what an import's transaction holds. */
const rowsTogether = 1_000
const charactersTogether = 1_048_576

/**
 * The lines of an export, some at a time: never more in memory than a block, and one row.
 *
 * @param onRows told how many rows were written so far
 */
export async function* linesOf(dump: Dump, onRows: (rows: number) => void): AsyncGenerator<string> {
  const hash = createHash('sha256')
  let block = `${JSON.stringify(dump.header)}\n`
  let rows = 0
  let rowsBefore = 0

  /** The check line is hashed with what follows it. */
  function mark(kind: 'check' | 'end'): string {
    hash.update(block)
    return `${JSON.stringify({ [kind]: hash.copy().digest('hex'), rows })}\n`
  }

  for await (const dumped of dump.rows()) {
    block += lineOf(dumped)
    rows++
    if (rows - rowsBefore < rowsTogether && block.length < charactersTogether) continue
    const check = mark('check')
    yield block + check
    onRows(rows)
    block = ''
    hash.update(check)
    rowsBefore = rows
  }
  const end = mark('end')
  yield block + end
  onRows(rows)
}

function lineOf({ table, row }: DumpedRow): string {
  return `{"table":${JSON.stringify(table.name)},"row":${JSON.stringify(row)}}\n`
}
