import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { StartRefused } from '#core/errors.ts'
import {
  type Dump,
  type DumpedRow,
  type DumpHeader,
  type DumpRow,
  formatVersion,
  type SequenceName,
  sequenceNames,
} from '../dump-format.ts'
import { columnsOf, type DumpTable, dumpTables, ownSettings } from '../dump-tables.ts'
import { refuseHalfImported } from '../restore-dump.ts'
import { clientOptions, type Row } from './database.ts'
import { schemaVersion, unreachable } from './migrate.ts'

/** Rows that are fetched together; where payloads are long, not more than so many bytes of them, or one. */
const rowsTogether = 500
const bytesTogether = 4 * 1_048_576

/**
 * Reads a database that may be in use: one transaction, so all of it is as it was at one instant, and nobody waits.
 * What is deleted meanwhile keeps its room until the end. Throws `StartRefused`.
 *
 * @param url not by way of a pooler that is short of connections: one is held to the end
 */
export async function openPostgresDump(url: string): Promise<Dump> {
  const client = new pg.Client(clientOptions(url, 'posthorn export', 0))
  // A connection that breaks fails the statement under way, or the next one.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw unreachable(url, error)
  }
  try {
    // Whoever takes the lines may take their time.
    await client.query(
      `begin isolation level repeatable read, read only; set local statement_timeout = 0;
       set local idle_in_transaction_session_timeout = 0; set local enable_hashjoin = off; set local enable_mergejoin = off;
       select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'`,
    )
    const header = await headerOf(client)
    return {
      header,
      rows: () => rowsOf(client),
      [Symbol.asyncDispose]: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

const settings = `posthorn.setting where name not in (${ownSettings.map((name) => `'${name}'`).join(', ')})`

/** Messages that their partition left behind are messages like all others; while it leaves, they are in both. */
const messages = (columns: string): string =>
  `(select ${columns} from posthorn.message union all select ${columns} from posthorn.kept_message kept
    where not exists (select 1 from posthorn.message m where m.app_id = kept.app_id and m.seq = kept.seq)) message`

function sourceOf(table: string): string {
  if (table === 'setting') return settings
  return table === 'message' ? messages('app_id, seq') : `posthorn.${table}`
}

async function headerOf(client: pg.Client): Promise<DumpHeader> {
  const number = async (sql: string): Promise<number> =>
    (await client.query<{ number: number }>(sql)).rows[0]?.number ?? 0
  const found = await number(`select (to_regclass('posthorn.schema_version') is not null)::int as number`)
  const schema = found === 1 ? await number('select version as number from posthorn.schema_version') : 0
  const known = schemaVersion()
  if (schema === 0) {
    throw new StartRefused(
      'store_missing',
      'there is no store in the database',
      'Look at POSTHORN_DATABASE_URL.',
    )
  }
  if (schema !== known) {
    throw new StartRefused(
      'store_other_schema',
      `the store has schema ${schema}, this version exports schema ${known}`,
      schema < known ? 'Run posthorn migrate first.' : 'Use the version of Posthorn that wrote it.',
    )
  }
  const mark = await client.query<Row>(`select value from posthorn.setting where name = 'import'`)
  refuseHalfImported(mark.rows[0]?.value)
  const rows: Record<string, number> = {}
  for (const { name } of dumpTables) {
    rows[name] = await number(`select count(*) as number from ${sourceOf(name)}`)
  }
  const sequences: Partial<Record<SequenceName, number>> = {}
  for (const name of sequenceNames) {
    sequences[name] = await number(
      `select last_value - (not is_called)::int as number from ${sequenceOf(name)}`,
    )
  }
  return {
    posthornExport: formatVersion,
    id: randomUUID(),
    schema,
    source: 'postgres',
    exportedAt: Date.now(),
    rows,
    sequences: sequences as Record<SequenceName, number>,
  }
}

export function sequenceOf(name: SequenceName): string {
  return name === 'message' || name === 'attempt' ? `posthorn.${name}_seq` : `posthorn.${name}_seq_seq`
}

async function* rowsOf(client: pg.Client): AsyncGenerator<DumpedRow> {
  for (const table of dumpTables) {
    const rows =
      table.name === 'message'
        ? messageRows(client, table)
        : table.name === 'attempt'
          ? attemptRows(client, table)
          : table.name === 'outbox'
            ? outboxRows(client, table)
            : pagesOf(client, `select ${shown(table)} from ${sourceOf(table.name)} order by ${table.order}`)
    for await (const page of rows) for (const row of page) yield { table, row: row as DumpRow }
  }
}

function shown(table: DumpTable): string {
  return columnsOf(table)
    .map((column) => shownAs(table, column))
    .join(', ')
}

/** Of the outbox, labels are arrays. */
function shownAs({ name }: DumpTable, column: string): string {
  if (column === 'leased') return '(leased_by is not null)::int as leased'
  const isArray = name === 'outbox' && (column === 'channels' || column === 'tags')
  return isArray ? `to_json(${column})::text as ${column}` : column
}

async function* pagesOf(client: pg.Client, select: string): AsyncGenerator<readonly Row[]> {
  await client.query(`declare page no scroll cursor for ${select}`)
  for (;;) {
    const { rows } = await client.query<Row>(`fetch ${rowsTogether} from page`)
    if (rows.length > 0) yield rows
    if (rows.length < rowsTogether) break
  }
  await client.query('close page')
}

/**
 * History in the order in which it came to be. No index has it: keys alone are sorted, and rows fetched by them, which
 * goes along the table as it lies on disk.
 */
async function* attemptRows(client: pg.Client, table: DumpTable): AsyncGenerator<readonly Row[]> {
  const keys = pagesOf(client, 'select app_id, message_seq, seq from posthorn.attempt order by seq')
  for await (const page of keys) {
    const { rows } = await client.query<Row>(
      `select ${columnsOf(table).join(', ')} from unnest($1::text[], $2::bigint[], $3::bigint[])
         as wanted (app_id, message_seq, seq) join posthorn.attempt using (app_id, message_seq, seq) order by seq`,
      [page.map((key) => key.app_id), page.map((key) => key.message_seq), page.map((key) => key.seq)],
    )
    yield rows
  }
}

async function* messageRows(client: pg.Client, table: DumpTable): AsyncGenerator<readonly Row[]> {
  const keys = pagesOf(client, `select app_id, seq from ${messages('app_id, seq')} order by seq`)
  for await (const page of keys) {
    const sizes = await client.query<Row>(
      `select app_id, seq, coalesce(octet_length(payload), 0) as size ${joined('app_id, seq, payload')} order by seq`,
      argumentsOf(page),
    )
    for (const group of groupsOf(sizes.rows)) {
      const { rows } = await client.query<Row>(
        `select ${columnsOf(table).join(', ')} ${joined(columnsOf(table).join(', '))} order by seq`,
        argumentsOf(group),
      )
      yield rows.map(withText)
    }
  }
}

async function* outboxRows(client: pg.Client, table: DumpTable): AsyncGenerator<readonly Row[]> {
  const keys = pagesOf(client, 'select seq, octet_length(payload) as size from posthorn.outbox order by seq')
  for await (const page of keys) {
    for (const group of groupsOf(page)) {
      const { rows } = await client.query<Row>(
        `select ${shown(table)} from posthorn.outbox where seq = any($1::bigint[]) order by seq`,
        [group.map(({ seq }) => seq)],
      )
      yield rows
    }
  }
}

/** Each looked up by its key, in the one table or the other. */
function joined(columns: string): string {
  const found = (table: string): string =>
    `select ${columns} from posthorn.${table} where app_id = wanted.its_app_id and seq = wanted.its_seq`
  return `from unnest($1::text[], $2::bigint[]) as wanted (its_app_id, its_seq)
    cross join lateral (${found('message')} union all ${found('kept_message')} limit 1) message`
}

function argumentsOf(keys: readonly Row[]): unknown[] {
  return [keys.map((key) => key.app_id), keys.map((key) => key.seq)]
}

/** So many keys together as their payloads, of the sizes given with them, leave room for. */
function groupsOf(keys: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = []
  let room = 0
  for (const row of keys) {
    const size = row.size as number
    if (size > room) {
      groups.push([])
      room = bytesTogether
    }
    groups.at(-1)?.push(row)
    room -= size
  }
  return groups
}

function withText({ payload, ...row }: Row): Row {
  if (!(payload instanceof Buffer)) return { ...row, payload: null }
  return isUtf8(payload)
    ? { ...row, payload: payload.toString('utf8') }
    : { ...row, payload_base64: payload.toString('base64') }
}
