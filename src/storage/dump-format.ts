import type { DumpTable } from './dump-tables.ts'

/**
 * An export: JSON lines that carry everything of a store but what belongs to one process or one database alone.
 *
 * The first line is the header. Then comes one line for each row, table by table, in the order of the table's key:
 * `{"table":"application","row":{…}}`. After about a thousand of them a check line, `{"check":"…","rows":1000}`, holds
 * the SHA-256 of all bytes before it and how many rows came so far; the last line, `{"end":"…","rows":…}`, holds the
 * same. What is imported is always a whole number of such blocks.
 */
export const formatVersion = 1

export type DumpRow = Readonly<Record<string, string | number | null>>

export interface DumpedRow {
  readonly table: DumpTable
  readonly row: DumpRow
}

export interface DumpHeader {
  readonly posthornExport: number
  /** Of this export, so that an import that broke off knows what it goes on with. */
  readonly id: string
  /** How many migrations the store has. */
  readonly schema: number
  readonly source: 'sqlite' | 'postgres'
  readonly exportedAt: number
  readonly rows: Readonly<Record<string, number>>
  /** The last number that each sequence gave: rows that are gone had it, perhaps. */
  readonly sequences: Readonly<Record<SequenceName, number>>
}

/** A store as it was at one instant. */
export interface Dump extends AsyncDisposable {
  readonly header: DumpHeader
  rows(): AsyncIterable<DumpedRow>
}

export const sequenceNames = [
  'application',
  'endpoint',
  'source',
  'rejection',
  'background_task',
  'fanout',
  'message',
  'attempt',
  'outbox',
] as const
export type SequenceName = (typeof sequenceNames)[number]

/** The schema that brought a sequence: exports of older ones lack it. */
export const sequencesSince: Readonly<Partial<Record<SequenceName, number>>> = { source: 4, rejection: 4 }

export function rowsIn(header: DumpHeader): number {
  return Object.values(header.rows).reduce((sum, count) => sum + count, 0)
}
