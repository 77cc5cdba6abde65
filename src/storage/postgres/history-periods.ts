import type { Session } from './database.ts'
import { sql } from './sql.ts'

/** Numbers of `message_seq` and `attempt_seq` that one period has, in a partition of each table. */
export const periodSize = 2 ** 36

/** A period ends early when this many of its numbers are used: its last ones are never reached. */
const maxUsed = periodSize / 2

const dayMs = 24 * 3_600_000
/** More partitions would make plans dearer, fewer would keep history far beyond its time. */
const periodsPerRetention = 14

interface Period {
  readonly number: number
  readonly beganAt: number
  readonly isLeaving: boolean
}

export type HistoryTable = 'message' | 'attempt'
export const historyTables: readonly HistoryTable[] = ['message', 'attempt']

export interface Partition {
  readonly table: HistoryTable
  readonly number: number
  /** `detaching` where that was begun and broken off. */
  readonly state: 'attached' | 'detaching' | 'apart'
}

export interface History {
  /** In their order; the last one is under way. */
  readonly periods: readonly Period[]
  readonly partitions: readonly Partition[]
  /** The highest number that either sequence has given. */
  readonly lastSeq: number
}

export type Step =
  /** Make the partitions of a period that is yet to begin. */
  | { readonly kind: 'prepare'; readonly number: number }
  | { readonly kind: 'begin'; readonly number: number }
  /** From then on no delivery is made for a message of the period that has none. */
  | { readonly kind: 'mark'; readonly number: number }
  | { readonly kind: 'keep-needed'; readonly number: number }
  | { readonly kind: 'detach' | 'finish-detaching' | 'drop'; readonly partition: Partition }
  | { readonly kind: 'forget'; readonly number: number }

/**
 * Holds the period of a message until the transaction ends: deliveries may be made for its messages.
 *
 * @returns false where it is leaving, or gone
 */
export async function holdsPeriod(transaction: Session, seq: number): Promise<boolean> {
  const row = await transaction.row(
    sql`select number from posthorn.history_period
      where number = ${Math.floor(seq / periodSize)} and not is_leaving for share`,
  )
  return row !== undefined
}

/** The same for all periods that stay. @returns the first sequence of them */
export async function holdsStaying(transaction: Session): Promise<number> {
  const rows = await transaction.rows(
    sql`select number from posthorn.history_period where not is_leaving order by number for share`,
  )
  return ((rows[0]?.number ?? 0) as number) * periodSize
}

function widthOf(retentionMs: number): number {
  return Math.max(1, Math.round(retentionMs / periodsPerRetention / dayMs)) * dayMs
}

/**
 * What is to be done next with the periods and their partitions, null where nothing is. Each step may have been broken
 * off by a death: it follows from what is there.
 *
 * @param keptOf the period whose needed messages this process has found to be kept, if any
 */
export function nextStep(
  { periods, partitions, lastSeq }: History,
  at: number,
  retentionMs: number,
  keptOf: number | null,
): Step | null {
  const current = periods.at(-1)
  const [oldest, second] = periods
  if (current === undefined || oldest === undefined) return null
  const number = current.number + 1
  // Made a period ahead: a sequence that moves on meets no statement that has yet to see its partition.
  const isPrepared = historyTables.every((table) =>
    partitions.some((each) => each.table === table && each.number === number && each.state === 'attached'),
  )
  if (!isPrepared) return { kind: 'prepare', number }
  const isOver = at >= current.beganAt + widthOf(retentionMs)
  if (isOver || lastSeq >= current.number * periodSize + maxUsed) return { kind: 'begin', number }
  if (second === undefined || second.beganAt > at - retentionMs) return null
  if (!oldest.isLeaving) return { kind: 'mark', number: oldest.number }
  // The messages first: attempts without theirs are in no list.
  for (const table of historyTables) {
    const partition = partitions.find((each) => each.table === table && each.number === oldest.number)
    if (partition === undefined) continue
    if (partition.state === 'apart') return { kind: 'drop', partition }
    if (partition.state === 'detaching') return { kind: 'finish-detaching', partition }
    if (table === 'message' && keptOf !== oldest.number) return { kind: 'keep-needed', number: oldest.number }
    return { kind: 'detach', partition }
  }
  return { kind: 'forget', number: oldest.number }
}
