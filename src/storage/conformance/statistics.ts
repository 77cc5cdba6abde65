import { describe, expect, test } from 'vitest'
import { emptyHistogram, observe } from '#core/histogram.ts'
import {
  addTraffic,
  minuteMs,
  minutesKeptMs,
  noTraffic,
  type Traffic,
  type TrafficSum,
} from '#core/traffic.ts'
import type { Minute, TrafficStep } from '../storage.ts'
import {
  aFailure,
  anOrg,
  anOutcome,
  hourMs,
  keyOf,
  oneStore,
  only,
  type Open,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

const dayMs = 24 * hourMs

/** Traffic with a latency and a duration each. */
function someTraffic(over: Partial<Traffic>, latencyMs = 30, durationMs = 3): TrafficSum {
  const traffic: TrafficSum = {
    ...noTraffic(),
    ...over,
    latency: emptyHistogram(),
    duration: emptyHistogram(),
  }
  observe(traffic.latency, latencyMs)
  observe(traffic.duration, durationMs)
  return traffic
}

function sumOf(...all: readonly Traffic[]): Traffic {
  const sum = noTraffic()
  for (const each of all) addTraffic(sum, each)
  return sum
}

export function statisticConformance(open: Open): void {
  describe('traffic by the minute', () => {
    const store = oneStore(open)
    const seriesOf = async (
      orgId: string,
      since: number,
      until: number,
      stepMs = minuteMs,
    ): Promise<readonly TrafficStep[]> => await store().trafficSeries(orgId, since, until, stepMs)

    test('adds up what is written of a minute again, and keeps organisations apart', async () => {
      const [ours, theirs] = [anOrg(), anOrg()]
      const first = someTraffic({ messages: 3, deliveries: 5, delivered: 4, exhausted: 1, retried: 2 })
      const second = someTraffic({ messages: 1, deliveries: 1, delivered: 1 }, 40_000, 9_000)
      const other = someTraffic({ messages: 7 }, 1, 1)
      const minutes: readonly Minute[] = [
        { orgId: ours, at: t0, traffic: first },
        { orgId: theirs, at: t0, traffic: other },
      ]
      await store().addMinutes(minutes, null)
      await store().addMinutes([{ orgId: ours, at: t0, traffic: second }], null)
      await store().addMinutes([{ orgId: ours, at: t0, traffic: first }], null)
      expect(await seriesOf(ours, t0, t0 + minuteMs)).toEqual([
        { at: t0, traffic: sumOf(first, first, second), pending: null },
      ])
      expect(await seriesOf(theirs, t0, t0 + minuteMs)).toEqual([{ at: t0, traffic: other, pending: null }])
    })

    test('sums minutes up to steps, oldest first, and nothing from beside the period', async () => {
      const orgId = anOrg()
      const traffic = someTraffic({ messages: 1 })
      const minutes = [-1, 0, 4, 5, 11, 15].map((n) => ({ orgId, at: t0 + n * minuteMs, traffic }))
      await store().addMinutes(minutes, null)
      const steps = await seriesOf(orgId, t0, t0 + 15 * minuteMs, 5 * minuteMs)
      expect(steps).toEqual([
        { at: t0, traffic: sumOf(traffic, traffic), pending: null },
        { at: t0 + 5 * minuteMs, traffic, pending: null },
        { at: t0 + 10 * minuteMs, traffic, pending: null },
      ])
    })

    test('shows what waited when it was counted last in a step, and nothing waiting where a count found nothing', async () => {
      const [busy, idle] = [anOrg(), anOrg()]
      const at = (n: number): number => t0 + dayMs + n * minuteMs
      await store().addMinutes([], { at: at(0), counts: [{ orgId: busy, deliveries: 9 }] })
      await store().addMinutes([], { at: at(1), counts: [{ orgId: busy, deliveries: 4 }] })
      await store().addMinutes([], { at: at(5), counts: [{ orgId: idle, deliveries: 1 }] })
      const pendingOf = async (orgId: string) =>
        (await seriesOf(orgId, at(0), at(15), 5 * minuteMs)).map((step) => [step.at, step.pending])
      expect(await pendingOf(busy)).toEqual([
        [at(0), 4],
        [at(5), 0],
      ])
      expect(await pendingOf(idle)).toEqual([
        [at(0), 0],
        [at(5), 1],
      ])
    })

    test('keeps a count of what waits beside the traffic of its minute', async () => {
      const orgId = anOrg()
      const at = t0 + 2 * dayMs
      const traffic = someTraffic({ messages: 2 })
      await store().addMinutes([{ orgId, at, traffic }], { at, counts: [{ orgId, deliveries: 3 }] })
      await store().addMinutes([{ orgId, at, traffic }], null)
      expect(await seriesOf(orgId, at, at + minuteMs)).toEqual([
        { at, traffic: sumOf(traffic, traffic), pending: 3 },
      ])
    })

    test('counts what waits by organisation, in hand or not', async () => {
      const [one, two, none] = [await storedApplication(store()), await storedApplication(store()), anOrg()]
      const sibling = await storedApplication(store(), { orgId: one.orgId })
      for (const application of [one, two, sibling]) await storedEndpoint(store(), application.id)
      await publishedOne(store(), one, {}, { fullLanes: 'all' })
      await publishedOne(store(), one)
      await publishedOne(store(), sibling)
      const ended = await publishedOne(store(), two)
      await publishedOne(store(), two)
      const [endpointId] = ended.handed
      const key = {
        appId: two.id,
        messageSeq: ended.seq,
        endpointId: endpointId ?? '',
        trigger: 'scheduled',
      } as const
      await store().recordOutcomes([anOutcome(key)], t0)
      const at = t0 + 3 * dayMs
      const waiting = await store().countWaiting(at)
      expect(waiting?.at).toBe(at)
      const ofOrg = (orgId: string) => waiting?.counts.find((each) => each.orgId === orgId)?.deliveries
      expect([one.orgId, two.orgId, none].map(ofOrg)).toEqual([3, 1, undefined])
    })

    test('knows whose applications are', async () => {
      const [one, two] = [await storedApplication(store()), await storedApplication(store())]
      await store().deleteApplication(two.orgId, two.id, t0)
      const found = await store().organisationsOf([one.id, two.id, 'app_unknown'])
      expect(new Map(found.map(({ appId, orgId }) => [appId, orgId]))).toEqual(
        new Map([
          [one.id, one.orgId],
          [two.id, two.orgId],
        ]),
      )
    })

    test('is dropped after eight days, or with a shorter retention', async () => {
      const orgId = anOrg()
      const now = t0 + 30 * dayMs
      const ages = [minutesKeptMs + minuteMs, minutesKeptMs - minuteMs, 2 * dayMs, dayMs]
      // More than go in one slice.
      const many = Array.from({ length: 1_200 }, (_, n) => now - minutesKeptMs - (n + 2) * minuteMs)
      const minutes = [...many, ...ages.map((age) => now - age)].map((at) => ({
        orgId,
        at,
        traffic: someTraffic({ messages: 1 }),
      }))
      await store().addMinutes(minutes, {
        at: now - minutesKeptMs - minuteMs,
        counts: [{ orgId, deliveries: 1 }],
      })
      const left = async (): Promise<number> => (await seriesOf(orgId, t0, now, minuteMs)).length
      while (await store().dropHistory(now, 90 * dayMs));
      expect(await left()).toBe(3)
      while (await store().dropHistory(now, 36 * hourMs));
      expect(await left()).toBe(1)
    })
  })

  describe('attempts by the hour', () => {
    const store = oneStore(open)

    test('are counted of an application and of one endpoint, by result, within the period', async () => {
      const application = await storedApplication(store())
      const [first, second] = [
        await storedEndpoint(store(), application.id),
        await storedEndpoint(store(), application.id),
      ]
      const attempted = async (endpoint: typeof first, startedAt: number, status: 'success' | 'fail') => {
        const message = await publishedOne(store(), application)
        const key = keyOf(message, endpoint)
        const outcome =
          status === 'success'
            ? anOutcome(key, { attempt: { startedAt } })
            : aFailure(key, null, { startedAt })
        await store().recordOutcomes([outcome], startedAt)
      }
      await attempted(first, t0 - 1, 'success')
      await attempted(first, t0, 'success')
      await attempted(first, t0 + 1, 'fail')
      await attempted(second, t0 + 2, 'success')
      await attempted(second, t0 + 2 * hourMs, 'fail')
      await attempted(second, t0 + 3 * hourMs, 'fail')
      await publishedOne(store(), application, {}, { fullLanes: 'all' })
      await store().cancelDeliveries(application.id, second.id, t0 + hourMs, t0 + hourMs)
      const series = (endpointId: string | null) =>
        store().attemptSeries(application.id, endpointId, t0 + 5, t0 + 3 * hourMs)
      expect(await series(first.id)).toEqual([{ hourAt: t0, success: 1, fail: 1, canceled: 0 }])
      expect(await series(null)).toEqual([
        { hourAt: t0, success: 2, fail: 1, canceled: 0 },
        { hourAt: t0 + hourMs, success: 0, fail: 0, canceled: 1 },
        { hourAt: t0 + 2 * hourMs, success: 0, fail: 1, canceled: 0 },
      ])
    })

    test('tell an organisation its endpoints with most failures, and no other’s', async () => {
      const orgId = anOrg()
      const scene = async (of: string, failures: number, at = t0) => {
        const application = await storedApplication(store(), { orgId: of })
        const endpoint = await storedEndpoint(store(), application.id)
        for (let n = 0; n < failures; n++) {
          const message = await publishedOne(store(), application)
          await store().recordOutcomes([aFailure(keyOf(message, endpoint), null, { startedAt: at })], at)
        }
        const message = await publishedOne(store(), application)
        await store().recordOutcomes(
          [anOutcome(keyOf(message, endpoint), { attempt: { startedAt: at } })],
          at,
        )
        return { application, endpoint }
      }
      const bad = await scene(orgId, 1)
      const worse = await scene(orgId, 2)
      await scene(orgId, 0)
      await scene(orgId, 3, t0 - 1)
      await scene(anOrg(), 4)
      const gone = await scene(orgId, 5)
      await store().deleteEndpoint(gone.application.id, gone.endpoint.id, t0)
      const left = await scene(orgId, 6)
      await store().deleteApplication(orgId, left.application.id, t0)
      const worst = await store().worstEndpoints(orgId, t0 + 10, 9)
      expect(worst).toEqual([
        { ...worse, success: 1, fail: 2 },
        { ...bad, success: 1, fail: 1 },
      ])
      expect(only(await store().worstEndpoints(orgId, t0, 1)).endpoint.id).toBe(worse.endpoint.id)
    })
  })
}
