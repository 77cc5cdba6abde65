import { describe, expect, test } from 'vitest'
import { maxInterruptions, maxInterruptionsTogether } from '#core/delivery.ts'
import type { Endpoint } from '#core/endpoint.ts'
import {
  aFailure,
  aMessage,
  anOutcome,
  anyAttempt,
  aPage,
  claimedSeqs,
  entriesOf,
  hourMs,
  keyOf,
  leasedSeqs,
  oneStore,
  only,
  type Open,
  published,
  publishedOne,
  received,
  recoverAll,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

export function recoveryConformance(open: Open): void {
  describe('what a dead process had in hand', () => {
    const store = oneStore(open)

    async function inHand(over: Parameters<typeof publishedOne>[2] = {}) {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, over)
      return { application, endpoint, message }
    }

    const attemptsAt = async ({ appId, id }: Endpoint) =>
      entriesOf(
        await store().listAttempts(appId, { endpointId: id, messageSeq: null }, aPage(), anyAttempt, false),
      )

    async function claimOne({ appId, id }: Endpoint) {
      const { deliveries } = await store().claimDeliveries([{ appId, endpointId: id, max: 9 }], t0 + hourMs)
      return deliveries[0] ?? null
    }

    /** From in hand, through as many deaths as make it a suspect; it is claimed again before each. */
    async function dieTogether(endpoint: Endpoint): Promise<void> {
      await recoverAll(store(), t0)
      for (let deaths = 1; deaths <= maxInterruptionsTogether; deaths++) {
        expect(await claimOne(endpoint)).not.toBeNull()
        await recoverAll(store(), t0)
      }
    }

    test('is pending again with a record that consumes nothing of the schedule', async () => {
      const { endpoint, message } = await inHand()
      const key = keyOf(message, endpoint)
      await store().recordOutcomes([aFailure(key, { dueAt: t0, attemptCount: 2 })], t0)
      await claimedSeqs(store(), endpoint, t0)
      const { heldBack } = await recoverAll(store(), t0 + 50)
      expect(heldBack).toEqual([])
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await claimOne(endpoint)).toMatchObject({ ...key, attemptCount: 2, interruptions: 1, dueAt: t0 })
      expect((await attemptsAt(endpoint)).at(-1)).toMatchObject({
        status: 'interrupted',
        messageId: message.id,
        trigger: 'scheduled',
        startedAt: t0 + 50,
        responseStatus: 0,
      })
    })

    test('leaves alone what only waited', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, {}, { fullLanes: 'all' })
      await recoverAll(store(), t0)
      expect(await attemptsAt(endpoint)).toEqual([])
      const request = { appId: application.id, endpointId: endpoint.id, max: 1 }
      const { deliveries } = await store().claimDeliveries([request], t0)
      expect(only(deliveries)).toMatchObject({ messageSeq: message.seq, interruptions: 0 })
    })

    test('is taken over in slices that end', async () => {
      await recoverAll(store(), t0)
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const messages = Array.from({ length: 1_100 }, () => aMessage())
      await published(store(), application, messages)
      expect((await recoverAll(store(), t0)).recovered).toBe(1_100)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect((await recoverAll(store(), t0)).recovered).toBe(0)
    })

    test('becomes a suspect after several deaths in a row, sent one at a time', async () => {
      const { endpoint, message } = await inHand({ received })
      await dieTogether(endpoint)
      expect(await claimOne(endpoint)).toBeNull()
      expect((await store().dueLanes()).some(({ endpointId }) => endpointId === endpoint.id)).toBe(false)
      expect(await store().claimSuspect(t0 - 1)).toBeNull()
      const suspect = await store().claimSuspect(t0)
      expect(suspect).toMatchObject({
        ...keyOf(message, endpoint),
        interruptions: maxInterruptionsTogether + 1,
        message: { id: message.id, payload: '{"a":1}', received },
      })
      expect(await store().claimSuspect(t0)).toBeNull()
      expect(await leasedSeqs(store(), endpoint)).toEqual([message.seq])
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
    })

    test('is no suspect any more once an attempt has ended', async () => {
      const { endpoint, message } = await inHand()
      await dieTogether(endpoint)
      await store().claimSuspect(t0)
      const failure = aFailure(keyOf(message, endpoint), { dueAt: t0 + 1, attemptCount: 1 })
      await store().recordOutcomes([failure], t0)
      expect(await claimOne(endpoint)).toMatchObject({ interruptions: 0, attemptCount: 1 })
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
    })

    test('waits as a suspect while its endpoint is disabled', async () => {
      const { endpoint, message } = await inHand()
      await dieTogether(endpoint)
      const keep = { resetHealth: false, claim: null }
      await store().replaceEndpoint({ ...endpoint, disabledReason: 'operator', version: 2 }, keep)
      expect(await store().claimSuspect(t0)).toBeNull()
      await store().replaceEndpoint({ ...endpoint, version: 3 }, keep)
      expect(await store().claimSuspect(t0)).toMatchObject(keyOf(message, endpoint))
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
    })

    test('is held back for good and reported after too many deaths, and a person can send it again', async () => {
      const { application, endpoint, message } = await inHand()
      await dieTogether(endpoint)
      const reports = []
      for (let deaths = maxInterruptionsTogether + 2; deaths <= maxInterruptions; deaths++) {
        expect(await store().claimSuspect(t0)).toMatchObject(keyOf(message, endpoint))
        reports.push((await recoverAll(store(), t0)).heldBack)
      }
      const last = reports.pop()
      expect(reports.flat()).toEqual([])
      expect(last).toEqual([{ messageId: message.id, endpointId: endpoint.id }])
      expect(await store().claimSuspect(t0 + hourMs)).toBeNull()
      expect(await claimOne(endpoint)).toBeNull()
      const statuses = (await attemptsAt(endpoint)).map(({ status }) => status)
      expect(statuses).toEqual(Array.from({ length: maxInterruptions }, () => 'interrupted'))
      const of = { endpointId: endpoint.id, messageSeq: message.seq }
      const { standing } = only(
        entriesOf(await store().listMessageEndpoints(application.id, of.messageSeq, aPage())),
      )
      expect(standing).toEqual({ state: 'fail', nextAttemptAt: null })
      await store().insertManualDelivery(keyOf(message, endpoint, 'manual'), t0, null)
      expect(await claimOne(endpoint)).toMatchObject({ trigger: 'manual', interruptions: 0 })
    })
  })
}
