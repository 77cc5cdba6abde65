import { createHash } from 'node:crypto'
import { StartRefused } from '#core/errors.ts'
import {
  type DumpedRow,
  type DumpHeader,
  formatVersion,
  rowsIn,
  sequenceNames,
  sequencesSince,
} from './dump-format.ts'
import { columnsOf, tableByName } from './dump-tables.ts'

/** Whole rows up to a check that was found right. */
export interface DumpBlock {
  /** Empty where the block was only checked. */
  readonly rows: readonly DumpedRow[]
  /** The line of the first row, and that of the check; the header is line 1. */
  readonly firstLine: number
  readonly lastLine: number
  /** Over all bytes up to the check. */
  readonly hash: string
  /** Rows up to here, of the whole export. */
  readonly rowsSoFar: number
}

export interface OpenedDump {
  readonly header: DumpHeader
  /**
   * Rejects with `StartRefused`, naming the line, where the rest is damaged or missing.
   *
   * @param afterLine what lies before it is checked and not read
   */
  blocks(afterLine: number): AsyncGenerator<DumpBlock>
}

/** The header of what is no export at all is not looked for any further. */
const maxHeaderBytes = 65_536
/** As long as a text can become: several times the largest payload. */
const maxLineBytes = 512 * 1024 * 1024 - 1_024

/** Reads an export's header and checks that this version can read the rest. Throws `StartRefused`. */
export async function openDump(chunks: AsyncIterable<Uint8Array>, schema: number): Promise<OpenedDump> {
  const lines = linesOf(chunks)
  const first = await lines.next()
  const line = first.done === true ? '' : first.value.toString('utf8')
  const header = headerOf(line)
  if (header.posthornExport > formatVersion || header.schema > schema) {
    throw new StartRefused(
      'export_too_new',
      `line 1: a newer version of Posthorn wrote this export (format ${header.posthornExport}, schema ${header.schema}; this version reads up to format ${formatVersion}, schema ${schema})`,
      'Import it with that version, or a newer one.',
    )
  }
  return { header, blocks: (afterLine) => blocksOf(lines, line, header, afterLine) }
}

async function* blocksOf(
  lines: AsyncGenerator<Buffer>,
  headerLine: string,
  header: DumpHeader,
  afterLine: number,
): AsyncGenerator<DumpBlock> {
  const hash = createHash('sha256').update(headerLine)
  let number = 1
  let rowsSoFar = 0
  let firstLine = 2
  let rows: DumpedRow[] = []
  for await (const line of lines) {
    number++
    if (line.at(-1) !== newline) throw truncated(number)
    if (isRow(line)) {
      rowsSoFar++
      if (number > afterLine) rows.push(rowOf(line, number, header.schema))
      hash.update(line)
      continue
    }
    const digest = hash.copy().digest('hex')
    const mark = markOf(line, number)
    if ((mark.check ?? mark.end) !== digest || mark.rows !== rowsSoFar) {
      throw damaged(firstLine === number ? `line ${number}` : `something from line ${firstLine} to ${number}`)
    }
    const isEnd = mark.end !== undefined
    if (isEnd && rowsSoFar !== rowsIn(header))
      throw damaged(`line ${number} (it counts other rows than line 1)`)
    hash.update(line)
    yield { rows, firstLine, lastLine: number, hash: digest, rowsSoFar }
    rows = []
    firstLine = number + 1
    if (!isEnd) continue
    if ((await lines.next()).done !== true) throw damaged(`line ${number + 1}, which follows the end mark,`)
    return
  }
  throw truncated(number)
}

const newline = 0x0a

/** Each with the line feed that ends it; the last one may lack it. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  let max = maxHeaderBytes
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
      parts.push(bytes.subarray(from, at + 1))
      yield parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
      parts = []
      length = 0
      max = maxLineBytes
      from = at + 1
    }
    if (from === bytes.length) continue
    parts.push(bytes.subarray(from))
    length += bytes.length - from
    if (length > max) throw max === maxHeaderBytes ? foreign() : damaged('a line without an end')
  }
  if (parts.length > 0) yield Buffer.concat(parts)
}

const rowStart = Buffer.from('{"table":')

function isRow(line: Buffer): boolean {
  return line.subarray(0, rowStart.length).equals(rowStart)
}

function headerOf(line: string): DumpHeader {
  let header: Partial<DumpHeader>
  try {
    header = JSON.parse(line) as Partial<DumpHeader>
  } catch {
    if (!line.startsWith('{"posthornExport":')) throw foreign()
    throw line.endsWith('\n') ? damaged('line 1') : truncated(1)
  }
  if (header === null || typeof header !== 'object' || !isCount(header.posthornExport)) throw foreign()
  // What a newer header holds is not known.
  if (header.posthornExport > formatVersion) return { schema: 0, ...header } as DumpHeader
  const { id, schema, rows, sequences } = header
  const isWhole =
    typeof id === 'string' &&
    isCount(schema) &&
    isCounts(rows) &&
    isCounts(sequences) &&
    sequenceNames.every((name) => name in sequences || schema < (sequencesSince[name] ?? 0))
  if (!isWhole) throw damaged('line 1')
  const none = Object.fromEntries(sequenceNames.map((name) => [name, 0]))
  return { ...header, sequences: { ...none, ...sequences } } as DumpHeader
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCounts(value: unknown): value is Record<string, number> {
  return value !== null && typeof value === 'object' && Object.values(value).every(isCount)
}

interface Mark {
  readonly check?: string
  readonly end?: string
  readonly rows?: number
}

function parsed(line: Buffer, number: number): unknown {
  try {
    return JSON.parse(line.toString('utf8')) as unknown
  } catch {
    throw damaged(`line ${number}`)
  }
}

function markOf(line: Buffer, number: number): Mark {
  const mark = parsed(line, number)
  if (mark === null || typeof mark !== 'object') throw damaged(`line ${number}`)
  return mark
}

const kinds = { text: 'string', integer: 'number', 'text?': 'string', 'integer?': 'number' } as const

function rowOf(line: Buffer, number: number, schema: number): DumpedRow {
  const { table: name, row } = parsed(line, number) as { readonly table: string; readonly row?: unknown }
  const table = tableByName.get(name)
  if (table === undefined || row === null || typeof row !== 'object') throw damaged(`line ${number}`)
  const given = row as Record<string, unknown>
  for (const [column, since] of Object.entries(table.since ?? {})) if (schema < since) given[column] = null
  const columns = columnsOf(table)
  for (const column of columns) {
    const value = given[column]
    const kind = table.columns[column] ?? 'text'
    if (value === null ? kind.endsWith('?') : typeof value === kinds[kind]) continue
    if (column === 'payload' && typeof given.payload_base64 === 'string') continue
    throw damaged(`line ${number} (${column} of the ${name})`)
  }
  if (Object.keys(given).length !== columns.length)
    throw damaged(`line ${number} (the columns of the ${name})`)
  return { table, row: given as DumpedRow['row'] }
}

function foreign(): StartRefused {
  return new StartRefused(
    'export_unknown',
    'line 1: this is no export of Posthorn',
    'Name a file that posthorn export wrote; decompress it first where it is compressed.',
  )
}

function damaged(what: string): StartRefused {
  return new StartRefused(
    'export_damaged',
    `the export is damaged: ${what} is not what was exported`,
    'Copy or make the export again. What was imported before that line is whole; a new export needs an empty store.',
  )
}

function truncated(line: number): StartRefused {
  return new StartRefused(
    'export_truncated',
    `the export breaks off at line ${line}, before its end mark`,
    'Get the whole file and import it again: it goes on where this ended.',
  )
}
