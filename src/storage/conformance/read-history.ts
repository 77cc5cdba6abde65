import { describe, expect, test } from 'vitest'
import type { HistoryPart, Place } from '../storage.ts'
import {
  aFailure,
  aMessage,
  anOutcome,
  anyAttempt,
  aPage,
  entriesOf,
  keyOf,
  oneStore,
  type Open,
  published,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

export function readHistoryConformance(open: Open): void {
  describe('the history, read in its order', () => {
    const store = oneStore(open)

    /** Once it holds the message and its attempts: what others have under way may hold it up for a moment. */
    async function endBehind(appId: string, message: { readonly seq: number }): Promise<Place> {
      const of = { endpointId: null, messageSeq: message.seq }
      const attempts = entriesOf(await store().listAttempts(appId, of, aPage(), anyAttempt, false))
      const last = Math.max(0, ...attempts.map(({ seq }) => seq))
      for (;;) {
        const end = await store().historyEnd()
        if (end.message >= message.seq && end.attempt >= last) return end
      }
    }

    /** All parts from one place to another. */
    async function read(appId: string, after: Place, upTo: Place, limit: number) {
      const parts: HistoryPart[] = []
      for (let place = after; place.message < upTo.message || place.attempt < upTo.attempt;) {
        const part = await store().readHistory(appId, place, upTo, limit)
        expect(part.messages.length).toBeLessThanOrEqual(limit)
        expect(part.attempts.length).toBeLessThanOrEqual(limit)
        parts.push(part)
        place = part.upTo
      }
      return {
        messages: parts.flatMap(({ messages }) => messages.map(({ id }) => id)),
        attempts: parts.flatMap(({ attempts }) => attempts.map(({ id }) => id)),
      }
    }

    test.each([1, 2, 3, 100])('gives each message and attempt once, %i at a time', async (limit) => {
      const application = await storedApplication(store())
      const endpoints = [
        await storedEndpoint(store(), application.id),
        await storedEndpoint(store(), application.id),
      ]
      const start = await store().historyEnd()
      const messages = await published(store(), application, [aMessage(), aMessage(), aMessage()])
      const outcomes = messages.flatMap((message) =>
        endpoints.map((endpoint) => anOutcome(keyOf(message, endpoint))),
      )
      for (const outcome of outcomes) await store().recordOutcomes([outcome], t0)
      const [, , last] = messages
      const end = await endBehind(application.id, last ?? { seq: 0 })
      expect(await read(application.id, start, end, limit)).toEqual({
        messages: messages.map(({ id }) => id),
        attempts: outcomes.map(({ attempt }) => attempt.id),
      })
    })

    test('gives them as they were, without payloads and answers', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const start = await store().historyEnd()
      const given = { eventType: 'order.sent', channels: ['eu'], eventId: 'event-1' }
      const message = await publishedOne(store(), application, given)
      const failure = aFailure(keyOf(message, endpoint), null, { durationMs: 7 })
      await store().recordOutcomes([{ ...failure, eventType: 'order.sent' }], t0)
      const end = await endBehind(application.id, message)
      const part = await store().readHistory(application.id, start, end, 10)
      expect(part.messages).toMatchObject([{ ...given, id: message.id, payload: null }])
      const { id, url } = failure.attempt
      expect(part.attempts).toMatchObject([
        {
          id,
          url,
          appId: application.id,
          messageId: message.id,
          endpointId: endpoint.id,
          eventType: 'order.sent',
          status: 'fail',
          responseStatus: 500,
          durationMs: 7,
          startedAt: t0,
        },
      ])
      expect(part.attempts[0]).not.toHaveProperty('responseBody')
    })

    test('ends where it was asked to, and begins behind where it was asked to', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const first = await publishedOne(store(), application)
      await store().recordOutcomes([anOutcome(keyOf(first, endpoint))], t0)
      const between = await endBehind(application.id, first)
      const second = await publishedOne(store(), application)
      const outcome = anOutcome(keyOf(second, endpoint))
      await store().recordOutcomes([outcome], t0)
      const end = await endBehind(application.id, second)
      expect(await read(application.id, between, end, 10)).toEqual({
        messages: [second.id],
        attempts: [outcome.attempt.id],
      })
      const before = await read(application.id, { message: 0, attempt: 0 }, between, 10)
      expect(before.messages).toEqual([first.id])
    })

    test('is that of one application, and none once it is deleted', async () => {
      const application = await storedApplication(store())
      const other = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application)
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
      const [start, end] = [{ message: 0, attempt: 0 }, await endBehind(application.id, message)]
      const nothing = { messages: [], attempts: [] }
      expect(await read(other.id, start, end, 10)).toEqual(nothing)
      expect((await read(application.id, start, end, 10)).messages).toEqual([message.id])
      await store().deleteApplication(application.orgId, application.id, t0)
      expect(await read(application.id, start, end, 10)).toEqual(nothing)
    })

    test('leads nobody back who is beyond its end', async () => {
      const { id } = await storedApplication(store())
      const far = { message: 1e12, attempt: 1e12 }
      const part = await store().readHistory(id, far, await store().historyEnd(), 10)
      expect(part).toEqual({ messages: [], attempts: [], upTo: far })
    })
  })
}
