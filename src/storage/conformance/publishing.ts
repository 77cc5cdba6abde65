import { describe, expect, test } from 'vitest'
import type { DisabledReason, Endpoint } from '#core/endpoint.ts'
import type { PublishItem } from '../storage.ts'
import {
  aClaim,
  aGroup,
  aMessage,
  anApplication,
  anEndpoint,
  anOrg,
  anyMessage,
  aPage,
  claimedSeqs,
  entriesOf,
  fannedOut,
  hourMs,
  leasedSeqs,
  oneStore,
  type Open,
  published,
  publishedOne,
  publishOne,
  received,
  storedApplication,
  storedEndpoint,
  t0,
  unique,
} from './fixtures.ts'

export function publishingConformance(open: Open): void {
  describe('publishing', () => {
    const store = oneStore(open)

    async function countMessages(appId: string): Promise<number> {
      return entriesOf(await store().listMessages(appId, aPage(), anyMessage, false)).length
    }

    test('leases a delivery for each enabled endpoint that subscribes to the message', async () => {
      const application = await storedApplication(store())
      const add = (over: Partial<Endpoint>) => storedEndpoint(store(), application.id, over)
      const all = await add({})
      const byType = await add({ eventTypes: ['order.paid', 'x'] })
      const byChannel = await add({ channels: ['eu'] })
      await add({ eventTypes: ['x'] })
      await add({ channels: ['us'] })
      await add({ disabledReason: 'operator' satisfies DisabledReason })
      const message = await publishedOne(store(), application, { channels: ['eu', 'ap'] })
      expect([...message.handed].sort()).toEqual([all.id, byType.id, byChannel.id].sort())
      expect(message.kept).toEqual([])
      for (const endpoint of [all, byType, byChannel]) {
        expect(await leasedSeqs(store(), endpoint)).toEqual([message.seq])
        expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toEqual([])
      }
    })

    test('keeps deliveries of full lanes in the store, due at once', async () => {
      const application = await storedApplication(store())
      const full = await storedEndpoint(store(), application.id)
      const free = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, {}, { fullLanes: [full.id] })
      expect(message).toMatchObject({ handed: [free.id], kept: [full.id] })
      expect(await claimedSeqs(store(), full, t0)).toEqual([message.seq])
      const next = await publishedOne(store(), application, {}, { fullLanes: 'all' })
      expect(next.handed).toEqual([])
      expect([...next.kept].sort()).toEqual([full.id, free.id].sort())
    })

    test('keeps what is to be delivered later until then', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, { deliverAt: t0 + 5_000 })
      expect(message).toMatchObject({ handed: [], kept: [endpoint.id] })
      expect(await claimedSeqs(store(), endpoint, t0 + 4_999)).toEqual([])
      expect(await claimedSeqs(store(), endpoint, t0 + 5_000)).toEqual([message.seq])
    })

    test('goes to one endpoint alone where it is told so, whatever that subscribes to', async () => {
      const application = await storedApplication(store())
      const chosen = await storedEndpoint(store(), application.id, { eventTypes: ['other'] })
      await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, {}, { onlyEndpointId: chosen.id })
      expect(message.handed).toEqual([chosen.id])
      const foreign = await storedEndpoint(store(), (await storedApplication(store())).id)
      const nowhere = await publishedOne(store(), application, {}, { onlyEndpointId: foreign.id })
      expect(nowhere.handed).toEqual([])
    })

    test('finds the application by id or uid, in its own organisation', async () => {
      const application = await storedApplication(store(), { uid: unique('uid') })
      const byUid = await publishOne(
        store(),
        aGroup(application, [aMessage()], { appRef: application.uid ?? '' }),
      )
      expect(byUid).toMatchObject({ kind: 'published', results: [{ kind: 'stored', appId: application.id }] })
      for (const appRef of [application.id, application.uid ?? '', 'unknown']) {
        const group = aGroup(application, [aMessage()], { orgId: anOrg(), appRef })
        expect(await publishOne(store(), group)).toEqual({ kind: 'no-application' })
      }
      await store().deleteApplication(application.orgId, application.id, t0)
      expect(await publishOne(store(), aGroup(application, [aMessage()]))).toEqual({ kind: 'no-application' })
    })

    test('stores a missing application first where one is given, and once', async () => {
      const application = anApplication({ uid: unique('uid') })
      const group = () =>
        aGroup(application, [aMessage()], {
          appRef: application.uid ?? '',
          createApplication: { ...application, id: anApplication().id },
        })
      const results = await store().publishMessages([group(), group()], [], t0)
      const found = await store().findApplication(application.orgId, application.uid ?? '')
      expect(found).not.toBeNull()
      const stored = { kind: 'published', results: [{ kind: 'stored', appId: found?.id }] }
      expect(results).toMatchObject([stored, stored])
    })

    test('numbers messages in the order of the batch', async () => {
      const application = await storedApplication(store())
      const seqs = (
        await published(
          store(),
          application,
          Array.from({ length: 20 }, () => aMessage()),
        )
      ).map(({ seq }) => seq)
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      expect(new Set(seqs).size).toBe(20)
      expect((await publishedOne(store(), application)).seq).toBeGreaterThan(seqs.at(-1) ?? 0)
    })

    test('takes an event id once per application until it expires', async () => {
      const application = await storedApplication(store())
      const message = (over: Partial<PublishItem['message']> = {}) =>
        aMessage({ eventId: 'order-1', payloadExpiresAt: t0 + hourMs, ...over })
      const twice = await publishOne(store(), aGroup(application, [message(), message()]))
      expect(twice).toMatchObject({ results: [{ kind: 'stored' }, { kind: 'event-id-taken' }] })
      const again = await publishOne(store(), aGroup(application, [message(), aMessage()]))
      expect(again).toMatchObject({ results: [{ kind: 'event-id-taken' }, { kind: 'stored' }] })
      expect(await countMessages(application.id)).toBe(2)
      const other = await storedApplication(store())
      await publishedOne(store(), other, { eventId: 'order-1' })
      const late = message({ payloadExpiresAt: t0 + 2 * hourMs })
      const { seq } = await publishedOne(store(), application, late, { now: t0 + hourMs })
      expect((await store().findMessage(application.id, 'order-1', false))?.seq).toBe(seq)
    })

    test('takes an event id for as long as it is told to, however long the payload is kept', async () => {
      const application = await storedApplication(store())
      const publish = (at: number, eventIdExpiresAt: number) => {
        const message = aMessage({ eventId: 'delivery-1', createdAt: at, payloadExpiresAt: t0 + 2 * hourMs })
        const group = aGroup(application, [], {
          items: [{ message, eventIdExpiresAt }, { message: aMessage() }],
        })
        return publishOne(store(), group, [], at)
      }
      const stored = { results: [{ kind: 'stored' }, { kind: 'stored' }] }
      const taken = { results: [{ kind: 'event-id-taken' }, { kind: 'stored' }] }
      expect(await publish(t0, t0 + hourMs)).toMatchObject(stored)
      expect(await publish(t0 + hourMs - 1, t0 + 9 * hourMs)).toMatchObject(taken)
      // Longer than its payload, this time.
      expect(await publish(t0 + hourMs, t0 + 9 * hourMs)).toMatchObject(stored)
      expect(await publish(t0 + 9 * hourMs - 1, t0 + 10 * hourMs)).toMatchObject(taken)
      const payloads = entriesOf(
        await store().listMessages(application.id, aPage(), anyMessage, true),
      ).flatMap(({ eventId, payload }) => (eventId === null ? [] : [payload]))
      expect(payloads).toEqual(['{"a":1}', '{"a":1}'])
    })

    test('takes an event id again once its time is over, in an atomic group and one by one', async () => {
      const application = await storedApplication(store(), { throttleRate: 1_000 })
      const group = (atomic: boolean, ...eventIds: string[]) =>
        aGroup(application, [], {
          atomic,
          items: eventIds.map((eventId) => ({
            message: aMessage({ eventId }),
            eventIdExpiresAt: t0 + 10,
          })),
        })
      const stored = { results: [{ kind: 'stored' }, { kind: 'stored' }] }
      expect(await publishOne(store(), group(true, 'a', 'b'), [], t0)).toMatchObject(stored)
      expect(await publishOne(store(), group(true, 'a', 'c'), [], t0 + 9)).toMatchObject({
        results: [{ kind: 'event-id-taken' }, { kind: 'aborted' }],
      })
      expect(await publishOne(store(), group(true, 'a', 'b'), [], t0 + 10)).toMatchObject(stored)
    })

    test('stores all or nothing of an atomic group', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      await publishedOne(store(), application, { eventId: 'taken' }, { fullLanes: 'all' })
      const batch = (...eventIds: (string | null)[]) =>
        publishOne(
          store(),
          aGroup(
            application,
            eventIds.map((eventId) => aMessage({ eventId })),
            { atomic: true },
          ),
        )
      expect(await batch('new', 'taken', null)).toEqual({
        kind: 'published',
        results: [{ kind: 'aborted' }, { kind: 'event-id-taken' }, { kind: 'aborted' }],
      })
      expect(await batch('twice', 'twice')).toEqual({
        kind: 'published',
        results: [{ kind: 'aborted' }, { kind: 'event-id-taken' }],
      })
      expect(await countMessages(application.id)).toBe(1)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await batch('new', null)).toMatchObject({ results: [{ kind: 'stored' }, { kind: 'stored' }] })
    })

    test('repeats nothing under the same idempotency key, in one batch or across batches', async () => {
      const application = await storedApplication(store())
      const claim = aClaim({ subject: 'msg_first' })
      const group = () => aGroup(application, [aMessage()], { claim })
      const repeated = { kind: 'repeated', subject: 'msg_first' }
      expect(await store().publishMessages([group(), group()], [], t0)).toMatchObject([
        { kind: 'published' },
        repeated,
      ])
      expect(await publishOne(store(), group())).toEqual(repeated)
      const other = aGroup(application, [aMessage()], { claim: { ...claim, requestHash: 'other' } })
      expect(await publishOne(store(), other)).toEqual({ kind: 'key-reused' })
      expect(await countMessages(application.id)).toBe(1)
    })

    test('that stores nothing leaves its idempotency key free', async () => {
      const application = await storedApplication(store())
      await publishedOne(store(), application, { eventId: 'taken' })
      const claim = aClaim()
      const refused = aGroup(application, [aMessage({ eventId: 'taken' })], { claim })
      expect(await publishOne(store(), refused)).toMatchObject({ results: [{ kind: 'event-id-taken' }] })
      expect(await publishOne(store(), aGroup(application, [aMessage()], { claim }))).toMatchObject({
        kind: 'published',
      })
    })

    test('refuses a group alone: the others of its batch are stored', async () => {
      const application = await storedApplication(store())
      const results = await store().publishMessages(
        [
          aGroup(application, [aMessage()]),
          aGroup(anApplication(), [aMessage()]),
          aGroup(application, [aMessage()]),
        ],
        [],
        t0,
      )
      expect(results).toMatchObject([
        { kind: 'published' },
        { kind: 'no-application' },
        { kind: 'published' },
      ])
      expect(await countMessages(application.id)).toBe(2)
    })

    test('is held to the rate of the application, and says when there is room again', async () => {
      const application = await storedApplication(store(), { throttleRate: 2 })
      const now = t0 + 10
      const claim = aClaim()
      await publishedOne(store(), application, {}, { now })
      await publishedOne(store(), application, {}, { now })
      const refused = await publishOne(store(), aGroup(application, [aMessage()], { claim }), [], now)
      if (refused.kind !== 'throttled') throw new Error(`expected throttled, not ${refused.kind}`)
      expect(refused.retryAfterMs).toBeGreaterThan(0)
      expect(refused.retryAfterMs).toBeLessThanOrEqual(1_000)
      const later = now + refused.retryAfterMs
      const again = await publishOne(store(), aGroup(application, [aMessage()], { claim }), [], later)
      expect(again.kind).toBe('published')
    })

    test('to many endpoints goes on in slices, to those that existed then', async () => {
      const application = await storedApplication(store())
      const endpoints = Array.from({ length: 203 }, (_, index) =>
        anEndpoint(application.id, index % 100 === 1 ? { eventTypes: ['other'] } : {}),
      )
      await Promise.all(endpoints.map((endpoint) => store().insertEndpoint(endpoint, null)))
      const takers = endpoints.filter(({ eventTypes }) => eventTypes === null).map(({ id }) => id)
      const content = aMessage({ received })
      const [message] = await published(store(), application, [content])
      if (message === undefined) throw new Error('no message')
      expect(message.isPartial).toBe(true)
      expect(message.handed.length).toBeLessThan(100)
      const late = await storedEndpoint(store(), application.id)
      const full = takers.at(-1) ?? ''
      const slices = await fannedOut(store(), [full])
      expect(slices.length).toBeGreaterThan(1)
      const { id, eventType, contentType, payload, createdAt } = content
      for (const slice of slices) {
        const of = { appId: application.id, seq: message.seq }
        expect(slice.message).toEqual({ ...of, id, eventType, contentType, payload, received, createdAt })
        expect(slice.dueAt).toBe(t0)
      }
      const handed = [...message.handed, ...slices.flatMap((slice) => slice.handed)]
      expect([...handed, full].sort()).toEqual([...takers].sort())
      expect(slices.flatMap(({ kept }) => kept)).toEqual([full])
      expect(handed).not.toContain(late.id)
      const leased = (await store().leasedKeys()).filter(({ appId }) => appId === application.id)
      expect(leased.map(({ endpointId }) => endpointId).sort()).toEqual([...handed].sort())
      const due = (await store().dueLanes()).filter(({ appId }) => appId === application.id)
      expect(due).toEqual([{ appId: application.id, endpointId: full, dueAt: t0 }])
    })

    test('to many endpoints later stays in the store', async () => {
      const application = await storedApplication(store())
      const endpoints = Array.from({ length: 40 }, () => anEndpoint(application.id))
      await Promise.all(endpoints.map((endpoint) => store().insertEndpoint(endpoint, null)))
      const deliverAt = t0 + hourMs
      await published(store(), application, [aMessage({ deliverAt })])
      const slices = await fannedOut(store())
      expect(slices.flatMap(({ handed }) => handed)).toEqual([])
      const due = (await store().dueLanes()).filter(({ appId }) => appId === application.id)
      expect(due.map(({ dueAt }) => dueAt)).toEqual(endpoints.map(() => deliverAt))
    })

    test('to many endpoints of two applications gives both their turns', async () => {
      const [one, two] = [await storedApplication(store()), await storedApplication(store())]
      for (const { id } of [one, two]) {
        const endpoints = Array.from({ length: 200 }, () => anEndpoint(id))
        await Promise.all(endpoints.map((endpoint) => store().insertEndpoint(endpoint, null)))
      }
      await published(store(), one, [aMessage(), aMessage()])
      await published(store(), two, [aMessage()])
      const order = (await fannedOut(store())).map(({ message }) => message.appId)
      expect(new Set(order.slice(0, 2))).toEqual(new Set([one.id, two.id]))
      expect(order.filter((id) => id === one.id).length).toBeGreaterThan(2)
    })
  })
}
