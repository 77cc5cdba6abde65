import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { exported, imported, type Place, rowLinesOf, rowsOf } from '#test/support/move.ts'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import {
  aClaim,
  aGroup,
  aMessage,
  anEventType,
  anOutcome,
  keyOf,
  only,
  published,
  publishedOne,
  publishOne,
  recoverAll,
  storedApplication,
  storedEndpoint,
  t0,
} from './conformance/fixtures.ts'
import { openDump } from './dump-reader.ts'
import { linesOf } from './dump-writer.ts'
import { openPostgresDump } from './postgres/dump.ts'
import { openPostgresStorage } from './postgres/postgres-storage.ts'
import { openSqliteDump } from './sqlite/dump.ts'
import { openSqliteStorage, storeFile } from './sqlite/sqlite-storage.ts'
import type { Storage } from './storage.ts'

async function sqlite(): Promise<Place> {
  return { dataDir: join(directoryOfTest(), 'data') }
}

async function postgres(): Promise<Place> {
  const database = await createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return { url: database.url }
}

const stores = [
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
] as const
/** Each way, and the way back. */
const ways = [
  ['SQLite to PostgreSQL', sqlite, postgres],
  ['PostgreSQL to SQLite', postgres, sqlite],
] as const

async function opened({ dataDir = '', url }: Place): Promise<Storage> {
  return url === undefined ? openSqliteStorage({ dataDir }) : await openPostgresStorage({ url })
}

/** Fills a store by what `work` does there, and exports it once nobody uses it. */
async function exportOf(place: Place, work: (storage: Storage) => Promise<unknown>): Promise<string> {
  {
    await using storage = await opened(place)
    await work(storage)
  }
  return await exported(place)
}

function refusing(code: string, words: RegExp) {
  return { name: 'StartRefused', code, message: expect.stringMatching(words) as string }
}

async function fill(storage: Storage, count = 3): Promise<void> {
  const application = await storedApplication(storage)
  const endpoint = await storedEndpoint(storage, application.id)
  const messages = Array.from({ length: count }, (_, n) => aMessage({ payload: `{"n":${n}}` }))
  const stored = await published(storage, application, messages)
  await storage.recordOutcomes([anOutcome(keyOf(stored[0] ?? { seq: 0 }, endpoint))], t0)
  await storage.insertEventType(anEventType(application.orgId), aClaim())
}

describe.each(ways)('a store that moves from %s', (_name, from, to) => {
  test('is the same, row by row, and so is one that moves back', async () => {
    const text = await exportOf(await from(), async (storage) => {
      await fill(storage)
      const application = await storedApplication(storage, {
        uid: 'uid',
        metadata: { a: '"\\' },
        throttleRate: 7,
      })
      await storedEndpoint(storage, application.id, {
        channels: ['x'],
        successRule: null,
        failingSince: t0,
        retryScheduleMs: [1, 2],
      })
      await publishedOne(storage, application, {
        eventId: 'evt',
        channels: ['x'],
        deliverAt: t0 + 1,
        payload: null,
      })
      await publishOne(storage, aGroup(application, [aMessage()], { claim: aClaim() }))
      await storage.expireApplicationTokens(application.id, t0, ['session'], t0)
      const gone = await storedApplication(storage)
      await storage.deleteApplication(gone.orgId, gone.id, t0)
    })
    const there = await to()
    await imported(there, text)
    const again = await exported(there)
    expect(rowLinesOf(again)).toEqual(rowLinesOf(text))
    const back = await from()
    await imported(back, again)
    expect(rowLinesOf(await exported(back))).toEqual(rowLinesOf(text))
  })

  test('goes on counting where it was, also past what was deleted', async () => {
    const text = await exportOf(await from(), async (storage) => {
      const application = await storedApplication(storage)
      const endpoint = await storedEndpoint(storage, application.id)
      await storage.deleteEndpoint(application.id, endpoint.id, t0)
      while (await storage.purgeDeleted(t0 + 1_000_000));
    })
    const place = await to()
    await imported(place, text)
    const after = await exportOf(place, async (storage) => {
      const id = rowsOf(text, 'application')[0]?.id as string
      await storedEndpoint(storage, id)
      await fill(storage, 2)
    })
    expect(rowsOf(after, 'endpoint').map(({ seq }) => seq)).toEqual([2, 3])
    expect(rowsOf(after, 'message').map(({ seq }) => seq)).toEqual([1, 2])
  })

  test('has what a process had in hand taken over at the first start', async () => {
    const place = await from()
    const storage = await opened(place)
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id)
    const { seq } = await publishedOne(storage, application)
    // While it runs: it has the delivery in hand.
    const text = await exported(place)
    await storage[Symbol.asyncDispose]()
    const moved = await to()
    await imported(moved, text)
    await using there = await opened(moved)
    expect(await recoverAll(there, t0)).toMatchObject({ recovered: 1, heldBack: [] })
    const { deliveries } = await there.claimDeliveries(
      [{ appId: application.id, endpointId: endpoint.id, max: 9 }],
      Date.now(),
    )
    expect(deliveries).toMatchObject([{ messageSeq: seq, interruptions: 1 }])
  })

  test('keeps texts of every kind', async () => {
    const awkward = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '"',
        '\\',
        "'",
        '\\u0000',
        '{}',
        'NULL',
        'null',
        '\u2028',
        '🦊',
        'é\r\n\t',
        ' ',
        '\u{10ffff}',
      ),
      fc.constant('long '.repeat(20_000)),
    )
    const withoutNul = (given: string): string => given.replaceAll('\0', '')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(awkward, awkward, awkward), { minLength: 1, maxLength: 12 }),
        async (texts) => {
          const text = await exportOf(await from(), async (storage) => {
            const application = await storedApplication(storage)
            for (const [name, value, payload] of texts) {
              await storedApplication(storage, { name: withoutNul(name), metadata: { [name]: value } })
              await storedEndpoint(storage, application.id, { description: withoutNul(value) })
              await publishedOne(storage, application, { payload: JSON.stringify({ [name]: payload }) })
            }
          })
          const there = await to()
          await imported(there, text)
          expect(rowLinesOf(await exported(there))).toEqual(rowLinesOf(text))
        },
      ),
      { numRuns: 8 },
    )
  })

  test('is one instant, though a server publishes and records all the while', async () => {
    const place = await from()
    const storage = await opened(place)
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id)
    const over = new AbortController()
    const publishing = (async () => {
      while (!over.signal.aborted) {
        const stored = await published(storage, application, [aMessage(), aMessage()])
        const [first] = stored
        if (first !== undefined) await storage.recordOutcomes([anOutcome(keyOf(first, endpoint))], t0)
      }
    })()
    for (let round = 0; round < 5; round++) {
      const text = await exported(place)
      const seqs = new Set(rowsOf(text, 'message').map(({ seq }) => seq))
      const attempted = rowsOf(text, 'attempt').map(({ message_seq: seq }) => seq)
      const waiting = rowsOf(text, 'delivery').map(({ message_seq: seq }) => seq)
      expect(new Set([...attempted, ...waiting])).toEqual(seqs)
      const counted = rowsOf(text, 'attempt_count').reduce((sum, row) => sum + (row.success as number), 0)
      expect(counted).toBe(attempted.length)
      await imported(await to(), text)
    }
    over.abort()
    await publishing
    await storage[Symbol.asyncDispose]()
  })

  test('comes whole though the import breaks off again and again, and a server waits for that', async () => {
    const text = await exportOf(await from(), (storage) => fill(storage, 2_500))
    const place = await to()
    const lines = text.split('\n')
    const cut = (line: number): string => lines.slice(0, line).join('\n').concat('\n{"tab')
    for (const line of [1, 700, 1_100, 1_100, 2_200]) {
      await expect(imported(place, cut(line))).rejects.toMatchObject(
        refusing('export_truncated', new RegExp(`breaks off at line ${line + 1}`)),
      )
      const half = refusing('import_unfinished', /has not come to its end/)
      await expect(opened(place)).rejects.toMatchObject(half)
      await expect(exported(place)).rejects.toMatchObject(half)
    }
    const total = rowLinesOf(text).length
    expect(await imported(place, text)).toEqual({ rows: total, rowsBefore: 2_000 })
    expect(rowLinesOf(await exported(place))).toEqual(rowLinesOf(text))
    expect(await imported(place, text)).toEqual({ rows: total, rowsBefore: total })
    await (await opened(place))[Symbol.asyncDispose]()
  })

  test('passes through in pieces, however much there is', async () => {
    const place = await from()
    const text = await exportOf(place, async (storage) => {
      await fill(storage, 1)
      const application = await storedApplication(storage)
      for (let round = 0; round < 20; round++) {
        await published(
          storage,
          application,
          Array.from({ length: 1_000 }, () => aMessage()),
        )
      }
      const payload = JSON.stringify('x'.repeat(900_000))
      for (let round = 0; round < 4; round++) await publishedOne(storage, application, { payload })
    })
    let read = 0
    let written = 0
    await using dump =
      place.url === undefined
        ? openSqliteDump(storeFile(place.dataDir ?? ''))
        : await openPostgresDump(place.url)
    const counting = {
      header: dump.header,
      async *rows() {
        for await (const row of dump.rows()) {
          read++
          yield row
        }
      },
      [Symbol.asyncDispose]: () => dump[Symbol.asyncDispose](),
    }
    for await (const part of linesOf(counting, (rows) => (written = rows))) {
      expect(part.length).toBeLessThan(2_100_000)
      expect(read - written).toBeLessThanOrEqual(1_000)
    }
    const reading = await openDump(Readable.from([Buffer.from(text)]), 99)
    for await (const { rows } of reading.blocks(1)) expect(rows.length).toBeLessThanOrEqual(1_000)
    const target = await to()
    expect((await imported(target, text)).rows).toBe(written)
    expect(rowLinesOf(await exported(target))).toEqual(rowLinesOf(text))
  })
})

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

  test('takes a store that a server was started on, and with it the key check of the export', async () => {
    const setting = 'encryption_key_check'
    const text = await exportOf(await sqlite(), (storage) => storage.setting(setting, 'theirs'))
    const place = await emptyPlace()
    await exportOf(place, (storage) => storage.setting(setting, 'ours'))
    await imported(place, text)
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
    env: { PATH: process.env.PATH, POSTHORN_DATABASE_URL: url },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(importing, 'exit')
  onTestFinished(() => void importing.kill('SIGKILL'))
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

  test('U+0000 in a text becomes U+FFFD in PostgreSQL, which has none', async () => {
    const text = await exportOf(await sqlite(), (storage) => storedApplication(storage, { name: 'a\0b' }))
    const to = await postgres()
    await imported(to, text)
    expect(only(rowsOf(await exported(to), 'application')).name).toBe('a\ufffdb')
  })
})
