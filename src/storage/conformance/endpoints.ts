import { describe, expect, test } from 'vitest'
import {
  aClaim,
  anApplication,
  anEndpoint,
  anOrg,
  anOutcome,
  aPage,
  entriesOf,
  keyOf,
  noticed,
  oneStore,
  type Open,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
  unique,
} from './fixtures.ts'

const keepHealth = { resetHealth: false, claim: null }

export function endpointConformance(open: Open): void {
  describe('endpoints', () => {
    const store = oneStore(open)

    test('come back as they were stored, by id and by uid, with every field set', async () => {
      const { id: appId } = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), appId, {
        uid: unique('uid'),
        description: 'Ship "it"\n',
        disabledReason: 'gone',
        eventTypes: ['order.paid', 'order.sent'],
        channels: ['eu'],
        metadata: { team: 'a' },
        throttleRate: 3,
        retryScheduleMs: [1, 2, 3],
        successRule: { statusCodes: [202], body: { pointer: '/ok', equals: true } },
        sealedHeaders: 'headers',
        updatedAt: t0 + 9,
        failingSince: t0 + 3,
        version: 4,
      })
      expect(await store().findEndpoint(appId, endpoint.id)).toEqual(endpoint)
      expect(await store().findEndpoint(appId, endpoint.uid ?? '')).toEqual(endpoint)
    })

    test('come back as they were stored with nothing set', async () => {
      const { id: appId } = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), appId)
      expect(await store().findEndpoint(appId, endpoint.id)).toEqual(endpoint)
    })

    test('are seen through their own application only', async () => {
      const { id: appId } = await storedApplication(store())
      const other = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), appId, { uid: unique('uid') })
      expect(await store().findEndpoint(other.id, endpoint.id)).toBeNull()
      expect(await store().findEndpoint(other.id, endpoint.uid ?? '')).toBeNull()
      expect(await store().loadEndpoints([{ appId: other.id, endpointId: endpoint.id }])).toEqual([])
      expect(entriesOf(await store().listEndpoints(other.id, aPage()))).toEqual([])
      expect(await store().listEndpoints(other.id, aPage({ after: endpoint.id }))).toEqual({
        kind: 'bad-iterator',
      })
      const changed = { ...endpoint, appId: other.id, url: 'https://evil.example', version: 2 }
      expect(await store().replaceEndpoint(changed, keepHealth)).toEqual({ kind: 'stale' })
      expect(await store().deleteEndpoint(other.id, endpoint.id, t0)).toBe(false)
      expect(await store().findEndpoint(appId, endpoint.id)).toEqual(endpoint)
    })

    test('need an application', async () => {
      expect(await store().insertEndpoint(anEndpoint(anApplication().id), null)).toEqual({ kind: 'missing' })
    })

    test('share no uid inside an application; in another it is free', async () => {
      const { id: appId } = await storedApplication(store())
      const { uid } = await storedEndpoint(store(), appId, { uid: unique('uid') })
      const claim = aClaim()
      expect(await store().insertEndpoint(anEndpoint(appId, { uid }), claim)).toEqual({ kind: 'conflict' })
      expect(await store().insertEndpoint(anEndpoint(appId), claim)).toEqual({ kind: 'stored' })
      const other = await storedApplication(store())
      expect(await store().insertEndpoint(anEndpoint(other.id, { uid }), null)).toEqual({ kind: 'stored' })
    })

    test('are created once under one idempotency key', async () => {
      const { id: appId } = await storedApplication(store())
      const endpoint = anEndpoint(appId)
      const claim = aClaim({ subject: endpoint.id })
      await store().insertEndpoint(endpoint, claim)
      expect(await store().insertEndpoint(anEndpoint(appId), claim)).toEqual({
        kind: 'repeated',
        subject: endpoint.id,
      })
      expect(await store().insertEndpoint(anEndpoint(appId), { ...claim, requestHash: 'other' })).toEqual({
        kind: 'key-reused',
      })
      expect(entriesOf(await store().listEndpoints(appId, aPage()))).toEqual([endpoint])
    })

    test('are loaded many at a time, those that exist', async () => {
      const one = await storedEndpoint(store(), (await storedApplication(store())).id)
      const two = await storedEndpoint(store(), (await storedApplication(store())).id)
      const gone = await storedEndpoint(store(), two.appId)
      await store().deleteEndpoint(gone.appId, gone.id, t0)
      const keys = [one, gone, two, anEndpoint(one.appId)].map(({ appId, id }) => ({ appId, endpointId: id }))
      const loaded = await store().loadEndpoints(keys)
      expect(loaded).toHaveLength(2)
      expect(loaded).toEqual(expect.arrayContaining([one, two]))
    })

    test('are replaced only from the version before, and the change is announced', async () => {
      const { id: appId } = await storedApplication(store())
      const first = await storedEndpoint(store(), appId)
      const second = { ...first, url: 'https://receiver.example/two', channels: ['eu'], version: 2 }
      const notice = noticed(
        store(),
        (each) => each.kind === 'endpoint-changed' && each.endpointId === first.id,
      )
      expect(await store().replaceEndpoint(second, keepHealth)).toEqual({ kind: 'stored' })
      expect(await notice).toEqual({ kind: 'endpoint-changed', appId, endpointId: first.id })
      expect(await store().replaceEndpoint({ ...first, version: 2 }, keepHealth)).toEqual({ kind: 'stale' })
      expect(await store().findEndpoint(appId, first.id)).toEqual(second)
    })

    test('cannot take the uid of another when they are replaced, and keep their own', async () => {
      const { id: appId } = await storedApplication(store())
      const { uid } = await storedEndpoint(store(), appId, { uid: unique('uid') })
      const other = await storedEndpoint(store(), appId, { uid: unique('uid') })
      const claim = aClaim()
      expect(
        await store().replaceEndpoint({ ...other, uid, version: 2 }, { resetHealth: false, claim }),
      ).toEqual({ kind: 'conflict' })
      expect(await store().replaceEndpoint({ ...other, version: 2 }, { resetHealth: false, claim })).toEqual({
        kind: 'stored',
      })
    })

    test('are replaced once under one idempotency key, and a stale write leaves the key free', async () => {
      const { id: appId } = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), appId)
      const claim = aClaim({ subject: 'rotated' })
      const options = { resetHealth: false, claim }
      expect(await store().replaceEndpoint({ ...endpoint, version: 9 }, options)).toEqual({ kind: 'stale' })
      expect(await store().replaceEndpoint({ ...endpoint, version: 2 }, options)).toEqual({ kind: 'stored' })
      expect(await store().replaceEndpoint({ ...endpoint, version: 3 }, options)).toEqual({
        kind: 'repeated',
        subject: 'rotated',
      })
      expect((await store().findEndpoint(appId, endpoint.id))?.version).toBe(2)
    })

    test('keep since when they fail through a replacement, unless their health is reset', async () => {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const message = await publishedOne(store(), application)
      const health = { failingSince: t0 + 42, disable: null }
      await store().recordOutcomes([anOutcome(keyOf(message, endpoint), { health })], t0)
      const failingSince = async () => (await store().findEndpoint(application.id, endpoint.id))?.failingSince
      expect(await failingSince()).toBe(t0 + 42)
      await store().replaceEndpoint({ ...endpoint, failingSince: t0, version: 2 }, keepHealth)
      expect(await failingSince()).toBe(t0 + 42)
      const reset = { resetHealth: true, claim: null }
      await store().replaceEndpoint({ ...endpoint, failingSince: t0, version: 3 }, reset)
      expect(await failingSince()).toBeNull()
    })

    test('are invisible once deleted, which is announced, and their uid is free', async () => {
      const application = await storedApplication(store())
      const { id: appId } = application
      const endpoint = await storedEndpoint(store(), appId, { uid: unique('uid') })
      const notice = noticed(
        store(),
        (each) => each.kind === 'endpoint-changed' && each.endpointId === endpoint.id,
      )
      expect(await store().deleteEndpoint(appId, endpoint.id, t0)).toBe(true)
      await notice
      expect(await store().deleteEndpoint(appId, endpoint.id, t0)).toBe(false)
      expect(await store().findEndpoint(appId, endpoint.id)).toBeNull()
      expect(await store().findEndpoint(appId, endpoint.uid ?? '')).toBeNull()
      expect(entriesOf(await store().listEndpoints(appId, aPage()))).toEqual([])
      expect(await store().replaceEndpoint({ ...endpoint, version: 2 }, keepHealth)).toEqual({
        kind: 'stale',
      })
      const next = anEndpoint(appId, { uid: endpoint.uid })
      expect(await store().insertEndpoint(next, null)).toEqual({ kind: 'stored' })
    })

    test('decide who gets the very next message, whatever changed', async () => {
      const application = await storedApplication(store())
      const handed = async () => (await publishedOne(store(), application)).handed
      expect(await handed()).toEqual([])
      const endpoint = await storedEndpoint(store(), application.id)
      expect(await handed()).toEqual([endpoint.id])
      await store().replaceEndpoint({ ...endpoint, eventTypes: ['other'], version: 2 }, keepHealth)
      expect(await handed()).toEqual([])
      await store().replaceEndpoint({ ...endpoint, version: 3 }, keepHealth)
      expect(await handed()).toEqual([endpoint.id])
      await store().replaceEndpoint({ ...endpoint, disabledReason: 'operator', version: 4 }, keepHealth)
      expect(await handed()).toEqual([])
      await store().replaceEndpoint({ ...endpoint, version: 5 }, keepHealth)
      await store().deleteEndpoint(application.id, endpoint.id, t0)
      expect(await handed()).toEqual([])
    })

    test('are counted over the organisation', async () => {
      const orgId = anOrg()
      const one = await storedApplication(store(), { orgId })
      const two = await storedApplication(store(), { orgId })
      await storedEndpoint(store(), one.id)
      await storedEndpoint(store(), two.id)
      await storedEndpoint(store(), two.id, { disabledReason: 'failing' })
      const gone = await storedEndpoint(store(), two.id)
      await store().deleteEndpoint(two.id, gone.id, t0)
      expect(await store().countEndpoints(orgId)).toEqual({ active: 2, disabled: 1 })
      expect(await store().countEndpoints(anOrg())).toEqual({ active: 0, disabled: 0 })
    })
  })
}
