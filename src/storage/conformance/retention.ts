import { describe, expect, test } from 'vitest'
import type { Application } from '#core/application.ts'
import type { Endpoint } from '#core/endpoint.ts'
import { newId } from '#core/ids.ts'
import {
  aFailure,
  aGroup,
  aMessage,
  anOutcome,
  anyAttempt,
  anyMessage,
  aPage,
  claimedSeqs,
  entriesOf,
  fannedOut,
  hourMs,
  keyOf,
  oneStore,
  only,
  type Open,
  type Published,
  published,
  publishedOne,
  received,
  publishOne,
  recoverAll,
  storedApplication,
  storedEndpoint,
} from './fixtures.ts'

const dayMs = 24 * hourMs
const retentionMs = 10 * dayMs

export function retentionConformance(open: Open): void {
  describe('retention', () => {
    const store = oneStore(open)
    /** Goes on from the database's own clock, by which history may be divided. */
    let now = Date.now()

    async function dropAll(): Promise<void> {
      while (await store().dropHistory(now, retentionMs)) continue
    }

    /** What was stored by now may be told from what comes. */
    async function daysLater(): Promise<void> {
      now += 2 * dayMs
      await dropAll()
    }

    /** What was stored before `daysLater` is older than the retention, what came after it is not. */
    async function retentionLater(): Promise<void> {
      now += retentionMs
      await dropAll()
    }

    const young = (): number => now + retentionMs
    const finds = async (appId: string, { id }: { readonly id: string }) =>
      (await store().findMessage(appId, id, true)) !== null
    const idsOf = async (application: Application, page = aPage({ order: 'descending' })) =>
      entriesOf(await store().listMessages(application.id, page, anyMessage, true)).map(({ id }) => id)
    const attemptsAt = async ({ appId, id }: Endpoint) => {
      const of = { endpointId: id, messageSeq: null }
      const page = aPage({ order: 'descending' })
      return entriesOf(await store().listAttempts(appId, of, page, anyAttempt, true)).map(
        ({ message }) => message?.id,
      )
    }

    async function scene(): Promise<{ readonly application: Application; readonly endpoint: Endpoint }> {
      const application = await storedApplication(store())
      return { application, endpoint: await storedEndpoint(store(), application.id) }
    }

    async function delivered(application: Application, endpoint: Endpoint, at: number): Promise<Published> {
      const message = await publishedOne(store(), application, { createdAt: at })
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint), { attempt: { startedAt: at } })], at)
      return message
    }

    test('drops messages with their attempts and counts when they are old, and no others', async () => {
      const { application, endpoint } = await scene()
      const old = await delivered(application, endpoint, now)
      await daysLater()
      expect(await finds(application.id, old)).toBe(true)
      const recent = await delivered(application, endpoint, young())
      await retentionLater()
      expect(await finds(application.id, old)).toBe(false)
      expect(await store().findMessages(application.id, [old.id, recent.id])).toHaveLength(1)
      expect(await idsOf(application)).toEqual([recent.id])
      expect(await attemptsAt(endpoint)).toEqual([recent.id])
      expect(await store().countAttempts(application.id, endpoint.id, anyAttempt)).toBe(1)
      const stats = await store().applicationStats(application.id, 0, now + dayMs)
      expect(only(stats)).toMatchObject({ success: 1, hourAt: now - (now % hourMs) })
      expect(await store().endpointStats(application.id, endpoint.id, 0, now + dayMs)).toMatchObject({
        success: 1,
      })
    })

    test('keeps a message that waits for an endpoint until it was delivered there', async () => {
      const { application, endpoint } = await scene()
      const options = { fullLanes: 'all' } as const
      const content = { createdAt: now, eventId: 'waits', received }
      const waits = await publishedOne(store(), application, content, options)
      const inHand = await publishedOne(store(), application, { createdAt: now })
      const failed = await publishedOne(store(), application, { createdAt: now })
      const due = { dueAt: now, attemptCount: 1 }
      await store().recordOutcomes([aFailure(keyOf(failed, endpoint), due, { startedAt: now })], now)
      const gone = await delivered(application, endpoint, now)
      await daysLater()
      const recent = await delivered(application, endpoint, young())
      await retentionLater()

      expect(await idsOf(application)).toEqual([recent.id, failed.id, inHand.id, waits.id])
      const limited = aPage({ limit: 2, after: waits.id })
      expect(await idsOf(application, limited)).toEqual([inHand.id, failed.id])
      const backwards = aPage({ limit: 2, after: inHand.id, order: 'descending', backwards: true })
      expect(await idsOf(application, backwards)).toEqual([recent.id, failed.id])
      expect(await store().findMessage(application.id, 'waits', true)).toMatchObject({
        id: waits.id,
        received,
      })
      expect(await finds(application.id, gone)).toBe(false)

      expect(await claimedSeqs(store(), endpoint, now)).toEqual([waits.seq, failed.seq])
      const all = [waits, inHand, failed]
      const outcomes = all.map((each) => anOutcome(keyOf(each, endpoint), { attempt: { startedAt: now } }))
      await store().recordOutcomes(outcomes, now)
      expect(await attemptsAt(endpoint)).toEqual([failed.id, inHand.id, waits.id, recent.id])
      expect(await store().countAttempts(application.id, endpoint.id, anyAttempt)).toBe(4)
      const { id } = only(outcomes.slice(0, 1)).attempt
      expect(await store().findAttempt(application.id, waits.seq, id)).toMatchObject({ messageId: waits.id })
      const at = entriesOf(await store().listMessageEndpoints(application.id, waits.seq, aPage()))
      expect(only(at)).toMatchObject({ id: endpoint.id, standing: { state: 'success' } })
      const messages = entriesOf(
        await store().listEndpointMessages(application.id, endpoint.id, aPage(), anyAttempt, true),
      )
      expect(messages.map((each) => each.id)).toEqual([recent.id, waits.id, inHand.id, failed.id])

      await dropAll()
      expect(await idsOf(application)).toEqual([recent.id])
      expect(await attemptsAt(endpoint)).toEqual([recent.id])
    })

    test('keeps what is in hand at a death for whoever takes it over, and what is then canceled', async () => {
      const { application, endpoint } = await scene()
      const messages = await published(store(), application, [
        aMessage({ createdAt: now }),
        aMessage({ createdAt: now }),
      ])
      await daysLater()
      await publishedOne(store(), application, { createdAt: young() }, { onlyEndpointId: 'ep_none' })
      await retentionLater()
      await recoverAll(store(), now)
      expect(await claimedSeqs(store(), endpoint, now, 1)).toEqual([messages[0]?.seq])
      expect(await store().cancelDeliveries(application.id, endpoint.id, now, now)).toMatchObject({
        canceled: 1,
      })
      await store().recordOutcomes(
        messages.slice(0, 1).map((each) => anOutcome(keyOf(each, endpoint), { attempt: { startedAt: now } })),
        now,
      )
      expect((await attemptsAt(endpoint)).length).toBe(4)
      await dropAll()
      expect(await attemptsAt(endpoint)).toEqual([])
    })

    test('keeps a message whose fan-out is under way', async () => {
      const application = await storedApplication(store())
      const endpoints: Endpoint[] = []
      for (let made = 0; made < 150; made++) endpoints.push(await storedEndpoint(store(), application.id))
      const message = await publishedOne(store(), application, { createdAt: now })
      expect(message.isPartial).toBe(true)
      const handed = endpoints.filter(({ id }) => message.handed.includes(id))
      await store().recordOutcomes(
        handed.map((endpoint) => anOutcome(keyOf(message, endpoint), { attempt: { startedAt: now } })),
        now,
      )
      await daysLater()
      await publishedOne(store(), application, { createdAt: young() }, { onlyEndpointId: 'ep_none' })
      await retentionLater()
      expect(await finds(application.id, message)).toBe(true)
      const slices = await fannedOut(store())
      const own = slices.filter((slice) => slice.message.id === message.id)
      expect(own.flatMap((slice) => [...slice.handed, ...slice.kept]).length).toBe(150 - handed.length)
      expect(own[0]?.message.payload).toBe('{"a":1}')
    })

    test('leaves an event id taken for its own time, though its message is gone', async () => {
      const { application, endpoint } = await scene()
      const payloadExpiresAt = now + 90 * dayMs
      const over = { createdAt: now, eventId: 'order-1', payloadExpiresAt }
      const message = await publishedOne(store(), application, over)
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], now)
      await daysLater()
      await publishedOne(store(), application, { createdAt: young() })
      await retentionLater()
      expect(await store().findMessage(application.id, 'order-1', false)).toBeNull()
      const again = async (at: number) =>
        await publishOne(store(), aGroup(application, [aMessage({ ...over, id: newId('msg_', at) })]), [], at)
      expect(await again(now)).toMatchObject({ results: [{ kind: 'event-id-taken' }] })
      while (await store().expire(payloadExpiresAt)) continue
      expect(await again(payloadExpiresAt)).toMatchObject({ results: [{ kind: 'stored' }] })
    })

    test('leaves nothing that a replay or a resend could send again', async () => {
      const { application, endpoint } = await scene()
      const old = await delivered(application, endpoint, now)
      const kept = await publishedOne(store(), application, { createdAt: now }, { fullLanes: 'all' })
      await daysLater()
      const recent = await delivered(application, endpoint, young())
      await retentionLater()
      const filter = {
        since: 0,
        until: now,
        eventTypes: null,
        channel: null,
        tag: null,
        status: null,
        statusClass: null,
      }
      const input = { kind: 'endpoint.replay', endpointId: endpoint.id, filter } as const
      const task = { orgId: application.orgId, appId: application.id, id: newId('qtask_', now), input }
      const times = { createdAt: now, updatedAt: now }
      await store().insertTask({ ...task, status: 'running', data: {}, cursor: 0, ...times }, null)
      const slice = () => store().replaySlice(task.id, application.id, endpoint.id, filter, 'any', now)
      expect(await slice()).toEqual({ replayed: 1, done: true })
      const resent = await store().insertManualDelivery(keyOf(old, endpoint, 'manual'), now, null)
      expect(resent).toEqual({ kind: 'no-content' })
      expect(await claimedSeqs(store(), endpoint, now)).toEqual([kept.seq, recent.seq])
    })

    test('drops background tasks that ended, and none that runs', async () => {
      const orgId = newId('org_', now)
      const input = { kind: 'application.stats', appIds: null, since: 0, until: 0 } as const
      const times = { createdAt: now, updatedAt: now }
      const tasks = (['running', 'finished', 'failed'] as const).map((status) => ({
        orgId,
        appId: null,
        id: newId('qtask_', now),
        input,
        status,
        data: {},
        cursor: 0,
        ...times,
      }))
      for (const task of tasks) await store().insertTask(task, null)
      await daysLater()
      await retentionLater()
      const left = entriesOf(await store().listTasks(orgId, aPage(), { status: null, kind: null }))
      expect(left.map(({ status }) => status)).toEqual(['running'])
    })
  })
}
