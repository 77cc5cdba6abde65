import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWriter } from './database.ts'
import { migrateSqlite } from './migrate.ts'
import { readVerbs, writeVerbs } from './verbs.ts'

const folder = mkdtempSync(join(tmpdir(), 'posthorn-plans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Steps of plans that pass a whole table, or an application's whole share of one, and why they may. */
const allowed: readonly (readonly [step: RegExp, statement: RegExp, reason: string])[] = [
  [/^SCAN (\w+ )?(json_each|own|given)/, /./, 'a list inside one row or parameter'],
  [/^SCAN CONSTANT ROW$/, /./, 'no table at all'],
  [/^SCAN \(subquery-\d+\)$/, /limit \d+\)$/, 'of a bounded part'],
  [/^SCAN found$/, /limit (:limit|:among|\d+)\) found /, 'a page, or a bounded part, taken before'],
  [/^SCAN a$/, /\(select a\.id, a\.seq from application a .* limit 1000\) a /, 'of a bounded part'],
  [
    /^SCAN delivery$/,
    /^select count\(\*\) as count from delivery$/,
    'the pending set is counted for metrics',
  ],
  [
    /^SCAN (delivery|w)$/,
    /count\(\*\) as deliveries from delivery group by app_id\) w/,
    'counted for statistics, seldom where it takes long',
  ],
  [/^SCAN w$/, /indexed by attempt_count_failed/, 'endpoints that failed lately'],
  [/^SCAN c$/, /from minute where org_id = ''/, 'some three hundred steps'],
  [
    /^SCAN delivery$/,
    /from delivery where leased = 1$/,
    'no index holds what is in hand: it would cost every message',
  ],
  [/^SCAN delivery USING INDEX delivery_suspect$/, /interruptions > 2/, 'suspects are few'],
  [/^SEARCH delivery USING PRIMARY KEY \(app_id=\?\)$/, /as sending/, 'no index holds what is in hand'],
  [/^SEARCH delivery USING PRIMARY KEY \(app_id=\?\)$/, /^delete from delivery/, 'once for a deleted owner'],
  [/^SCAN d USING INDEX delivery_suspect$/, /interruptions > 2/, 'suspects are few'],
  [/^SCAN idempotency_key$/, /order by seq limit \?$/, 'the oldest few'],
  [/^SCAN idempotency_run$/, /order by number( desc| limit 1)$/, 'one row for half a million keys'],
  [
    /^SEARCH \w+ USING COVERING INDEX \w+ \(app_id=\?\)$/,
    /^delete from \w+ where \(seq\) in/,
    'a deleted owner',
  ],
  [/^SCAN (f|fanout)$/, /fanout/, 'unfinished fan-outs are few'],
  [/^SCAN fanout USING COVERING INDEX fanout_by_message$/, /limit \d+\)$/, 'a hundred rows'],
  [/^SCAN attempt$/, /from attempt order by seq limit \d+\)/, 'the oldest hundred'],
  [/^SCAN background_task$/, /^delete from background_task/, 'once for a deleted application'],
  [/^SCAN old$/, /^delete from application_token_expiry/, 'expiries are few'],
]

/** What passes more than it needs: a whole table, or all of an application's messages, attempts or deliveries. */
function isWide(step: string, statement: string): boolean {
  if (step.startsWith('SCAN')) return true
  const alias = /^SEARCH (\w+) /.exec(step)?.[1]
  const isHot = new RegExp(`\\b(message|attempt|delivery)\\b( as)?( ${alias}\\b)?`).test(statement)
  return isHot && /^SEARCH (message|attempt|delivery|m|t|d|later) /.test(step) && step.endsWith('(app_id=?)')
}

describe('the plans of all statements', () => {
  let connection: DatabaseSync
  const statements = new Set<string>()

  beforeAll(() => {
    const file = join(folder, 'plans.db')
    migrateSqlite(file)
    connection = openWriter(file)
    const db = {
      prepare(sql: string) {
        statements.add(sql.replaceAll(/\s+/g, ' ').trim())
        return connection.prepare(sql)
      },
      notice() {},
    }
    readVerbs(db)
    writeVerbs(db)
    return () => connection.close()
  })

  const stepsOf = (sql: string) =>
    connection
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => String(detail))

  test('reach messages, attempts and deliveries by an index, but where a reason is given', () => {
    const wide = [...statements]
      .filter((sql) => /^(select|update|delete|insert)/.test(sql))
      .flatMap((sql) => stepsOf(sql).map((step) => ({ step, sql })))
      .filter(({ step, sql }) => isWide(step, sql))
    expect(statements.size).toBeGreaterThan(80)
    expect(wide.length).toBeGreaterThan(0)
    const unexplained = wide.filter(
      ({ step, sql }) => !allowed.some(([aStep, aStatement]) => aStep.test(step) && aStatement.test(sql)),
    )
    expect(unexplained).toEqual([])
  })

  test('of lists over the history stop with the page: nothing is sorted', () => {
    const pages = [...statements].filter((sql) =>
      /^select .* from \(? ?.*\b(message m|attempt t)\b.* limit :limit$/.test(sql),
    )
    const ofHistory = pages.filter((sql) => !sql.startsWith('select e.*'))
    expect(ofHistory.length).toBeGreaterThanOrEqual(20)
    const sorted = ofHistory.filter((sql) =>
      stepsOf(sql).some((step) => /TEMP B-TREE|MATERIALIZE/.test(step)),
    )
    expect(sorted).toEqual([])
  })

  test('of a page of one message at one endpoint go by the message', () => {
    const both = [...statements].filter((sql) =>
      /and t\.endpoint_id = :endpointId and t\.message_seq = :messageSeq and t\.seq [<>] :seq/.test(sql),
    )
    expect(both).toHaveLength(4)
    for (const sql of both) expect(stepsOf(sql).join()).toContain('attempt_by_message')
  })
})
