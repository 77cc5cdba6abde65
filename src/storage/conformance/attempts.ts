import { describe, expect, test } from 'vitest'
import type { Attempt } from '#core/attempt.ts'
import type { AttemptFilter } from '../storage.ts'
import {
  aFailure,
  aMessage,
  anExchange,
  anOutcome,
  anyAttempt,
  aPage,
  claimedSeqs,
  entriesOf,
  hourMs,
  keyOf,
  oneStore,
  only,
  type Open,
  published,
  publishedOne,
  type Published,
  recoverAll,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

const newestFirst = aPage({ order: 'descending' })

export function attemptConformance(open: Open): void {
  describe('attempts', () => {
    const store = oneStore(open)

    /** Two endpoints, three messages of different kinds, and one attempt of each status at the first endpoint. */
    async function history() {
      const application = await storedApplication(store())
      const first = await storedEndpoint(store(), application.id)
      const second = await storedEndpoint(store(), application.id)
      const messages = await published(store(), application, [
        aMessage({ eventType: 'one', channels: ['eu'], tags: ['t'], createdAt: t0 }),
        aMessage({ eventType: 'two', createdAt: t0 + 10 }),
        aMessage({ eventType: 'three', createdAt: t0 + 20 }),
      ])
      const [one, two, three] = messages
      if (one === undefined || two === undefined || three === undefined) throw new Error('no message')
      const outcomes = {
        failed: aFailure(keyOf(one, first), { dueAt: t0, attemptCount: 1 }, { responseStatus: 503 }),
        succeeded: anOutcome(keyOf(two, first), { eventType: 'two' }),
        unanswered: aFailure(keyOf(three, first), null, { responseStatus: 0 }),
        elsewhere: anOutcome(keyOf(one, second), { attempt: { responseStatus: 299 } }),
      }
      await store().recordOutcomes(Object.values(outcomes), t0)
      await store().cancelDeliveries(application.id, first.id, t0 + 5, t0 + 30)
      const { appId } = first
      const canceled = only(
        entriesOf(
          await store().listAttempts(
            appId,
            { endpointId: first.id, messageSeq: null },
            newestFirst,
            { ...anyAttempt, status: 'canceled' },
            false,
          ),
        ),
      )
      const ids = {
        failed: outcomes.failed.attempt.id,
        succeeded: outcomes.succeeded.attempt.id,
        unanswered: outcomes.unanswered.attempt.id,
        elsewhere: outcomes.elsewhere.attempt.id,
        canceled: canceled.id,
      }
      return { application, appId, first, second, one, two, three, ids }
    }

    async function idsAt(
      appId: string,
      of: { readonly endpointId: string | null; readonly messageSeq: number | null },
      filter: Partial<AttemptFilter> = {},
    ): Promise<readonly string[]> {
      const listed = await store().listAttempts(appId, of, newestFirst, { ...anyAttempt, ...filter }, false)
      return entriesOf(listed).map(({ id }) => id)
    }

    test('are listed by endpoint, by message and by both, newest first', async () => {
      const { appId, first, second, one, two, ids } = await history()
      expect(await idsAt(appId, { endpointId: first.id, messageSeq: null })).toEqual([
        ids.canceled,
        ids.unanswered,
        ids.succeeded,
        ids.failed,
      ])
      expect(await idsAt(appId, { endpointId: null, messageSeq: one.seq })).toEqual([
        ids.canceled,
        ids.elsewhere,
        ids.failed,
      ])
      expect(await idsAt(appId, { endpointId: second.id, messageSeq: one.seq })).toEqual([ids.elsewhere])
      expect(await idsAt(appId, { endpointId: second.id, messageSeq: two.seq })).toEqual([])
    })

    test('are listed by status and class of answer; what is unfinished has none', async () => {
      const { appId, first, ids } = await history()
      const of = { endpointId: first.id, messageSeq: null }
      expect(await idsAt(appId, of, { status: 'success' })).toEqual([ids.succeeded])
      expect(await idsAt(appId, of, { status: 'fail' })).toEqual([ids.unanswered, ids.failed])
      expect(await idsAt(appId, of, { status: 'canceled' })).toEqual([ids.canceled])
      expect(await idsAt(appId, of, { status: 'interrupted' })).toEqual([])
      expect(await idsAt(appId, of, { status: 'pending' })).toEqual([])
      expect(await idsAt(appId, of, { status: 'sending' })).toEqual([])
      expect(await idsAt(appId, of, { statusClass: 200 })).toEqual([ids.succeeded])
      expect(await idsAt(appId, of, { statusClass: 500 })).toEqual([ids.failed])
      expect(await idsAt(appId, of, { statusClass: 400 })).toEqual([])
      expect(await idsAt(appId, of, { statusClass: 0, status: 'fail' })).toEqual([ids.unanswered])
    })

    test('that were interrupted count as failed', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      await publishedOne(store(), application)
      await recoverAll(store(), t0)
      const of = { endpointId: endpoint.id, messageSeq: null }
      expect(await idsAt(application.id, of, { status: 'fail' })).toHaveLength(1)
      expect(await idsAt(application.id, of, { status: 'interrupted' })).toHaveLength(1)
      expect(await idsAt(application.id, of, { status: 'success' })).toHaveLength(0)
    })

    test('are listed by what their message is', async () => {
      const { appId, first, ids } = await history()
      const of = { endpointId: first.id, messageSeq: null }
      expect(await idsAt(appId, of, { channel: 'eu' })).toEqual([ids.canceled, ids.failed])
      expect(await idsAt(appId, of, { tag: 't', status: 'fail' })).toEqual([ids.failed])
      expect(await idsAt(appId, of, { eventTypes: ['two', 'three'] })).toEqual([
        ids.unanswered,
        ids.succeeded,
      ])
    })

    test('are listed by when they were made, whenever their message was published', async () => {
      const { appId, first } = await history()
      const of = { endpointId: first.id, messageSeq: null }
      const all = entriesOf(await store().listAttempts(appId, of, newestFirst, anyAttempt, false))
      const instants = all.map(({ startedAt }) => startedAt)
      expect(new Set(instants).size).toBeGreaterThan(1)
      for (const bound of instants) {
        const made = (isWanted: (startedAt: number) => boolean) =>
          all.filter(({ startedAt }) => isWanted(startedAt)).map(({ id }) => id)
        expect(await idsAt(appId, of, { before: bound })).toEqual(made((startedAt) => startedAt < bound))
        expect(await idsAt(appId, of, { after: bound })).toEqual(made((startedAt) => startedAt > bound))
      }
    })

    test('come with their message where it is asked for', async () => {
      const { appId, first, two } = await history()
      const of = { endpointId: first.id, messageSeq: two.seq }
      const attempt = only(entriesOf(await store().listAttempts(appId, of, newestFirst, anyAttempt, true)))
      expect(attempt.message).toEqual(await store().findMessage(appId, two.id, true))
      expect(attempt.messageId).toBe(two.id)
      const bare = only(entriesOf(await store().listAttempts(appId, of, newestFirst, anyAttempt, false)))
      expect(bare).toEqual({ ...attempt, message: null })
    })

    test('are counted as they are listed', async () => {
      const { appId, first } = await history()
      const count = (filter: Partial<AttemptFilter>) =>
        store().countAttempts(appId, first.id, { ...anyAttempt, ...filter })
      expect(await count({})).toBe(4)
      expect(await count({ status: 'fail' })).toBe(2)
      expect(await count({ channel: 'eu', status: 'fail' })).toBe(1)
    })

    test('are seen through their own application and message only', async () => {
      const { appId, first, one, two, ids } = await history()
      const { id: other } = await storedApplication(store())
      expect(await store().findAttempt(appId, one.seq, ids.failed)).toMatchObject({ id: ids.failed })
      expect(await store().findAttempt(appId, two.seq, ids.failed)).toBeNull()
      expect(await store().findAttempt(other, one.seq, ids.failed)).toBeNull()
      expect(await idsAt(other, { endpointId: first.id, messageSeq: null })).toEqual([])
      expect(await idsAt(other, { endpointId: null, messageSeq: one.seq })).toEqual([])
      expect(await store().countAttempts(other, first.id, anyAttempt)).toBe(0)
      expect(await store().expungeAttempt(other, one.seq, ids.failed)).toBe(false)
      expect(entriesOf(await store().listMessageEndpoints(other, one.seq, aPage()))).toEqual([])
      expect(
        entriesOf(await store().listEndpointMessages(other, first.id, newestFirst, anyAttempt, false)),
      ).toEqual([])
    })

    test('keep the headers of their exchange to the letter, or none', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const messages = await published(store(), application, [aMessage(), aMessage(), aMessage()])
      const exchanges = [anExchange, `${anExchange}x: ${'ÿ'.repeat(8_000)}\n`, null]
      const outcomes = messages.map((message, at) =>
        anOutcome(keyOf(message, endpoint), { attempt: { exchange: exchanges[at] ?? null } }),
      )
      await store().recordOutcomes(outcomes, t0)
      const found = outcomes.map(({ attempt }) =>
        store().findAttempt(application.id, attempt.messageSeq, attempt.id),
      )
      expect((await Promise.all(found)).map((each) => each?.exchange)).toEqual(exchanges)
    })

    test('lose their answer, their headers and nothing else when they are expunged', async () => {
      const { appId, one, two, ids } = await history()
      const before = await store().findAttempt(appId, one.seq, ids.failed)
      expect(await store().expungeAttempt(appId, two.seq, ids.failed)).toBe(false)
      expect(await store().expungeAttempt(appId, one.seq, ids.failed)).toBe(true)
      const after = await store().findAttempt(appId, one.seq, ids.failed)
      expect(after?.responseBody).not.toContain('ok')
      expect(before?.exchange).toBe(anExchange)
      expect(after).toEqual({ ...before, responseBody: after?.responseBody, exchange: null })
    })
  })

  describe('how a message stands at an endpoint', () => {
    const store = oneStore(open)

    async function lane() {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      return { application, endpoint }
    }

    type Lane = Awaited<ReturnType<typeof lane>>

    const endpointMessages = async ({ application, endpoint }: Lane, filter: Partial<AttemptFilter> = {}) =>
      entriesOf(
        await store().listEndpointMessages(
          application.id,
          endpoint.id,
          newestFirst,
          { ...anyAttempt, ...filter },
          false,
        ),
      )

    async function standing({ application, endpoint }: Lane, { seq }: Published) {
      const listed = await store().listMessageEndpoints(application.id, seq, aPage())
      return entriesOf(listed).find(({ id }) => id === endpoint.id)?.standing ?? null
    }

    const fail: Partial<Attempt> = { status: 'fail', responseStatus: 500 }

    test('is sending while in hand, pending while it waits, and then as its last attempt ended', async () => {
      const here = await lane()
      const message = await publishedOne(store(), here.application)
      const key = keyOf(message, here.endpoint)
      expect(await standing(here, message)).toEqual({ state: 'sending', nextAttemptAt: null })
      await store().recordOutcomes([aFailure(key, { dueAt: t0 + 9, attemptCount: 1 })], t0)
      expect(await standing(here, message)).toEqual({ state: 'pending', nextAttemptAt: t0 + 9 })
      expect(only(await endpointMessages(here)).standing).toEqual({ state: 'pending', nextAttemptAt: t0 + 9 })
      await claimedSeqs(store(), here.endpoint, t0 + 9)
      await store().recordOutcomes([anOutcome(key)], t0 + 9)
      expect(await standing(here, message)).toEqual({ state: 'success', nextAttemptAt: null })
      const manual = keyOf(message, here.endpoint, 'manual')
      await store().insertManualDelivery(manual, t0 + 20, null)
      expect(await standing(here, message)).toEqual({ state: 'pending', nextAttemptAt: t0 + 20 })
      await claimedSeqs(store(), here.endpoint, t0 + 20)
      expect(await standing(here, message)).toEqual({ state: 'sending', nextAttemptAt: null })
      await store().recordOutcomes([anOutcome(manual, { attempt: fail })], t0 + 20)
      expect(await standing(here, message)).toEqual({ state: 'fail', nextAttemptAt: null })
      expect(only(await endpointMessages(here)).standing).toEqual({ state: 'fail', nextAttemptAt: null })
    })

    test('is that of whatever comes first where a manual delivery stands beside the scheduled one', async () => {
      const here = await lane()
      const message = await publishedOne(store(), here.application)
      const key = keyOf(message, here.endpoint)
      const manual = keyOf(message, here.endpoint, 'manual')
      await store().recordOutcomes([aFailure(key, { dueAt: t0 + 9, attemptCount: 1 })], t0)
      await store().insertManualDelivery(manual, t0 + 5, null)
      expect(await standing(here, message)).toEqual({ state: 'pending', nextAttemptAt: t0 + 5 })
      await claimedSeqs(store(), here.endpoint, t0 + 5)
      expect(await standing(here, message)).toEqual({ state: 'sending', nextAttemptAt: null })
      await store().recordOutcomes([anOutcome(manual)], t0 + 6)
      expect(await standing(here, message)).toEqual({ state: 'pending', nextAttemptAt: t0 + 9 })
      expect(only(await endpointMessages(here)).standing).toEqual({ state: 'pending', nextAttemptAt: t0 + 9 })
    })

    test('is canceled after a cancellation', async () => {
      const here = await lane()
      const message = await publishedOne(store(), here.application, {}, { fullLanes: 'all' })
      await store().cancelDeliveries(here.application.id, here.endpoint.id, t0 + 1, t0)
      expect(await standing(here, message)).toEqual({ state: 'canceled', nextAttemptAt: null })
      expect(only(await endpointMessages(here)).standing.state).toBe('canceled')
    })

    test('is told for every living endpoint that the message went to or waits for, and no other', async () => {
      const { application, endpoint } = await lane()
      const waiting = await storedEndpoint(store(), application.id)
      const gone = await storedEndpoint(store(), application.id)
      await storedEndpoint(store(), application.id, { eventTypes: ['other'] })
      const message = await publishedOne(store(), application, {}, { fullLanes: [waiting.id] })
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
      await store().deleteEndpoint(application.id, gone.id, t0)
      const listed = entriesOf(await store().listMessageEndpoints(application.id, message.seq, aPage()))
      expect(listed).toEqual([
        { ...endpoint, standing: { state: 'success', nextAttemptAt: null } },
        { ...waiting, standing: { state: 'pending', nextAttemptAt: t0 } },
      ])
    })

    test('orders the messages of an endpoint by their last attempt there, each once', async () => {
      const here = await lane()
      const { application, endpoint } = here
      const elsewhere = await storedEndpoint(store(), application.id)
      const messages = await published(store(), application, [aMessage(), aMessage(), aMessage()])
      const [one, two, three] = messages
      if (one === undefined || two === undefined || three === undefined) throw new Error('no message')
      expect(await endpointMessages(here)).toEqual([])
      await store().recordOutcomes(
        [
          aFailure(keyOf(one, endpoint), { dueAt: t0, attemptCount: 1 }),
          anOutcome(keyOf(two, endpoint)),
          anOutcome(keyOf(three, elsewhere)),
        ],
        t0,
      )
      const ids = async () => (await endpointMessages(here)).map(({ id }) => id)
      expect(await ids()).toEqual([two.id, one.id])
      await claimedSeqs(store(), endpoint, t0)
      await store().recordOutcomes([anOutcome(keyOf(one, endpoint))], t0)
      expect(await ids()).toEqual([one.id, two.id])
    })

    test('chooses the messages of an endpoint, as do their kind and the class of the last answer', async () => {
      const here = await lane()
      const { application, endpoint } = here
      const messages = await published(store(), application, [
        aMessage({ eventType: 'a' }),
        aMessage({ eventType: 'b' }),
        aMessage({ eventType: 'c', tags: ['t'] }),
        aMessage({ eventType: 'd' }),
      ])
      const [success, failed, pending, sending] = messages
      if (success === undefined || failed === undefined || pending === undefined || sending === undefined)
        throw new Error('no message')
      const again = { dueAt: t0 + hourMs, attemptCount: 1 }
      await store().recordOutcomes(
        [
          anOutcome(keyOf(success, endpoint)),
          aFailure(keyOf(failed, endpoint), null, { responseStatus: 404 }),
          aFailure(keyOf(sending, endpoint), { dueAt: t0, attemptCount: 1 }),
          aFailure(keyOf(pending, endpoint), again),
        ],
        t0,
      )
      await claimedSeqs(store(), endpoint, t0)
      const ids = async (filter: Partial<AttemptFilter>) =>
        (await endpointMessages(here, filter)).map(({ id }) => id)
      expect(await ids({ status: 'success' })).toEqual([success.id])
      expect(await ids({ status: 'fail' })).toEqual([failed.id])
      expect(await ids({ status: 'pending' })).toEqual([pending.id])
      expect(await ids({ status: 'sending' })).toEqual([sending.id])
      expect(await ids({ status: 'canceled' })).toEqual([])
      expect(await ids({ statusClass: 400 })).toEqual([failed.id])
      expect(await ids({ statusClass: 500 })).toEqual([pending.id, sending.id])
      expect(await ids({ eventTypes: ['a', 'b'] })).toEqual([failed.id, success.id])
      expect(await ids({ tag: 't' })).toEqual([pending.id])
    })

    test('comes with the content of the message only where it is asked for', async () => {
      const { application, endpoint } = await lane()
      const message = await publishedOne(store(), application)
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
      for (const withPayload of [true, false]) {
        const listed = await store().listEndpointMessages(
          application.id,
          endpoint.id,
          newestFirst,
          anyAttempt,
          withPayload,
        )
        const { standing: _, ...found } = only(entriesOf(listed))
        expect(found).toEqual(await store().findMessage(application.id, message.id, withPayload))
      }
    })
  })

  describe('statistics', () => {
    const store = oneStore(open)

    test('count attempts by hour and result, and what waits now', async () => {
      const application = await storedApplication(store())
      const { id: appId } = application
      const endpoint = await storedEndpoint(store(), appId)
      const other = await storedEndpoint(store(), appId)
      const messages = await published(
        store(),
        application,
        Array.from({ length: 6 }, () => aMessage()),
      )
      const startedAts = [t0 - 1, t0, t0 + hourMs - 1, t0 + hourMs]
      const outcomes = messages.slice(0, 4).map((message, index) =>
        anOutcome(keyOf(message, endpoint), {
          attempt: {
            status: index % 2 === 0 ? 'fail' : 'success',
            startedAt: startedAts[index] ?? t0,
          },
        }),
      )
      const [fifth, sixth] = messages.slice(4)
      if (fifth === undefined || sixth === undefined) throw new Error('no message')
      const interrupted = anOutcome(keyOf(fifth, other), { attempt: { status: 'interrupted' } })
      await store().recordOutcomes([...outcomes, interrupted], t0)
      await store().giveBack([keyOf(sixth, endpoint)])

      const stats = (since: number, until: number) => store().endpointStats(appId, endpoint.id, since, until)
      const now = { pending: 1, sending: 1 }
      expect(await stats(t0, t0 + hourMs)).toEqual({ success: 1, fail: 1, canceled: 0, ...now })
      expect(await stats(t0 + hourMs - 1, t0 + hourMs)).toEqual({ success: 1, fail: 1, canceled: 0, ...now })
      expect(await stats(t0 - 1, t0 + 2 * hourMs)).toEqual({ success: 2, fail: 2, canceled: 0, ...now })
      expect(await stats(t0 + 5 * hourMs, t0 + 9 * hourMs)).toMatchObject({ success: 0, fail: 0 })
      await store().cancelDeliveries(appId, endpoint.id, t0 + 1, t0)
      expect(await stats(t0, t0 + 1)).toEqual({ success: 1, fail: 1, canceled: 1, pending: 0, sending: 1 })
    })

    test('of an application are by event type and hour', async () => {
      const application = await storedApplication(store())
      const { id: appId } = application
      const one = await storedEndpoint(store(), appId)
      const two = await storedEndpoint(store(), appId)
      const message = await publishedOne(store(), application)
      const at = (startedAt: number) => ({ attempt: { startedAt } })
      await store().recordOutcomes(
        [
          anOutcome(keyOf(message, one), { ...at(t0 + 1), eventType: 'a' }),
          anOutcome(keyOf(message, two), { ...at(t0 + 2), eventType: 'a' }),
          anOutcome(keyOf(message, one), { ...at(t0 + hourMs), eventType: 'b' }),
        ],
        t0,
      )
      const rows = await store().applicationStats(appId, t0, t0 + 2 * hourMs)
      expect([...rows].sort((a, b) => a.hourAt - b.hourAt)).toEqual([
        { eventType: 'a', hourAt: t0, success: 2, fail: 0, canceled: 0 },
        { eventType: 'b', hourAt: t0 + hourMs, success: 1, fail: 0, canceled: 0 },
      ])
      expect(await store().applicationStats(appId, t0 + hourMs, t0 + 2 * hourMs)).toHaveLength(1)
      const other = await storedApplication(store())
      expect(await store().applicationStats(other.id, t0, t0 + hourMs)).toEqual([])
    })
  })
}
