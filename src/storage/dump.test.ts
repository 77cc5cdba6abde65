import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { observe } from '#core/histogram.ts'
import { noTraffic } from '#core/traffic.ts'
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
import {
  aClaim,
  aGroup,
  aMessage,
  anOutcome,
  hourMs,
  keyOf,
  published,
  publishedOne,
  received,
  aRejection,
  publishOne,
  recoverAll,
  storedApplication,
  storedEndpoint,
  storedSource,
  t0,
} from './conformance/fixtures.ts'
import { openDump } from './dump-reader.ts'
import { linesOf } from './dump-writer.ts'
import { openPostgresDump } from './postgres/dump.ts'
import { openSqliteDump } from './sqlite/dump.ts'
import { storeFile } from './sqlite/sqlite-storage.ts'

/** Each way, and the way back. */
const ways = [
  ['SQLite to PostgreSQL', sqlite, postgres],
  ['PostgreSQL to SQLite', postgres, sqlite],
] as const

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
      await publishedOne(storage, application, { received, payload: '/wD+', contentType: 'image/png' })
      await publishOne(storage, aGroup(application, [aMessage()], { claim: aClaim() }))
      const source = await storedSource(storage, { uid: 'uid', metadata: { a: '"\\' } })
      await storage.insertRejections(
        [aRejection(source.id, { headers: received.headers }), aRejection('src_gone', { body: 'é"\n' })],
        9,
      )
      const traffic = { ...noTraffic(), messages: 2, retried: 1 }
      observe(traffic.latency, 30)
      await storage.addMinutes([{ orgId: application.orgId, at: t0, traffic }], {
        at: t0,
        counts: [{ orgId: application.orgId, deliveries: 1 }],
      })
      const closed = await storedSource(storage)
      await storage.deleteSource(closed.orgId, closed.id, t0)
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
      const source = await storedSource(storage)
      await storage.insertRejections([aRejection(source.id), aRejection(source.id)], 9)
      await storage.deleteSource(source.orgId, source.id, t0)
      while (await storage.purgeDeleted(t0 + 31 * 24 * hourMs));
    })
    const place = await to()
    await imported(place, text)
    const after = await exportOf(place, async (storage) => {
      const id = rowsOf(text, 'application')[0]?.id as string
      await storedEndpoint(storage, id)
      await fill(storage, 2)
      await storage.insertRejections([aRejection((await storedSource(storage)).id)], 9)
    })
    expect(rowsOf(after, 'endpoint').map(({ seq }) => seq)).toEqual([2, 3])
    expect(rowsOf(after, 'source').map(({ seq }) => seq)).toEqual([2])
    expect(rowsOf(after, 'rejection').map(({ seq }) => seq)).toEqual([3])
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
      { numRuns: 5 },
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
