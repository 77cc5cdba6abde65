import { describe, expect, test } from 'vitest'
import {
  aClaim,
  aGroup,
  aMessage,
  anApplication,
  anOutcome,
  aFailure,
  claimedSeqs,
  hourMs,
  keyOf,
  leasedSeqs,
  oneStore,
  type Open,
  published,
  publishedOne,
  publishOne,
  recoverAll,
  storedApplication,
  storedEndpoint,
  t0,
  unique,
} from './fixtures.ts'

const farMs = 1_000 * 24 * hourMs

export function upkeepConformance(open: Open): void {
  describe('expiry', () => {
    const store = oneStore(open)

    async function expireAll(now: number): Promise<number> {
      let slices = 1
      while (await store().expire(now)) slices++
      return slices
    }

    const holdsPayload = async (appId: string, { id }: { readonly id: string }) =>
      (await store().findMessage(appId, id, true))?.payload !== null

    test('drops the payloads whose time has come', async () => {
      const application = await storedApplication(store())
      const soon = await publishedOne(store(), application, { payloadExpiresAt: t0 + 10 })
      const late = await publishedOne(store(), application, { payloadExpiresAt: t0 + 11 })
      await expireAll(t0 + 9)
      expect(await holdsPayload(application.id, soon)).toBe(true)
      await expireAll(t0 + 10)
      expect(await holdsPayload(application.id, soon)).toBe(false)
      expect(await holdsPayload(application.id, late)).toBe(true)
    })

    test('spares a payload while a delivery needs it', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application, { payloadExpiresAt: t0 + 10 })
      await expireAll(t0 + 10)
      expect(await holdsPayload(application.id, message)).toBe(true)
      const key = keyOf(message, endpoint)
      await store().recordOutcomes([aFailure(key, { dueAt: t0 + 20, attemptCount: 1 })], t0 + 10)
      await expireAll(t0 + 10)
      expect(await holdsPayload(application.id, message)).toBe(true)
      await claimedSeqs(store(), endpoint, t0 + 20)
      await store().recordOutcomes([anOutcome(key)], t0 + 20)
      await expireAll(t0 + 20)
      expect(await holdsPayload(application.id, message)).toBe(false)
    })

    test('works in slices, and payloads that it must spare do not hold up the others', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id, { eventTypes: ['spared'] })
      const spared = Array.from({ length: 600 }, () =>
        aMessage({ eventType: 'spared', payloadExpiresAt: t0 + 1 }),
      )
      const others = Array.from({ length: 600 }, () => aMessage({ payloadExpiresAt: t0 + 2 }))
      await published(store(), application, [...spared, ...others], { fullLanes: 'all' })
      expect(await expireAll(t0 + farMs)).toBeGreaterThan(1)
      const payloads = async (messages: readonly { readonly id: string }[]) =>
        (
          await store().findMessages(
            application.id,
            messages.map(({ id }) => id),
          )
        ).filter(({ payload }) => payload !== null).length
      expect(await payloads(spared)).toBe(600)
      expect(await payloads(others)).toBe(0)
      await store().deleteEndpoint(application.id, endpoint.id, t0)
      while (await store().purgeDeleted(t0)) continue
      await expireAll(t0 + farMs)
      expect(await payloads(spared)).toBe(0)
    })

    test('frees idempotency keys and event ids whose time has come', async () => {
      const application = await storedApplication(store())
      const claim = aClaim({ expiresAt: t0 + 10 })
      const message = aMessage({ eventId: 'order-1', payloadExpiresAt: t0 + 10 })
      await publishOne(store(), aGroup(application, [message], { claim }))
      await expireAll(t0 + 9)
      const again = () => publishOne(store(), aGroup(application, [aMessage()], { claim }))
      expect(await again()).toMatchObject({ kind: 'repeated' })
      expect(await store().findMessage(application.id, 'order-1', false)).not.toBeNull()
      await expireAll(t0 + 10)
      expect(await again()).toMatchObject({ kind: 'published' })
      expect(await store().findMessage(application.id, 'order-1', false)).toBeNull()
    })

    test('leaves void what an expiry of portal tokens has voided', async () => {
      const { id } = await storedApplication(store())
      for (const issuedBefore of [t0, t0 + 5, t0 + hourMs]) {
        await store().expireApplicationTokens(id, issuedBefore, null, issuedBefore)
      }
      await expireAll(t0 + 10)
      expect(await store().isApplicationTokenValid(id, t0 + 4, null, t0 + 10)).toBe(false)
      expect(await store().isApplicationTokenValid(id, t0 + 5, null, t0 + 10)).toBe(true)
      expect(await store().isApplicationTokenValid(id, t0 + 5, null, t0 + hourMs)).toBe(false)
    })
  })

  describe('what was deleted', () => {
    const store = oneStore(open)

    async function purgeAll(now: number): Promise<number> {
      let slices = 1
      while (await store().purgeDeleted(now)) slices++
      return slices
    }

    test('takes the unfinished deliveries of an endpoint with it, and no others', async () => {
      const application = await storedApplication(store())
      const gone = await storedEndpoint(store(), application.id)
      const stays = await storedEndpoint(store(), application.id)
      const messages = Array.from({ length: 501 }, () => aMessage())
      await published(store(), application, messages, { fullLanes: 'all' })
      const inHand = await publishedOne(store(), application)
      await store().deleteEndpoint(application.id, gone.id, t0)
      expect(await purgeAll(t0 + hourMs)).toBeGreaterThan(1)
      expect(await claimedSeqs(store(), gone, t0 + hourMs)).toEqual([])
      expect(await leasedSeqs(store(), gone)).toEqual([])
      expect(await leasedSeqs(store(), stays)).toEqual([inHand.seq])
      expect(await claimedSeqs(store(), stays, t0 + hourMs)).toHaveLength(501)
    })

    test('takes everything of an application with it, and nothing of another', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const other = await storedApplication(store(), { orgId: application.orgId })
      const otherEndpoint = await storedEndpoint(store(), other.id)
      for (const [app, at] of [
        [application, endpoint],
        [other, otherEndpoint],
      ] as const) {
        const [first] = await published(store(), app, [aMessage(), aMessage()])
        if (first === undefined) throw new Error('no message')
        await store().recordOutcomes([anOutcome(keyOf(first, at))], t0)
      }
      await store().deleteApplication(application.orgId, application.id, t0)
      await purgeAll(t0 + hourMs)
      expect(await leasedSeqs(store(), endpoint)).toEqual([])
      expect(await store().applicationStats(application.id, t0, t0 + hourMs)).toEqual([])
      expect(await leasedSeqs(store(), otherEndpoint)).toHaveLength(1)
      expect(await store().applicationStats(other.id, t0, t0 + hourMs)).toHaveLength(1)
      expect(await store().findEndpoint(other.id, otherEndpoint.id)).toEqual(otherEndpoint)
      expect(await purgeAll(t0 + hourMs)).toBe(1)
    })
  })

  describe('the backlog', () => {
    const store = oneStore(open)

    test('tells what waits, and since when the oldest due delivery of an enabled endpoint does', async () => {
      expect(await store().backlog(t0)).toEqual({ deliveries: 0, oldestDueAt: null })
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const messages = [aMessage({ createdAt: t0 + 5 }), aMessage({ createdAt: t0 + 3 })]
      await published(store(), application, messages, { fullLanes: 'all' })
      expect(await store().backlog(t0 + 2)).toEqual({ deliveries: 2, oldestDueAt: null })
      expect(await store().backlog(t0 + 9)).toEqual({ deliveries: 2, oldestDueAt: t0 + 3 })
      const keep = { resetHealth: false, claim: null }
      await store().replaceEndpoint({ ...endpoint, disabledReason: 'operator', version: 2 }, keep)
      expect(await store().backlog(t0 + 9)).toEqual({ deliveries: 2, oldestDueAt: null })
    })
  })

  describe('the store', () => {
    const store = oneStore(open)

    test('answers a probe once a commit has succeeded', async () => {
      expect(await store().probe()).toBeUndefined()
      expect(await store().probe()).toBeUndefined()
    })

    test('remembers the first value of a setting', async () => {
      const name = unique('setting')
      expect(await store().setting(name, 'first')).toBe('first')
      expect(await store().setting(name, 'second')).toBe('first')
    })

    test('carries out many calls at once, each with its own result', async () => {
      const { orgId } = anApplication()
      const uids = Array.from({ length: 300 }, (_, index) => `uid-${index % 150}`)
      const results = await Promise.all(
        uids.map((uid) => store().insertApplication(anApplication({ orgId, uid }), null)),
      )
      expect(results.filter(({ kind }) => kind === 'stored')).toHaveLength(150)
      expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(150)
    })

    test('tells a change to every listener', async () => {
      const { orgId, id } = await storedApplication(store())
      const heard = Promise.all(
        [1, 2].map(
          () =>
            new Promise((resolve) =>
              store().onNotice((notice) => {
                if (notice.kind === 'application-deleted' && notice.appId === id) resolve(notice)
              }),
            ),
        ),
      )
      await store().deleteApplication(orgId, id, t0)
      expect(await heard).toEqual([
        { kind: 'application-deleted', appId: id },
        { kind: 'application-deleted', appId: id },
      ])
      await recoverAll(store(), t0)
    })
  })
}
