import {
  type DumpedRow,
  type DumpHeader,
  type DumpRow,
  type SequenceName,
  sequenceNames,
} from '../dump-format.ts'
import { columnsOf, type DumpTable } from '../dump-tables.ts'
import type { Session } from './database.ts'
import { sequenceOf } from './dump.ts'
import { type HistoryTable, historyTables, periodSize } from './history-periods.ts'
import { raw, type Sql, sql } from './sql.ts'

/** Rows of one table that follow each other. */
export function byTable(rows: readonly DumpedRow[]): readonly (readonly DumpedRow[])[] {
  const groups: DumpedRow[][] = []
  for (const each of rows) {
    const last = groups.at(-1)
    if (last?.[0]?.table === each.table) last.push(each)
    else groups.push([each])
  }
  return groups
}

export async function insertRows(session: Session, rows: readonly DumpedRow[]): Promise<void> {
  const table = rows[0]?.table as DumpTable
  const given = rows.map(({ row }) => row)
  if (table.name === 'message' || table.name === 'attempt') await makePeriods(session, table.name, given)
  const { bytes, places } = table.name === 'message' ? payloadsOf(given) : nothing
  const text = JSON.stringify(
    places === null ? given : given.map((row, at) => ({ ...row, payload: null, ...places[at] })),
    withoutNul,
  )
  const dead = given.some((row) => row.leased === 1) ? await deadNode(session) : 0
  const columns = columnsOf(table)
  await session.change(
    sql`insert into ${raw(`posthorn.${table.name}`)} (${raw(columns.map(storedAs).join(', '))})
        overriding system value
      select ${columns.map((column) => valueOf(table, column, bytes, dead)).reduce((left, right) => sql`${left}, ${right}`)}
      from json_to_recordset(${text}::json) as given (${raw(typesOf(table))})
      ${raw(table.name === 'setting' ? 'on conflict (name) do update set value = excluded.value' : '')}`,
  )
}

/** A text that holds U+0000 is none for PostgreSQL; a payload is bytes, and comes another way. */
function withoutNul(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value
}

function storedAs(column: string): string {
  return column === 'leased' ? 'leased_by' : column
}

function valueOf({ name }: DumpTable, column: string, bytes: Buffer, dead: number): Sql {
  if (column === 'leased') return sql`case when leased = 1 then ${dead}::int end`
  if (name === 'outbox' && (column === 'channels' || column === 'tags')) {
    return raw(`(select array_agg(label order by place)
      from json_array_elements_text(${column}::json) with ordinality as labels (label, place))`)
  }
  if (name !== 'message' || column !== 'payload') return raw(column)
  return sql`case when payload_length is not null
    then substring(${bytes}::bytea from payload_start for payload_length) end`
}

function typesOf({ name, columns }: DumpTable): string {
  const types = Object.entries(columns).map(
    ([column, kind]) => `${column} ${kind.startsWith('integer') ? 'bigint' : 'text'}`,
  )
  if (name === 'message') types.push('payload_start int', 'payload_length int')
  return types.join(', ')
}

const nothing = { bytes: Buffer.alloc(0), places: null }

/** All payloads in a row: as one value they need no escaping, on neither side. */
function payloadsOf(rows: readonly DumpRow[]) {
  const parts: Buffer[] = []
  let start = 1
  const places = rows.map(({ payload, payload_base64: base64 }) => {
    if (typeof payload !== 'string' && typeof base64 !== 'string') return {}
    const part = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(payload as string)
    parts.push(part)
    const place = { payload_start: start, payload_length: part.length, payload_base64: undefined }
    start += part.length
    return place
  })
  return { bytes: Buffer.concat(parts), places }
}

/** A node that is no more: what it had in hand is taken over by the first one that starts. */
async function deadNode(session: Session): Promise<number> {
  const row = await session.row(
    sql`with known as (select number from posthorn.dead_node order by number limit 1),
      made as (
        insert into posthorn.dead_node (number)
        select nextval(pg_get_serial_sequence('posthorn.node', 'number')) where not exists (select 1 from known)
        returning number)
      select number from known union all select number from made`,
  )
  return row?.number as number
}

/** The partitions that the rows go to. */
async function makePeriods(session: Session, table: HistoryTable, rows: readonly DumpRow[]): Promise<void> {
  const began = new Map<number, number>()
  for (const row of rows) {
    const period = periodOf(row.seq as number)
    const at = (table === 'message' ? row.created_at : row.started_at) as number
    began.set(period, Math.min(at, began.get(period) ?? at))
  }
  for (const [period, beganAt] of began) await makePeriod(session, period, beganAt)
}

function periodOf(seq: number): number {
  return Math.floor(seq / periodSize)
}

/** A period began when the first that it has came to be. */
async function makePeriod(session: Session, period: number, beganAt: number): Promise<void> {
  for (const table of historyTables) {
    await session.change(
      raw(`create table if not exists posthorn.${table}_${period} partition of posthorn.${table}
        for values from (${period * periodSize}) to (${(period + 1) * periodSize})`),
    )
  }
  await session.change(
    sql`insert into posthorn.history_period as period (number, began_at) values (${period}, ${beganAt})
      on conflict (number) do update set began_at = least(period.began_at, excluded.began_at)`,
  )
}

/** Numbers of rows that are gone are not given again; those of history go on in the last period. */
export async function moveSequences(session: Session, { sequences, exportedAt }: DumpHeader): Promise<void> {
  for (const name of historyTables) await makePeriod(session, periodOf(sequences[name] + 1), exportedAt)
  const row = await session.row(sql`select max(number) as number from posthorn.history_period`)
  const least = (row?.number as number) * periodSize - 1
  for (const name of sequenceNames) {
    const isHistory = historyTables.some((table) => table === name)
    const last = isHistory ? Math.max(least, sequences[name]) : sequences[name]
    await moveSequence(session, name, last)
  }
}

/** Forward only, whatever becomes of the transaction. */
export async function moveSequence(session: Session, name: SequenceName, last: number): Promise<void> {
  if (last <= 0) return
  const sequence = sequenceOf(name)
  await session.rows(
    sql`select setval(${sequence}::regclass, greatest(${last}::bigint, last_value)) from ${raw(sequence)}`,
  )
}
