import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWriter } from './database.ts'
import { type IdempotencyKeys, openIdempotencyKeys } from './idempotency-key.ts'
import { migrateSqlite } from './migrate.ts'

/** So small that a run is begun every eight keys and written in four claims. */
const tiny = { keysPerRun: 8, bucketBits: 2, claimsPerBucket: 1 }
const lifetime = 100

let folder: string
let file: string
let connection: DatabaseSync
let keys: IdempotencyKeys

function open(): void {
  connection = openWriter(file)
  connection.exec('pragma synchronous = off')
  keys = openIdempotencyKeys({ prepare: (sql) => connection.prepare(sql), notice() {} }, tiny)
}

function rows(table: string): number {
  return connection.prepare(`select count(*) as count from ${table}`).get()?.count as number
}

/** @param isKept whether the transaction commits */
function transact<Result>(work: () => Result, isKept = true): Result {
  connection.exec('begin immediate')
  const result = work()
  connection.exec(isKept ? 'commit' : 'rollback')
  if (isKept) keys.committed()
  else keys.rolledBack()
  return result
}

function claim(key: string, now: number): ReturnType<IdempotencyKeys['claim']> {
  return keys.claim({ key, requestHash: `of ${key}`, subject: `for ${key}`, expiresAt: now + lifetime }, now)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-keys-'))
  file = join(folder, 'posthorn.db')
  migrateSqlite(file)
  open()
})
afterEach(() => {
  connection.close()
  rmSync(folder, { recursive: true, force: true })
})

const anyKey = fc.integer({ min: 0, max: 99 }).map((n) => `key ${n}`)
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      keys: fc.array(anyKey, { maxLength: 6 }),
      isKept: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), key: anyKey }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)

test('a key is taken from its claim until it is released or expires, whatever is rolled back or reopened meanwhile', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      connection.exec(
        'delete from idempotency_key; delete from idempotency_run; delete from idempotency_bucket',
      )
      connection.close()
      open()
      let now = 1
      let taken = new Map<string, number>()
      const isTaken = (key: string): boolean => (taken.get(key) ?? 0) > now
      for (const each of steps) {
        if (each.do === 'claim') {
          const before = new Map(taken)
          transact(() => {
            for (const key of each.keys) {
              expect(claim(key, now)).toEqual(
                isTaken(key) ? { kind: 'repeated', subject: `for ${key}` } : null,
              )
              if (!isTaken(key)) taken.set(key, now + lifetime)
            }
          }, each.isKept)
          if (!each.isKept) taken = before
        } else if (each.do === 'release') {
          transact(() => keys.release({ key: each.key, requestHash: '', subject: '', expiresAt: 0 }))
          taken.delete(each.key)
        } else if (each.do === 'pass') now += each.time
        else if (each.do === 'expire') {
          transact(() => keys.expire(now))
        } else {
          connection.close()
          open()
        }
      }
      connection.close()
      open()
      transact(() => {
        for (let n = 0; n < 100; n++) {
          const key = `key ${n}`
          expect(claim(key, now)?.kind ?? 'free').toBe(isTaken(key) ? 'repeated' : 'free')
        }
      }, false)
    }),
    { numRuns: 100 },
  )
})

test('keys that are found on disk are told from another request under the same key', () => {
  transact(() => {
    for (let n = 0; n < 50; n++) expect(claim(`key ${n}`, 1)).toBeNull()
  })
  for (let n = 50; n < 60; n++) transact(() => expect(claim(`key ${n}`, 1)).toBeNull())
  expect(rows('idempotency_run')).toBeGreaterThan(0)
  transact(() => {
    const other = { key: 'key 3', requestHash: 'another', subject: 'another', expiresAt: 2 }
    expect(keys.claim(other, 1)).toEqual({ kind: 'key-reused' })
    expect(claim('key 3', 1)).toEqual({ kind: 'repeated', subject: 'for key 3' })
  })
})

test('nothing is left of keys that have expired', () => {
  for (let n = 0; n < 1_200; n++) transact(() => expect(claim(`key ${n}`, 1)).toBeNull())
  expect(rows('idempotency_run')).toBeGreaterThan(10)
  transact(() => expect(claim('the last', 1 + lifetime)).toBeNull())
  while (transact(() => keys.expire(1 + lifetime))) continue
  expect(rows('idempotency_key')).toBe(1)
  expect(rows('idempotency_run')).toBeLessThanOrEqual(1)
  expect(rows('idempotency_bucket')).toBeLessThanOrEqual(2 * 2 ** tiny.bucketBits)
  transact(() => expect(claim('the last', 1 + lifetime)?.kind).toBe('repeated'))
})

test('a run that is written while the one before it is dropped loses nothing', () => {
  for (let n = 0; n < 14; n++) transact(() => claim(`old ${n}`, 1))
  const now = 1 + lifetime
  transact(() => expect(keys.expire(now)).toBe(true))
  for (let n = 0; n < 18; n++) {
    transact(() => claim(`new ${n}`, now))
    transact(() => keys.expire(now))
  }
  connection.close()
  open()
  transact(() => {
    for (let n = 0; n < 18; n++) expect(claim(`new ${n}`, now)?.kind).toBe('repeated')
  })
})

test('claims that are rolled back without end, as when a disk is full, stay within the memory of one index', () => {
  for (let n = 0; n < 5_000; n++) transact(() => expect(claim(`key ${n}`, 1)).toBeNull(), false)
  transact(() => expect(claim('key 0', 1)).toBeNull())
  expect(rows('idempotency_key')).toBe(1)
  transact(() => expect(claim('key 0', 1)?.kind).toBe('repeated'))
})
