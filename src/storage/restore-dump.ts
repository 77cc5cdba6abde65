import { StartRefused } from '#core/errors.ts'
import { type DumpHeader, rowsIn } from './dump-format.ts'
import type { DumpBlock, OpenedDump } from './dump-reader.ts'

/** How far an import has come: kept in the store, in the transaction that brings it there. */
export interface ImportMark {
  /** The export's id. */
  readonly export: string
  /** The last line that is in the store, and the hash up to there. */
  readonly line: number
  readonly hash: string
  readonly isDone: boolean
}

/** A store that takes an export. */
export interface Restore extends AsyncDisposable {
  /**
   * Marks the store as one that an import is under way into: no server starts on it. Throws `StartRefused` where it holds
   * anything else or a server runs on it.
   *
   * @returns how far an earlier import of the same export came
   */
  begin(header: DumpHeader): Promise<ImportMark>
  /** Rows and mark in one transaction; nothing where the store is no longer where `before` says. */
  write(block: DumpBlock, before: ImportMark, after: ImportMark): Promise<void>
  /** Moves sequences on, and has everything on disk. */
  finish(header: DumpHeader, before: ImportMark, after: ImportMark): Promise<void>
}

export interface Restored {
  readonly rows: number
  /** In the store already, from an import before. */
  readonly rowsBefore: number
}

/** @param onRows told how many rows of the export are in the store */
export async function restoreDump(
  dump: OpenedDump,
  target: Restore,
  onRows: (rows: number) => void,
): Promise<Restored> {
  const { header } = dump
  let mark = await target.begin(header)
  const rows = rowsIn(header)
  if (mark.isDone) return { rows, rowsBefore: rows }
  let rowsBefore = 0
  const start = mark.line
  for await (const block of dump.blocks(start)) {
    if (block.lastLine <= start) {
      rowsBefore = block.rowsSoFar
      if (block.lastLine === start && block.hash !== mark.hash) throw otherExport()
    } else {
      if (mark.line !== block.firstLine - 1) throw otherExport()
      const after = { ...mark, line: block.lastLine, hash: block.hash }
      await target.write(block, mark, after)
      mark = after
    }
    onRows(block.rowsSoFar)
  }
  await target.finish(header, mark, { ...mark, isDone: true })
  return { rows, rowsBefore }
}

export function newMark(header: DumpHeader): ImportMark {
  return { export: header.id, line: 1, hash: '', isDone: false }
}

/** What stands in a store's setting `import`; null where nothing does. */
export function readMark(value: unknown): ImportMark | null {
  return typeof value === 'string' ? (JSON.parse(value) as ImportMark) : null
}

/** Throws `StartRefused` where the store is only half there. */
export function refuseHalfImported(value: unknown): void {
  const mark = readMark(value)
  if (mark === null || mark.isDone) return
  throw new StartRefused(
    'import_unfinished',
    'an import into this store has not come to its end',
    'Import the same file again: it goes on where it stopped. Or begin with an empty store.',
  )
}

export function otherExport(): StartRefused {
  return new StartRefused(
    'import_of_another',
    'the store holds a part of another export',
    'Import that one to its end, or begin with an empty store.',
  )
}

export function notEmpty(table: string): StartRefused {
  return new StartRefused(
    'store_not_empty',
    `the store is not empty: it holds rows in ${table}`,
    'Import into a new data directory or an empty database.',
  )
}

export function movedMeanwhile(): StartRefused {
  return new StartRefused(
    'import_disturbed',
    'another process imports into this store at the same time',
    'Let one of them come to its end.',
  )
}
