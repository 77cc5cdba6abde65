import { describe, expect, test } from 'vitest'
import {
  aClaim,
  aMessage,
  anApplication,
  anEndpoint,
  anOrg,
  anOutcome,
  anyAttempt,
  anyMessage,
  aPage,
  entriesOf,
  hourMs,
  keyOf,
  noticed,
  oneStore,
  type Open,
  published,
  only,
  storedApplication,
  storedEndpoint,
  t0,
  unique,
} from './fixtures.ts'

const everything = { excludeWithoutEndpoints: false, excludeWithDisabledEndpoints: false }

export function applicationConformance(open: Open): void {
  describe('applications', () => {
    const store = oneStore(open)

    test('are found whole by id and by uid, in their own organisation only', async () => {
      const application = await storedApplication(store(), {
        uid: unique('uid'),
        throttleRate: 7,
        metadata: { plan: 'gold', ключ: 'значение' },
        updatedAt: t0 + 5,
      })
      const { orgId, id, uid } = application
      expect(await store().findApplication(orgId, id)).toEqual(application)
      expect(await store().findApplication(orgId, uid ?? '')).toEqual(application)
      expect(await store().findApplication(anOrg(), id)).toBeNull()
      expect(await store().findApplication(anOrg(), uid ?? '')).toBeNull()
    })

    test('share no uid inside an organisation; in another it is free', async () => {
      const { orgId, uid } = await storedApplication(store(), { uid: unique('uid') })
      expect(await store().insertApplication(anApplication({ orgId, uid }), null)).toEqual({
        kind: 'conflict',
      })
      expect(await store().insertApplication(anApplication({ uid }), null)).toEqual({ kind: 'stored' })
    })

    test('are created once under one idempotency key, and the key tells another request', async () => {
      const application = anApplication()
      const claim = aClaim({ subject: application.id })
      expect(await store().insertApplication(application, claim)).toEqual({ kind: 'stored' })
      const again = anApplication({ orgId: application.orgId })
      expect(await store().insertApplication(again, claim)).toEqual({
        kind: 'repeated',
        subject: application.id,
      })
      expect(await store().insertApplication(again, { ...claim, requestHash: 'other' })).toEqual({
        kind: 'key-reused',
      })
      expect(await store().findApplication(application.orgId, again.id)).toBeNull()
    })

    test('may use an idempotency key again once it has expired', async () => {
      const claim = aClaim({ expiresAt: t0 + 10 })
      await store().insertApplication(anApplication(), claim)
      const later = anApplication({ createdAt: t0 + 10 })
      const claimLater = { ...claim, requestHash: 'other', expiresAt: t0 + hourMs }
      expect(await store().insertApplication(later, claimLater)).toEqual({ kind: 'stored' })
    })

    test('that are refused leave their idempotency key free', async () => {
      const { orgId, uid } = await storedApplication(store(), { uid: unique('uid') })
      const claim = aClaim()
      expect(await store().insertApplication(anApplication({ orgId, uid }), claim)).toEqual({
        kind: 'conflict',
      })
      expect(await store().insertApplication(anApplication({ orgId }), claim)).toEqual({ kind: 'stored' })
    })

    test('are replaced only from the version before', async () => {
      const first = await storedApplication(store(), { uid: unique('uid') })
      const second = { ...first, name: 'Renamed', metadata: { a: 'b' }, updatedAt: t0 + 1, version: 2 }
      expect(await store().replaceApplication({ ...first, version: 9 })).toEqual({ kind: 'stale' })
      expect(await store().replaceApplication(second)).toEqual({ kind: 'stored' })
      expect(await store().findApplication(first.orgId, first.id)).toEqual(second)
      expect(await store().replaceApplication({ ...first, name: 'Late', version: 2 })).toEqual({
        kind: 'stale',
      })
      expect(await store().findApplication(first.orgId, first.id)).toEqual(second)
    })

    test('cannot take the uid of another when they are replaced', async () => {
      const { orgId, uid } = await storedApplication(store(), { uid: unique('uid') })
      const other = await storedApplication(store(), { orgId, uid: unique('uid') })
      expect(await store().replaceApplication({ ...other, uid, version: 2 })).toEqual({ kind: 'conflict' })
      expect(await store().findApplication(orgId, other.id)).toEqual(other)
    })

    test('are invisible with all they own once deleted', async () => {
      const application = await storedApplication(store(), { uid: unique('uid') })
      const { orgId, id, uid } = application
      const endpoint = await storedEndpoint(store(), id, { uid: unique('uid') })
      const message = only(await published(store(), application, [aMessage({ eventId: 'order-1' })]))
      const outcome = anOutcome(keyOf(message, endpoint))
      await store().recordOutcomes([outcome], t0)
      const notice = noticed(store(), (each) => each.kind === 'application-deleted' && each.appId === id)

      expect(await store().deleteApplication(anOrg(), id, t0)).toBe(false)
      expect(await store().deleteApplication(orgId, id, t0)).toBe(true)
      expect(await store().deleteApplication(orgId, id, t0)).toBe(false)
      await notice

      expect(await store().findApplication(orgId, id)).toBeNull()
      expect(await store().findApplication(orgId, uid ?? '')).toBeNull()
      expect(entriesOf(await store().listApplications(orgId, aPage(), everything))).toEqual([])
      expect(await store().findEndpoint(id, endpoint.id)).toBeNull()
      expect(await store().findEndpoint(id, endpoint.uid ?? '')).toBeNull()
      expect(await store().loadEndpoints([{ appId: id, endpointId: endpoint.id }])).toEqual([])
      expect(entriesOf(await store().listEndpoints(id, aPage()))).toEqual([])
      expect(await store().countEndpoints(orgId)).toEqual({ active: 0, disabled: 0 })
      expect(await store().findMessage(id, message.id, true)).toBeNull()
      expect(await store().findMessage(id, 'order-1', true)).toBeNull()
      expect(entriesOf(await store().listMessages(id, aPage(), anyMessage, true))).toEqual([])
      expect(await store().hasTaker(id, { eventType: 'order.paid', channels: null })).toBe(false)
      const of = { endpointId: endpoint.id, messageSeq: message.seq }
      expect(entriesOf(await store().listAttempts(id, of, aPage(), anyAttempt, false))).toEqual([])
      expect(await store().findAttempt(id, message.seq, outcome.attempt.id)).toBeNull()
      expect(entriesOf(await store().listMessageEndpoints(id, message.seq, aPage()))).toEqual([])
      expect(await store().insertEndpoint(anEndpoint(id), null)).toEqual({ kind: 'missing' })
      const group = { ...application, version: 2 }
      expect(await store().replaceApplication(group)).toEqual({ kind: 'stale' })
    })

    test('give their uid free when they are deleted', async () => {
      const { orgId, id, uid } = await storedApplication(store(), { uid: unique('uid') })
      await store().deleteApplication(orgId, id, t0)
      const next = anApplication({ orgId, uid })
      expect(await store().insertApplication(next, null)).toEqual({ kind: 'stored' })
      expect((await store().findApplication(orgId, uid ?? ''))?.id).toBe(next.id)
    })

    test('are listed without those that lack endpoints or have a disabled one, if so asked', async () => {
      const orgId = anOrg()
      const bare = await storedApplication(store(), { orgId })
      const healthy = await storedApplication(store(), { orgId })
      await storedEndpoint(store(), healthy.id)
      const halted = await storedApplication(store(), { orgId })
      await storedEndpoint(store(), halted.id)
      await storedEndpoint(store(), halted.id, { disabledReason: 'operator' })
      const emptied = await storedApplication(store(), { orgId })
      const gone = await storedEndpoint(store(), emptied.id, { disabledReason: 'gone' })
      await store().deleteEndpoint(emptied.id, gone.id, t0)

      const ids = async (filter: typeof everything) =>
        entriesOf(await store().listApplications(orgId, aPage(), filter)).map(({ id }) => id)
      expect(await ids(everything)).toEqual([bare.id, healthy.id, halted.id, emptied.id])
      expect(await ids({ ...everything, excludeWithoutEndpoints: true })).toEqual([healthy.id, halted.id])
      expect(await ids({ ...everything, excludeWithDisabledEndpoints: true })).toEqual([
        bare.id,
        healthy.id,
        emptied.id,
      ])
      expect(await ids({ excludeWithoutEndpoints: true, excludeWithDisabledEndpoints: true })).toEqual([
        healthy.id,
      ])
    })

    test('are no iterator of another organisation', async () => {
      const { id } = await storedApplication(store())
      const page = aPage({ after: id })
      expect(await store().listApplications(anOrg(), page, everything)).toEqual({ kind: 'bad-iterator' })
    })

    test('are counted as active while they have an endpoint', async () => {
      const orgId = anOrg()
      await storedApplication(store(), { orgId })
      const active = await storedApplication(store(), { orgId })
      await storedEndpoint(store(), active.id)
      await storedEndpoint(store(), active.id)
      const halted = await storedApplication(store(), { orgId })
      await storedEndpoint(store(), halted.id, { disabledReason: 'failing' })
      expect(await store().countActiveApplications(orgId, false)).toBe(2)
      expect(await store().countActiveApplications(orgId, true)).toBe(1)
    })
  })

  describe('portal tokens', () => {
    const store = oneStore(open)

    test('are void when they were issued before the expiry, of all sessions', async () => {
      const { id } = await storedApplication(store())
      await store().expireApplicationTokens(id, t0, null, t0)
      expect(await store().isApplicationTokenValid(id, t0 - 1, null, t0)).toBe(false)
      expect(await store().isApplicationTokenValid(id, t0 - 1, 'session', t0)).toBe(false)
      expect(await store().isApplicationTokenValid(id, t0, 'session', t0)).toBe(true)
      const other = await storedApplication(store())
      expect(await store().isApplicationTokenValid(other.id, t0 - 1, null, t0)).toBe(true)
    })

    test('of other sessions live on when some sessions end', async () => {
      const { id } = await storedApplication(store())
      await store().expireApplicationTokens(id, t0, ['one', 'two'], t0)
      const isValid = (session: string | null) => store().isApplicationTokenValid(id, t0 - 1, session, t0 + 1)
      expect(await Promise.all([isValid('one'), isValid('two'), isValid('three'), isValid(null)])).toEqual([
        false,
        false,
        true,
        true,
      ])
    })

    test('live on until an expiry that lies ahead, and one that is void stays so', async () => {
      const { id } = await storedApplication(store())
      await store().expireApplicationTokens(id, t0, null, t0)
      await store().expireApplicationTokens(id, t0 + 2, null, t0 + hourMs)
      await store().expireApplicationTokens(id, t0 + 2, null, t0 + hourMs)
      expect(await store().isApplicationTokenValid(id, t0 - 1, null, t0 + 1)).toBe(false)
      expect(await store().isApplicationTokenValid(id, t0 + 1, null, t0 + 2)).toBe(true)
      expect(await store().isApplicationTokenValid(id, t0 + 1, null, t0 + hourMs)).toBe(false)
      // Issued while the others were living on: not meant.
      expect(await store().isApplicationTokenValid(id, t0 + 2, null, t0 + hourMs)).toBe(true)
    })
  })
}
