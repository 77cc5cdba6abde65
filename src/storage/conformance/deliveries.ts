import { describe, expect, test } from 'vitest'
import type { Endpoint } from '#core/endpoint.ts'
import {
  aClaim,
  aFailure,
  aMessage,
  anEndpoint,
  anOutcome,
  anyAttempt,
  aPage,
  claimedSeqs,
  entriesOf,
  fannedOut,
  hourMs,
  keyOf,
  leasedSeqs,
  noticed,
  oneStore,
  only,
  type Open,
  published,
  publishedOne,
  received,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

export function deliveryConformance(open: Open): void {
  describe('deliveries', () => {
    const store = oneStore(open)

    async function laneOf(over: Partial<Endpoint> = {}) {
      const application = await storedApplication(store())
      return { application, endpoint: await storedEndpoint(store(), application.id, over) }
    }

    const attemptsAt = async ({ appId, id }: Endpoint) =>
      entriesOf(
        await store().listAttempts(appId, { endpointId: id, messageSeq: null }, aPage(), anyAttempt, false),
      )

    const dueAtOf = async ({ id }: Endpoint) =>
      (await store().dueLanes()).find(({ endpointId }) => endpointId === id)?.dueAt ?? null

    test('end with a success, and the attempt stands in the history as it was', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      const outcome = anOutcome(keyOf(message, endpoint), {
        attempt: { responseStatus: 201, responseBody: 'é"\n', durationMs: 31, startedAt: t0 + 4 },
      })
      await store().recordOutcomes([outcome], t0 + 40)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toEqual([])
      const attempt = only(await attemptsAt(endpoint))
      const { exchange: _unlisted, ...listed } = outcome.attempt
      expect(attempt).toMatchObject({ ...listed, messageId: message.id })
      expect(await store().findAttempt(application.id, message.seq, attempt.id)).toMatchObject({
        ...outcome.attempt,
        messageId: message.id,
      })
    })

    test('wait after a failure until they are due again, with the attempts that were made', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      const failure = aFailure(keyOf(message, endpoint), { dueAt: t0 + 5_000, attemptCount: 1 })
      await store().recordOutcomes([failure], t0)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await dueAtOf(endpoint)).toBe(t0 + 5_000)
      const request = { appId: application.id, endpointId: endpoint.id, max: 10 }
      expect(await store().claimDeliveries([request], t0 + 4_999)).toEqual({
        deliveries: [],
        nextDueAts: [t0 + 5_000],
      })
      const { deliveries, nextDueAts } = await store().claimDeliveries([request], t0 + 5_000)
      expect(nextDueAts).toEqual([null])
      expect(only(deliveries)).toMatchObject({
        ...keyOf(message, endpoint),
        attemptCount: 1,
        dueAt: t0 + 5_000,
        interruptions: 0,
        message: {
          appId: application.id,
          seq: message.seq,
          id: message.id,
          eventType: 'order.paid',
          contentType: 'application/json',
          payload: '{"a":1}',
          received: null,
          createdAt: t0,
        },
      })
      expect(await leasedSeqs(store(), endpoint)).toEqual([message.seq])
      expect(await dueAtOf(endpoint)).toBeNull()
    })

    test('of messages that were received are claimed with their headers and encoding', async () => {
      const { application, endpoint } = await laneOf()
      const content = { received, payload: '/wD+', contentType: 'image/png' }
      await published(store(), application, [aMessage(content), aMessage()], { fullLanes: 'all' })
      const request = { appId: application.id, endpointId: endpoint.id, max: 10 }
      const { deliveries } = await store().claimDeliveries([request], t0)
      expect(deliveries.map(({ message }) => message)).toMatchObject([content, { received: null }])
    })

    test('are claimed oldest first, up to what a lane asks for, each once', async () => {
      const { application, endpoint } = await laneOf()
      const other = await storedEndpoint(store(), application.id)
      const messages = await published(
        store(),
        application,
        [30, 10, 20, 10].map((ms) => aMessage({ createdAt: t0 + ms })),
        { fullLanes: 'all' },
      )
      const [a, b, c, d] = messages.map(({ seq }) => seq)
      const lane = (max: number) => ({ appId: application.id, endpointId: endpoint.id, max })
      const first = await store().claimDeliveries([lane(2)], t0 + 100)
      expect(first.deliveries.map(({ messageSeq }) => messageSeq)).toEqual([b, d])
      expect(first.nextDueAts).toEqual([t0 + 20])
      const otherLane = { ...lane(1), endpointId: other.id }
      const second = await store().claimDeliveries([lane(9), otherLane], t0 + 100)
      expect(second.deliveries.map(({ endpointId, messageSeq }) => [endpointId, messageSeq])).toEqual([
        [endpoint.id, c],
        [endpoint.id, a],
        [other.id, b],
      ])
      expect(second.nextDueAts).toEqual([null, t0 + 10])
    })

    test('are handed back as they were', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      const key = keyOf(message, endpoint)
      await store().recordOutcomes([aFailure(key, { dueAt: t0 + 1, attemptCount: 3 })], t0)
      await store().giveBack([key])
      expect(await dueAtOf(endpoint)).toBe(t0 + 1)
      await claimedSeqs(store(), endpoint, t0 + 1)
      await store().giveBack([key, keyOf({ seq: message.seq + 1_000_000 }, endpoint)])
      const request = { appId: application.id, endpointId: endpoint.id, max: 1 }
      const { deliveries } = await store().claimDeliveries([request], t0 + 1)
      expect(only(deliveries)).toMatchObject({ ...key, attemptCount: 3, dueAt: t0 + 1 })
    })

    test('of disabled or deleted endpoints make no lane due', async () => {
      const { application, endpoint } = await laneOf()
      const gone = await storedEndpoint(store(), application.id)
      await publishedOne(store(), application, {}, { fullLanes: 'all' })
      expect([await dueAtOf(endpoint), await dueAtOf(gone)]).toEqual([t0, t0])
      const keep = { resetHealth: false, claim: null }
      await store().replaceEndpoint({ ...endpoint, disabledReason: 'operator', version: 2 }, keep)
      await store().deleteEndpoint(application.id, gone.id, t0)
      expect([await dueAtOf(endpoint), await dueAtOf(gone)]).toEqual([null, null])
      await store().replaceEndpoint({ ...endpoint, version: 3 }, keep)
      expect(await dueAtOf(endpoint)).toBe(t0)
    })

    test('stay canceled when their endpoint went away under them, and the attempt is recorded', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      await store().deleteEndpoint(application.id, endpoint.id, t0)
      while (await store().purgeDeleted(t0)) continue
      const failure = aFailure(keyOf(message, endpoint), { dueAt: t0, attemptCount: 1 })
      await store().recordOutcomes([failure], t0)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toEqual([])
      expect(only(await attemptsAt(endpoint)).id).toBe(failure.attempt.id)
    })

    test('tell the health of their endpoint, and may disable it once', async () => {
      const { application, endpoint } = await laneOf()
      const [first, second, third] = await published(store(), application, [
        aMessage(),
        aMessage(),
        aMessage(),
      ])
      if (first === undefined || second === undefined || third === undefined) throw new Error('no message')
      const found = () => store().findEndpoint(application.id, endpoint.id)
      const failing = { failingSince: t0 + 1, disable: null }
      await store().recordOutcomes([anOutcome(keyOf(first, endpoint), { health: failing })], t0)
      expect(await found()).toEqual({ ...endpoint, failingSince: t0 + 1 })

      const notice = noticed(
        store(),
        (each) => each.kind === 'endpoint-changed' && each.endpointId === endpoint.id,
      )
      const gone = { failingSince: t0 + 1, disable: 'gone' } as const
      await store().recordOutcomes([anOutcome(keyOf(second, endpoint), { health: gone })], t0 + 7)
      await notice
      const disabled = {
        ...endpoint,
        failingSince: t0 + 1,
        disabledReason: 'gone',
        version: 2,
        updatedAt: t0 + 7,
      }
      expect(await found()).toEqual(disabled)
      const failed = { failingSince: null, disable: 'failing' } as const
      await store().recordOutcomes([anOutcome(keyOf(third, endpoint), { health: failed })], t0 + 8)
      expect(await found()).toEqual({ ...disabled, failingSince: null })
      expect((await publishedOne(store(), application)).handed).toEqual([])
    })

    test('that a person asks for stand beside the scheduled one, once while they wait', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      const manual = keyOf(message, endpoint, 'manual')
      const notice = noticed(
        store(),
        (each) => each.kind === 'deliveries-due' && each.endpointId === endpoint.id,
      )
      expect(await store().insertManualDelivery(manual, t0 + 3, null)).toEqual({ kind: 'stored' })
      expect(await notice).toMatchObject({ appId: application.id, dueAt: t0 + 3 })
      expect(await store().insertManualDelivery(manual, t0 + 9, null)).toEqual({ kind: 'stored' })
      const request = { appId: application.id, endpointId: endpoint.id, max: 5 }
      const { deliveries } = await store().claimDeliveries([request], t0 + 3)
      expect(only(deliveries)).toMatchObject({ ...manual, attemptCount: 0, dueAt: t0 + 3 })
      await store().recordOutcomes([anOutcome(manual)], t0 + 4)
      expect(only(await attemptsAt(endpoint)).trigger).toBe('manual')
      expect(await leasedSeqs(store(), endpoint)).toEqual([message.seq])
    })

    test('that a person asks for need the content, and are asked for once under one idempotency key', async () => {
      const { application, endpoint } = await laneOf()
      const message = await publishedOne(store(), application)
      const manual = keyOf(message, endpoint, 'manual')
      const claim = aClaim({ subject: 'resent' })
      await store().insertManualDelivery(manual, t0, claim)
      expect(await store().insertManualDelivery(manual, t0, claim)).toEqual({
        kind: 'repeated',
        subject: 'resent',
      })
      const otherRequest = { ...claim, requestHash: 'other' }
      expect(await store().insertManualDelivery(manual, t0, otherRequest)).toEqual({ kind: 'key-reused' })
      await store().expungeMessage(application.id, message.seq)
      expect(await store().insertManualDelivery(manual, t0, null)).toEqual({ kind: 'no-content' })
    })

    test('are canceled with a record where the message was created before the instant', async () => {
      const { application, endpoint } = await laneOf()
      const spared = await storedEndpoint(store(), application.id)
      const [old, young] = await published(
        store(),
        application,
        [aMessage({ createdAt: t0 }), aMessage({ createdAt: t0 + 10 })],
        { fullLanes: 'all' },
      )
      if (old === undefined || young === undefined) throw new Error('no message')
      const notice = noticed(
        store(),
        (each) => each.kind === 'deliveries-canceled' && each.endpointId === endpoint.id,
      )
      const cancel = () => store().cancelDeliveries(application.id, endpoint.id, t0 + 10, t0 + 20)
      expect(await cancel()).toEqual({ canceled: 1, more: false })
      expect(await notice).toMatchObject({ appId: application.id, createdBefore: t0 + 10 })
      expect(only(await attemptsAt(endpoint))).toMatchObject({
        messageId: old.id,
        status: 'canceled',
        trigger: 'scheduled',
        url: endpoint.url,
        responseStatus: 0,
        startedAt: t0 + 20,
      })
      expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toEqual([young.seq])
      expect(await claimedSeqs(store(), spared, t0 + hourMs)).toEqual([old.seq, young.seq])
      expect(await cancel()).toEqual({ canceled: 0, more: false })
    })

    test('are canceled before a fan-out has created them, and only where they would have been', async () => {
      const application = await storedApplication(store())
      const endpoints = Array.from({ length: 100 }, (_, index) =>
        anEndpoint(application.id, index === 90 ? { eventTypes: ['other'] } : {}),
      )
      await Promise.all(endpoints.map((endpoint) => store().insertEndpoint(endpoint, null)))
      const inOrder = entriesOf(await store().listEndpoints(application.id, aPage()))
      const other = endpoints[90]
      const last = inOrder.findLast(({ id }) => id !== other?.id)
      if (other === undefined || last === undefined) throw new Error('no endpoint')
      const message = await publishedOne(store(), application)
      const cancel = ({ id }: Endpoint) => store().cancelDeliveries(application.id, id, t0 + 1, t0 + 5)
      expect(await cancel(last)).toEqual({ canceled: 1, more: false })
      expect(await cancel(other)).toEqual({ canceled: 0, more: false })
      expect(only(await attemptsAt(last))).toMatchObject({ messageId: message.id, status: 'canceled' })
      const slices = await fannedOut(store())
      const reached = [...message.handed, ...slices.flatMap(({ handed }) => handed)]
      const wanted = inOrder.map(({ id }) => id).filter((id) => id !== last.id && id !== other.id)
      expect(reached.toSorted()).toEqual(wanted.toSorted())
    })

    test('are canceled in slices', async () => {
      const { application, endpoint } = await laneOf()
      const messages = Array.from({ length: 501 }, () => aMessage())
      await published(store(), application, messages, { fullLanes: 'all' })
      let canceled = 0
      let slices = 0
      for (let more = true; more;) {
        const slice = await store().cancelDeliveries(application.id, endpoint.id, t0 + 1, t0)
        canceled += slice.canceled
        slices++
        more = slice.more
      }
      expect(canceled).toBe(501)
      expect(slices).toBeGreaterThan(1)
      expect(await dueAtOf(endpoint)).toBeNull()
      const anything = { ...anyAttempt, status: 'canceled' } as const
      expect(await store().countAttempts(application.id, endpoint.id, anything)).toBe(501)
    })
  })
}
