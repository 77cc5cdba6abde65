import pg from 'pg'
import { createDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'
import {
  anOutcome,
  keyOf,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from '../conformance/fixtures.ts'
import { openPostgresStorage } from './postgres-storage.ts'

test('the history passes no attempt that has its number and is yet to be committed', async () => {
  await using database = await createDatabase()
  await using storage = await openPostgresStorage({ url: database.url })
  const application = await storedApplication(storage)
  const endpoint = await storedEndpoint(storage, application.id)
  const message = await publishedOne(storage, application)
  const start = await until(async () => {
    const end = await storage.historyEnd()
    return end.message >= message.seq && end
  })
  const slow = new pg.Client({ connectionString: database.url })
  await slow.connect()
  await slow.query('begin')
  await slow.query(
    `insert into posthorn.attempt (app_id, message_seq, seq, endpoint_id, id, url, trigger, status, response_status,
        response_body, duration_ms, started_at)
      values ($1, $2, nextval('posthorn.attempt_seq'), $3, 'atmpt_slow', '', 0, 0, 200, '', 1, 0)`,
    [application.id, message.seq, endpoint.id],
  )
  const quick = anOutcome(keyOf(message, endpoint))
  await storage.recordOutcomes([quick], t0)
  expect((await storage.historyEnd()).attempt).toBe(start.attempt)
  await slow.query('commit')
  await slow.end()
  const end = await until(async () => {
    const now = await storage.historyEnd()
    return now.attempt >= start.attempt + 2 && now
  })
  const { attempts } = await storage.readHistory(application.id, start, end, 10)
  expect(attempts.map(({ id }) => id)).toEqual(['atmpt_slow', quick.attempt.id])
})
