import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { observe, percentile } from '#core/histogram.ts'
import { minuteMs, noTraffic } from '#core/traffic.ts'
import { createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { anOrg, only, publishedOne, storedApplication, storedEndpoint, t0 } from '../conformance/fixtures.ts'
import { openPostgresStorage } from './postgres-storage.ts'
import type { Storage } from '../storage.ts'

let database: TestDatabase
let one: Storage
let two: Storage

beforeAll(async () => {
  database = await createDatabase()
  one = await openPostgresStorage({ url: database.url })
  two = await openPostgresStorage({ url: database.url })
})
afterAll(async () => {
  for (const each of [one, two, database]) await each[Symbol.asyncDispose]()
})

function traffic(messages: number, latencyMs: number) {
  const made = { ...noTraffic(), messages }
  observe(made.latency, latencyMs)
  return made
}

describe('nodes that write of the same minute', () => {
  test('add up, however often and at the same time', async () => {
    const orgId = anOrg()
    const write = async (node: Storage, latencyMs: number): Promise<void> => {
      for (let n = 0; n < 5; n++)
        await node.addMinutes([{ orgId, at: t0, traffic: traffic(1, latencyMs) }], null)
    }
    await Promise.all([write(one, 1), write(two, 100)])
    const step = only(await one.trafficSeries(orgId, t0, t0 + minuteMs, minuteMs))
    expect(step.traffic.messages).toBe(10)
    expect([0.5, 0.6].map((share) => percentile(step.traffic.latency, share))).toEqual([1, 60])
  })

  test('count what waits once between them', async () => {
    const application = await storedApplication(one)
    await storedEndpoint(one, application.id)
    await publishedOne(one, application)
    const counted = await Promise.all([one, two].map((node) => node.countWaiting(t0 + minuteMs)))
    const waiting = only(counted.filter((each) => each !== null))
    expect(waiting.counts).toEqual([{ orgId: application.orgId, deliveries: 1 }])
    const series = () => two.trafficSeries(application.orgId, t0, t0 + 5 * minuteMs, minuteMs)
    // Nobody has written down what it counted: nothing is known of that minute.
    expect(await series()).toEqual([])
    await two.addMinutes([], waiting)
    expect(await series()).toMatchObject([{ at: t0 + minuteMs, pending: 1 }])
    expect(await one.countWaiting(t0 + minuteMs)).toBeNull()
    expect(await one.countWaiting(t0 + 2 * minuteMs)).not.toBeNull()
  })
})
