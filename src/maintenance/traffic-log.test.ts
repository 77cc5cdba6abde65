import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { percentile } from '#core/histogram.ts'
import { minuteMs } from '#core/traffic.ts'
import type { Minute, Statistics, Waiting } from '#storage/storage.ts'
import { TrafficLog } from './traffic-log.ts'

const t0 = Date.parse('2026-01-05T10:00:00Z')

interface Store extends Pick<Statistics, 'addMinutes' | 'countWaiting' | 'organisationsOf'> {
  readonly added: Minute[]
  readonly waited: Waiting[]
  readonly counted: number[]
  readonly asked: (readonly string[])[]
  fails: boolean
  /** What counting costs. */
  countMs: number
}

function aStore(organisations: Readonly<Record<string, string>> = {}): Store {
  return {
    added: [],
    waited: [],
    counted: [],
    asked: [],
    fails: false,
    countMs: 0,
    async addMinutes(minutes, waiting) {
      if (this.fails) throw new Error('no disk')
      this.added.push(...structuredClone(minutes))
      if (waiting !== null) this.waited.push(waiting)
    },
    async countWaiting(at) {
      this.counted.push(at)
      const until = performance.now() + this.countMs
      while (performance.now() < until);
      return { at, counts: [{ orgId: 'org_a', deliveries: 7 }] }
    },
    async organisationsOf(appIds) {
      this.asked.push(appIds)
      if (this.fails) throw new Error('no disk')
      return appIds.flatMap((appId) =>
        organisations[appId] === undefined ? [] : [{ appId, orgId: organisations[appId] }],
      )
    },
  }
}

function scene(organisations: Readonly<Record<string, string>> = {}) {
  const store = aStore(organisations)
  const clock = { now: t0 }
  const errors: unknown[] = []
  const log = new TrafficLog(
    store,
    (error) => errors.push(error),
    () => clock.now,
  )
  return { store, clock, errors, log }
}

const shown = ({ orgId, at, traffic }: Minute) => {
  const { latency, duration, ...counts } = traffic
  return { orgId, at: at - t0, ...counts, p50: percentile(latency, 0.5), duration: percentile(duration, 0.5) }
}

describe('a log of traffic', () => {
  test('adds up by organisation and minute what its applications did', async () => {
    const { store, clock, log } = scene()
    log.published('org_a', 'app_1', 3)
    log.published('org_a', 'app_2', 1)
    log.published('org_b', 'app_3', 0)
    log.fannedOut('app_1', 2)
    log.attemptEnded('app_1', 'delivered', 1)
    log.attemptEnded('app_1', 'retry', 1)
    log.attemptEnded('app_2', 'exhausted', 1)
    log.delivered('app_1', 100)
    clock.now += minuteMs
    log.attemptEnded('app_1', 'delivered', 1)
    await log.flush()
    const nothing = { messages: 0, deliveries: 0, delivered: 0, exhausted: 0, retried: 0 }
    expect(store.added.map(shown)).toEqual([
      {
        orgId: 'org_a',
        at: 0,
        messages: 2,
        deliveries: 6,
        delivered: 1,
        exhausted: 1,
        retried: 1,
        p50: 100,
        duration: expect.closeTo(2 / 3) as number,
      },
      { ...nothing, orgId: 'org_b', at: 0, messages: 1, p50: null, duration: null },
      { ...nothing, orgId: 'org_a', at: minuteMs, delivered: 1, p50: null, duration: 1 },
    ])
    expect(store.asked).toEqual([])
  })

  test('writes each thing once, and nothing where nothing passed', async () => {
    const { store, clock, log } = scene()
    log.published('org_a', 'app_1', 1)
    await log.flush()
    log.published('org_a', 'app_1', 1)
    await log.flush()
    await log.flush()
    clock.now += 1
    expect(store.added.map(({ traffic }) => traffic.messages)).toEqual([1, 1])
  })

  test('asks for the organisations of applications that it has not seen published to, all at once and once', async () => {
    const { store, log } = scene({ app_1: 'org_a', app_2: 'org_a' })
    for (const appId of ['app_1', 'app_2', 'app_gone']) log.attemptEnded(appId, 'delivered', 5)
    await log.flush()
    log.attemptEnded('app_1', 'delivered', 5)
    await log.flush()
    expect(store.asked).toEqual([['app_1', 'app_2', 'app_gone']])
    expect(store.added.map(({ orgId, traffic }) => [orgId, traffic.delivered])).toEqual([
      ['org_a', 2],
      ['org_a', 1],
    ])
  })

  test('loses nothing to a store that fails', async () => {
    const { store, clock, errors, log } = scene({ app_2: 'org_a' })
    store.fails = true
    log.published('org_a', 'app_1', 1)
    await log.flush()
    log.attemptEnded('app_2', 'delivered', 5)
    await log.flush()
    log.published('org_a', 'app_1', 1)
    store.fails = false
    await log.flush()
    expect(errors).toHaveLength(2)
    clock.now += minuteMs
    expect(store.added.map(({ traffic }) => [traffic.messages, traffic.delivered])).toEqual([[2, 1]])
    expect(store.waited).toHaveLength(1)
  })

  test('keeps no more than a bounded number of organisations while the store fails', async () => {
    const { store, log } = scene()
    store.fails = true
    for (let n = 0; n < 20_010; n++) log.published(`org_${n}`, `app_${n}`, 1)
    await log.flush()
    store.fails = false
    await log.flush()
    expect(store.added).toHaveLength(20_000)
    expect(store.added[0]?.orgId).toBe('org_10')
  })

  test('counts what is under way while the store is written to', async () => {
    const { store, log } = scene()
    log.published('org_a', 'app_1', 1)
    const add = store.addMinutes.bind(store)
    store.addMinutes = async (...args) => {
      log.published('org_a', 'app_1', 1)
      await add(...args)
    }
    await log.flush()
    store.addMinutes = add
    await log.flush()
    expect(store.added.map(({ traffic }) => traffic.messages)).toEqual([1, 1])
  })

  test('counts what waits once a minute, and less often where that takes long', async () => {
    const { store, clock, log } = scene()
    await log.flush()
    clock.now += minuteMs - 1
    await log.flush()
    clock.now += 1
    store.countMs = 110
    await log.flush()
    clock.now += minuteMs
    await log.flush()
    clock.now += minuteMs
    await log.flush()
    expect(store.counted.map((at) => (at - t0) / minuteMs)).toEqual([0, 1, 3])
    expect(store.waited.map(({ at }) => (at - t0) / minuteMs)).toEqual([0, 1, 3])
  })

  test('writes every ten seconds', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { store, log } = scene()
    log.start()
    log.published('org_a', 'app_1', 1)
    await vi.advanceTimersByTimeAsync(9_999)
    expect(store.added).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(store.added).toHaveLength(1)
    await log[Symbol.asyncDispose]()
  })

  test('writes at its end what it has, and counts nothing more', async () => {
    const { store, log } = scene()
    log.start()
    log.published('org_a', 'app_1', 1)
    await log[Symbol.asyncDispose]()
    expect(store.added).toHaveLength(1)
    expect(store.counted).toEqual([])
  })
})
