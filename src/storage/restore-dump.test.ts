import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  exported,
  exportOf,
  fill,
  imported,
  opened,
  postgres,
  refusing,
  rowLinesOf,
  rowsOf,
  sqlite,
} from '#test/support/move.ts'
import { asked } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import {
  aRejection,
  only,
  publishedOne,
  storedApplication,
  storedSource,
  t0,
} from './conformance/fixtures.ts'
import type { Dump, DumpHeader, DumpRow } from './dump-format.ts'
import { type DumpTable, tableByName } from './dump-tables.ts'
import { linesOf } from './dump-writer.ts'
import { openPostgresStorage } from './postgres/postgres-storage.ts'

const stores = [
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
] as const

describe.each(stores)('an import into %s', (_name, emptyPlace) => {
  test('refuses what is damaged, foreign or newer, names the line, and keeps nothing of a damaged part', async () => {
    const text = await exportOf(await sqlite(), (storage) => fill(storage, 1_500))
    const place = await emptyPlace()
    const row = text.indexOf('"row":', text.indexOf('"n\\":1400'))
    const end = text.lastIndexOf('\n', text.length - 2) + 1
    const damages: readonly (readonly [string, string, RegExp])[] = [
      ['', 'export_unknown', /^line 1: this is no export/],
      ['hello\n', 'export_unknown', /^line 1: this is no export/],
      ['[1]\n'.repeat(3), 'export_unknown', /^line 1: this is no export/],
      ['x'.repeat(1_000_000), 'export_unknown', /^line 1: this is no export/],
      [
        text.replace('"posthornExport":1', '"posthornExport":2'),
        'export_too_new',
        /^line 1: a newer version/,
      ],
      [text.replace(/"schema":\d+/, '"schema":999'), 'export_too_new', /schema 999/],
      [text.replace('"rows":{', '"rows":[{'), 'export_damaged', /line 1 is not/],
      [text.replace('"id":"', '"id":"x'), 'export_damaged', /something from line 2 to \d+/],
      [text.slice(0, 50), 'export_truncated', /line 1/],
      [text.replace('"n\\":3', '"n\\":4'), 'export_damaged', /something from line 2 to \d+/],
      [text.replace('"table":"application"', '"table":"applicatiom"'), 'export_damaged', /line \d+ is not/],
      [
        text.replace('"throttle_rate":null', '"throttle_rate":true'),
        'export_damaged',
        /line \d+ \(throttle_rate/,
      ],
      [text.replace('"throttle_rate":null,', ''), 'export_damaged', /line \d+ \(throttle_rate/],
      [`${text.slice(0, row)}${text.slice(row + 9)}`, 'export_damaged', /line 1\d\d\d/],
      [text.slice(0, end), 'export_truncated', /before its end mark/],
      [`${text.slice(0, end)}${text.slice(end).replace('"rows":', '"rows":1')}`, 'export_damaged', /line/],
      [`${text}{"table":"setting"}\n`, 'export_damaged', /follows the end mark/],
    ]
    for (const [damaged, code, words] of damages) {
      await expect(imported(place, damaged), damaged.slice(0, 80)).rejects.toMatchObject(
        refusing(code, words),
      )
    }
    await imported(place, text)
    expect(rowLinesOf(await exported(place))).toEqual(rowLinesOf(text))
  })

  test('refuses a store that is not empty, or that holds a part of another export', async () => {
    const text = await exportOf(await sqlite(), (storage) => fill(storage))
    const filled = await emptyPlace()
    await exportOf(filled, (storage) => storedApplication(storage))
    await expect(imported(filled, text)).rejects.toMatchObject(
      refusing('store_not_empty', /not empty: it holds rows in application/),
    )
    const begun = await emptyPlace()
    const long = await exportOf(await sqlite(), (storage) => fill(storage, 1_500))
    await expect(imported(begun, long.slice(0, -9))).rejects.toMatchObject({ code: 'export_truncated' })
    await expect(imported(begun, text)).rejects.toMatchObject(refusing('import_of_another', /another export/))
  })

  test('takes an export of a store that knew no sources yet', async () => {
    const text = await exportOf(await sqlite(), (storage) => fill(storage))
    const place = await emptyPlace()
    await imported(place, await beforeSources(text))
    const lines = rowLinesOf(text).map((line) =>
      line.replace(/"exchange":"(\\.|[^"\\])*"/, '"exchange":null'),
    )
    expect(rowLinesOf(await exported(place))).toEqual(lines)
    await using storage = await opened(place)
    await storage.insertRejections([aRejection((await storedSource(storage)).id)], 9)
  })

  test('takes a store that a server was started on, and with it the key check of the export', async () => {
    const setting = 'encryption_key_check'
    const text = await exportOf(await sqlite(), (storage) => storage.setting(setting, 'theirs'))
    const place = await emptyPlace()
    await exportOf(place, async (storage) => {
      await storage.setting(setting, 'ours')
      await storage.addMinutes([], { at: t0, counts: [] })
    })
    await imported(place, text)
    expect(rowsOf(await exported(place), 'minute')).toEqual([])
    await using storage = await opened(place)
    expect(await storage.setting(setting, 'another')).toBe('theirs')
  })

  test('refuses a store that a server uses', async () => {
    const text = await exportOf(await sqlite(), (storage) => fill(storage))
    const place = await emptyPlace()
    await using _storage = await opened(place)
    await expect(imported(place, text)).rejects.toMatchObject(
      refusing(place.url === undefined ? 'directory_in_use' : 'database_in_use', /already uses|server runs/),
    )
  })
})

test('an import that is killed goes on when it is begun again', async () => {
  const text = await exportOf(await sqlite(), (storage) => fill(storage, 2_500))
  const place = await postgres()
  const url = place.url ?? ''
  const importing = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'import', '-'], {
    env: { POSTHORN_DATABASE_URL: url },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(importing, 'exit')
  onTestFinished(() => void importing.kill('SIGKILL'))
  importing.stdin.on('error', () => {})
  importing.stdin.write(text.split('\n').slice(0, 2_200).join('\n'))
  await until(async () => {
    const [found] = await asked(url, `select to_regclass('posthorn.schema_version') is not null as is_there`)
    if (found?.is_there !== true) return false
    const [mark] = await asked(url, `select value from posthorn.setting where name = 'import'`)
    return mark !== undefined && (JSON.parse(mark.value as string) as { line: number }).line > 1_000
  })
  importing.kill('SIGKILL')
  await ended
  const { rowsBefore } = await imported(place, text)
  expect(rowsBefore).toBeGreaterThanOrEqual(1_000)
  expect(rowLinesOf(await exported(place))).toEqual(rowLinesOf(text))
})

/** As schema 3 wrote it. */
async function beforeSources(text: string): Promise<string> {
  const [first = ''] = text.split('\n')
  const { sequences, ...header } = JSON.parse(first) as DumpHeader
  const { source: _source, rejection: _rejection, ...known } = sequences
  const dumped = rowLinesOf(text).map((line) => {
    const { table, row } = JSON.parse(line) as { readonly table: string; readonly row: DumpRow }
    const { received: _received, exchange: _exchange, ...rest } = row
    return { table: tableByName.get(table) as DumpTable, row: rest }
  })
  const dump: Dump = {
    header: { ...header, schema: 3, sequences: known as DumpHeader['sequences'] },
    async *rows() {
      yield* dumped
    },
    async [Symbol.asyncDispose]() {},
  }
  let written = ''
  for await (const lines of linesOf(dump, () => {})) written += lines
  return written
}

describe('what only one of the databases knows', () => {
  test('a row of history goes to the partition of its number, and the next ones follow it', async () => {
    const period = 2 ** 36
    const from = await postgres()
    await exportOf(from, (storage) => fill(storage))
    const url = from.url ?? ''
    await asked(
      url,
      `create table posthorn.message_5 partition of posthorn.message for values from (${5 * period}) to (${6 * period});
       create table posthorn.attempt_5 partition of posthorn.attempt for values from (${5 * period}) to (${6 * period});
       insert into posthorn.history_period (number, began_at) values (5, ${t0});
       select setval('posthorn.message_seq', ${5 * period}, false), setval('posthorn.attempt_seq', ${5 * period}, false)`,
    )
    const text = await exportOf(from, (storage) => fill(storage))
    const over = await sqlite()
    await imported(over, text)
    const further = await exportOf(over, (storage) => fill(storage))
    const back = await postgres()
    await imported(back, further)
    const last = await exportOf(back, (storage) => fill(storage))
    const seqs = rowsOf(last, 'message').map(({ seq }) => (seq as number) % period)
    expect(seqs).toEqual([1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(rowsOf(last, 'attempt').every(({ seq }, at) => at === 0 || (seq as number) >= 5 * period)).toBe(
      true,
    )
  })

  test('a message that its partition left behind is one like all others', async () => {
    const from = await postgres()
    const text = await exportOf(from, (storage) => fill(storage))
    await asked(
      from.url ?? '',
      `with gone as (delete from posthorn.message where seq = 2 returning *)
        insert into posthorn.kept_message select * from gone`,
    )
    expect(rowLinesOf(await exported(from))).toEqual(rowLinesOf(text))
  })

  test('a payload that is no text goes from PostgreSQL to PostgreSQL, and SQLite refuses it by name', async () => {
    const from = await postgres()
    await exportOf(from, async (storage) => {
      const application = await storedApplication(storage)
      await publishedOne(storage, application)
    })
    await asked(from.url ?? '', String.raw`update posthorn.message set payload = '\xff00fe'`)
    const text = await exported(from)
    expect(only(rowsOf(text, 'message'))).toMatchObject({ payload_base64: '/wD+' })
    const to = await postgres()
    await imported(to, text)
    expect(rowLinesOf(await exported(to))).toEqual(rowLinesOf(text))
    await expect(imported(await sqlite(), text)).rejects.toMatchObject(
      refusing('payload_not_text', /^line \d+: the payload of message msg_\w+ is not UTF-8/),
    )
  })

  test('what waits in the outbox moves on to PostgreSQL, and SQLite refuses it', async () => {
    const from = await postgres()
    const url = from.url ?? ''
    await exportOf(from, (storage) => storedApplication(storage, { uid: 'customer' }))
    await asked(
      url,
      `select posthorn.publish('customer', 'a.b', '{ "n" : 1.0 }', channels => '{x,"y"}', tags => '{b,a}'),
        posthorn.publish('customer', 'a.b', '{}')`,
    )
    const text = await exported(from)
    expect(rowsOf(text, 'outbox')).toMatchObject([
      { payload: '{ "n" : 1.0 }', tags: '["b","a"]' },
      { tags: null },
    ])
    const to = await postgres()
    await imported(to, text)
    expect(rowLinesOf(await exported(to))).toEqual(rowLinesOf(text))
    const place = await sqlite()
    await expect(imported(place, text)).rejects.toMatchObject(
      refusing('outbox_not_empty', /2 events .* outbox/),
    )
    await asked(url, 'delete from posthorn.outbox')
    await imported(place, await exported(from))
  })

  test('events that are published during an import get numbers behind those that it brings', async () => {
    const from = await postgres()
    await exportOf(from, (storage) => storedApplication(storage, { uid: 'customer' }))
    const publishing = `select posthorn.publish('customer', 'a.b', '{}') from generate_series(1, 1500)`
    await asked(from.url ?? '', publishing)
    const text = await exported(from)
    const to = await postgres()
    const lines = text.split('\n')
    await expect(imported(to, lines.slice(0, 1_100).join('\n'))).rejects.toMatchObject({
      code: 'export_truncated',
    })
    await asked(to.url ?? '', `select posthorn.publish('customer', 'a.b', '{"n":1}')`)
    await imported(to, text)
    const rows = rowsOf(await exported(to), 'outbox')
    expect(rows).toHaveLength(1_501)
    expect(rows.at(-1)).toMatchObject({ seq: 1_501, payload: '{"n":1}' })
  })

  test('a message that is gone keeps its number in SQLite, too: attempts and event ids may still name it', async () => {
    const from = await postgres()
    await exportOf(from, async (storage) => {
      await fill(storage)
      const application = await storedApplication(storage)
      await publishedOne(storage, application, { eventId: 'once' })
    })
    await asked(from.url ?? '', 'delete from posthorn.message; delete from posthorn.delivery')
    const to = await sqlite()
    await imported(to, await exported(from))
    const text = await exportOf(to, (storage) => fill(storage))
    expect(rowsOf(text, 'message').map(({ seq }) => seq)).toEqual([5, 6, 7])
    expect(rowsOf(text, 'attempt').map(({ seq, message_seq: of }) => [seq, of])).toEqual([
      [1, 1],
      [2, 5],
    ])
    expect(rowsOf(text, 'setting').map(({ name }) => name)).toEqual([])
    const header = JSON.parse(text.slice(0, text.indexOf('\n'))) as { readonly sequences: unknown }
    expect(header.sequences).toMatchObject({ message: 7, attempt: 2 })
    // Nor is it given again where everything goes before the next move.
    const further = await sqlite()
    const emptied = await exported(from)
    await imported(further, emptied)
    expect(JSON.parse((await exported(further)).split('\n')[0] ?? '')).toMatchObject({
      sequences: { message: 4, attempt: 1 },
    })
  })

  test('a node that was paused writes nothing into a database that is half there, and goes on afterwards', async () => {
    const text = await exportOf(await sqlite(), (storage) => fill(storage, 1_500))
    const { url = '' } = await postgres()
    await using storage = await openPostgresStorage({ url, leaseMs: 60_000 })
    await asked(url, 'update posthorn.node set expires_at = clock_timestamp()')
    const half = text.split('\n').slice(0, 1_100).join('\n')
    await expect(imported({ url }, half)).rejects.toMatchObject({ code: 'export_truncated' })
    await expect(storage.setting('name', 'value')).rejects.toMatchObject({ code: 'import_unfinished' })
    expect(await asked(url, 'select from posthorn.node')).toEqual([])
    await imported({ url }, text)
    await until(async () => (await storage.setting('name', 'value').catch(() => null)) === 'value')
    expect(rowLinesOf(await exported({ url })).length).toBeGreaterThan(rowLinesOf(text).length)
  })

  test('U+0000 in a text becomes U+FFFD in PostgreSQL, which has none', async () => {
    const text = await exportOf(await sqlite(), (storage) => storedApplication(storage, { name: 'a\0b' }))
    const to = await postgres()
    await imported(to, text)
    expect(only(rowsOf(await exported(to), 'application')).name).toBe('a\ufffdb')
  })
})
