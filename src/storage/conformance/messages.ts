import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MessageFilter } from '../storage.ts'
import {
  aMessage,
  anOutcome,
  anyAttempt,
  anyMessage,
  aPage,
  entriesOf,
  keyOf,
  oneStore,
  type Open,
  only,
  published,
  publishedOne,
  received,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

export function messageConformance(open: Open): void {
  describe('messages', () => {
    const store = oneStore(open)

    test('come back as they were published, by id and by event id, in their own application only', async () => {
      const application = await storedApplication(store())
      const message = aMessage({
        eventId: 'order-7',
        channels: ['eu', 'us'],
        tags: ['x'],
        deliverAt: t0 + 60_000,
      })
      const [{ seq } = { seq: 0 }] = await published(store(), application, [message])
      const whole = { ...message, appId: application.id, seq }
      expect(await store().findMessage(application.id, message.id, true)).toEqual(whole)
      expect(await store().findMessage(application.id, 'order-7', true)).toEqual(whole)
      expect(await store().findMessage(application.id, message.id, false)).toEqual({
        ...whole,
        payload: null,
      })
      expect(await store().findMessages(application.id, [message.id, 'msg_unknown'])).toEqual([whole])
      const other = await storedApplication(store())
      expect(await store().findMessage(other.id, message.id, true)).toBeNull()
      expect(await store().findMessage(other.id, 'order-7', true)).toBeNull()
      expect(await store().findMessages(other.id, [message.id])).toEqual([])
      expect(entriesOf(await store().listMessages(other.id, aPage(), anyMessage, true))).toEqual([])
    })

    test('that were received keep their headers and encoding, wherever they are found', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = aMessage({ eventId: 'delivery-7', received, payload: '/wD+', contentType: 'image/png' })
      const [{ seq } = { seq: 0 }] = await published(store(), application, [message])
      await store().recordOutcomes([anOutcome(keyOf({ seq }, endpoint))], t0)
      const { id: appId } = application
      const ofEndpoint = { endpointId: endpoint.id, messageSeq: null }
      for (const withPayload of [true, false]) {
        const wanted = { ...message, appId, seq, payload: withPayload ? '/wD+' : null }
        expect(await store().findMessage(appId, message.id, withPayload)).toEqual(wanted)
        expect(await store().findMessage(appId, 'delivery-7', withPayload)).toEqual(wanted)
        const all = entriesOf(await store().listMessages(appId, aPage(), anyMessage, withPayload))
        expect(all).toEqual([wanted])
        const there = await store().listEndpointMessages(appId, endpoint.id, aPage(), anyAttempt, withPayload)
        expect(only(entriesOf(there))).toMatchObject(wanted)
      }
      const whole = { ...message, appId, seq }
      expect(await store().findMessages(appId, [message.id])).toEqual([whole])
      const attempts = await store().listAttempts(appId, ofEndpoint, aPage(), anyAttempt, true)
      expect(only(entriesOf(attempts)).message).toEqual(whole)
    })

    test('keep the payload to the last byte', async () => {
      const application = await storedApplication(store())
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 300 }), async (text) => {
          const payload = `{ "b":1, "a": 12345678901234567890.10, "a":"\\u00e9", "t": ${JSON.stringify(text)} }`
          const { id } = await publishedOne(store(), application, { payload })
          expect((await store().findMessage(application.id, id, true))?.payload).toBe(payload)
        }),
        { numRuns: 25 },
      )
    })

    test('are listed by channel, tag, event type and creation, the bounds exclusive', async () => {
      const application = await storedApplication(store())
      await published(store(), application, [
        aMessage({ id: 'msg_a', eventType: 'one', channels: ['eu', 'us'], tags: ['t1'], createdAt: t0 }),
        aMessage({ id: 'msg_b', eventType: 'two', channels: ['us'], createdAt: t0 + 10 }),
        aMessage({ id: 'msg_c', eventType: 'three', tags: ['t1', 't2'], createdAt: t0 + 20 }),
      ])
      const ids = async (filter: Partial<MessageFilter>) =>
        entriesOf(
          await store().listMessages(application.id, aPage(), { ...anyMessage, ...filter }, false),
        ).map(({ id }) => id)
      expect(await ids({})).toEqual(['msg_a', 'msg_b', 'msg_c'])
      expect(await ids({ channel: 'us' })).toEqual(['msg_a', 'msg_b'])
      expect(await ids({ channel: 'e' })).toEqual([])
      expect(await ids({ tag: 't1' })).toEqual(['msg_a', 'msg_c'])
      expect(await ids({ tag: 't1', channel: 'eu' })).toEqual(['msg_a'])
      expect(await ids({ eventTypes: ['two', 'three'] })).toEqual(['msg_b', 'msg_c'])
      expect(await ids({ eventTypes: [] })).toEqual([])
      expect(await ids({ before: t0 + 10 })).toEqual(['msg_a'])
      expect(await ids({ after: t0 + 10 })).toEqual(['msg_c'])
      expect(await ids({ after: t0, before: t0 + 20 })).toEqual(['msg_b'])
    })

    test('are listed without their payloads unless those are asked for', async () => {
      const application = await storedApplication(store())
      await publishedOne(store(), application, { payload: '[1]' })
      const payloads = async (withPayload: boolean) =>
        entriesOf(await store().listMessages(application.id, aPage(), anyMessage, withPayload)).map(
          ({ payload }) => payload,
        )
      expect(await payloads(true)).toEqual(['[1]'])
      expect(await payloads(false)).toEqual([null])
    })

    test('lose their payload and nothing else when they are expunged', async () => {
      const application = await storedApplication(store())
      const other = await storedApplication(store())
      const { id, seq } = await publishedOne(store(), application, {
        received: { headers: [['x-name', 'Ada']], encoding: 'utf8' },
      })
      const before = await store().findMessage(application.id, id, true)
      expect(before?.received?.headers).toEqual([['x-name', 'Ada']])
      await store().expungeMessage(other.id, seq)
      expect(await store().findMessage(application.id, id, true)).toEqual(before)
      await store().expungeMessage(application.id, seq)
      expect(await store().findMessage(application.id, id, true)).toEqual({
        ...before,
        payload: null,
        received: null,
      })
    })

    test('have a taker where an enabled endpoint subscribes to them', async () => {
      const { id } = await storedApplication(store())
      const hasTaker = (eventType: string, channels: readonly string[] | null) =>
        store().hasTaker(id, { eventType, channels })
      expect(await hasTaker('a', null)).toBe(false)
      await storedEndpoint(store(), id, { disabledReason: 'operator' })
      const gone = await storedEndpoint(store(), id)
      expect(await hasTaker('a', null)).toBe(true)
      await store().deleteEndpoint(id, gone.id, t0)
      expect(await hasTaker('a', null)).toBe(false)
      await storedEndpoint(store(), id, { eventTypes: ['a'], channels: ['eu'] })
      expect(await hasTaker('a', ['eu'])).toBe(true)
      expect(await hasTaker('a', null)).toBe(false)
      expect(await hasTaker('b', ['eu'])).toBe(false)
    })
  })
}
