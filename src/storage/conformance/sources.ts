import { describe, expect, test } from 'vitest'
import {
  aClaim,
  aMessage,
  aPage,
  applicationFor,
  anOrg,
  anyMessage,
  aRejection,
  aSource,
  entriesOf,
  hourMs,
  noticed,
  oneStore,
  type Open,
  publishedOne,
  received,
  storedEndpoint,
  storedSource,
  t0,
  unique,
} from './fixtures.ts'

const dayMs = 24 * hourMs
const newestFirst = aPage({ order: 'descending' })

export function sourceConformance(open: Open): void {
  describe('sources', () => {
    const store = oneStore(open)

    async function purgeAll(now: number): Promise<void> {
      while (await store().purgeDeleted(now)) continue
    }

    test('are found whole by id and by uid, in their own organisation only', async () => {
      const source = await storedSource(store(), {
        uid: unique('uid'),
        metadata: { team: 'infra', ключ: 'значение' },
        updatedAt: t0 + 5,
      })
      const { orgId, id, uid } = source
      expect(await store().findSource(orgId, id)).toEqual(source)
      expect(await store().findSource(orgId, uid ?? '')).toEqual(source)
      expect(await store().findSource(orgId, source.appId)).toBeNull()
      const other = await storedSource(store(), { uid: unique('uid') })
      expect(await store().findSource(other.orgId, id)).toBeNull()
      expect(await store().findSource(other.orgId, uid ?? '')).toBeNull()
      expect(entriesOf(await store().listSources(other.orgId, aPage()))).toEqual([other])
      expect(await store().listSources(other.orgId, aPage({ after: id }))).toEqual({ kind: 'bad-iterator' })
      expect(await store().deleteSource(other.orgId, id, t0)).toBe(false)
      expect(await store().replaceSource({ ...source, orgId: other.orgId, version: 2 })).toEqual({
        kind: 'stale',
      })
      expect(await store().findSource(orgId, id)).toEqual(source)
    })

    test('whose uid looks like an id are found by their id alone', async () => {
      const { id: alike } = aSource()
      const source = await storedSource(store(), { uid: alike })
      expect(await store().findSource(source.orgId, alike)).toBeNull()
      expect(await store().findSource(source.orgId, source.id)).toEqual(source)
    })

    test('come with their application, whose uid is their id', async () => {
      const source = await storedSource(store(), { name: 'GitHub' })
      const application = applicationFor(source)
      expect(await store().findApplication(source.orgId, source.id)).toEqual(application)
      expect(await store().findApplication(source.orgId, source.appId)).toEqual(application)
      await publishedOne(store(), application)
      expect(entriesOf(await store().listMessages(source.appId, aPage(), anyMessage, false))).toHaveLength(1)
    })

    test('share no uid inside an organisation, and one that is refused leaves no application', async () => {
      const { orgId, uid } = await storedSource(store(), { uid: unique('uid') })
      const refused = aSource({ orgId, uid })
      expect(await store().insertSource(refused, applicationFor(refused), null)).toEqual({ kind: 'conflict' })
      expect(await store().findApplication(orgId, refused.appId)).toBeNull()
      expect(await store().findSourceByToken(refused.tokenHash)).toBeNull()
      expect((await storedSource(store(), { uid })).uid).toBe(uid)
    })

    test('are refused where their application cannot be stored', async () => {
      const first = await storedSource(store())
      const next = aSource({ orgId: first.orgId })
      const claim = aClaim()
      const taken = { ...applicationFor(next), uid: first.id }
      expect(await store().insertSource(next, taken, claim)).toEqual({ kind: 'conflict' })
      expect(await store().findSource(next.orgId, next.id)).toBeNull()
      expect(await store().insertSource(next, applicationFor(next), claim)).toEqual({ kind: 'stored' })
    })

    test('are created once under one idempotency key, and the key tells another request', async () => {
      const source = aSource()
      const claim = aClaim({ subject: source.id })
      expect(await store().insertSource(source, applicationFor(source), claim)).toEqual({ kind: 'stored' })
      const again = aSource({ orgId: source.orgId })
      expect(await store().insertSource(again, applicationFor(again), claim)).toEqual({
        kind: 'repeated',
        subject: source.id,
      })
      const other = { ...claim, requestHash: 'other' }
      expect(await store().insertSource(again, applicationFor(again), other)).toEqual({ kind: 'key-reused' })
      expect(await store().findSource(again.orgId, again.id)).toBeNull()
      expect(await store().findApplication(again.orgId, again.appId)).toBeNull()
    })

    test('that are refused leave their idempotency key free', async () => {
      const { orgId, uid } = await storedSource(store(), { uid: unique('uid') })
      const claim = aClaim()
      const refused = aSource({ orgId, uid })
      expect(await store().insertSource(refused, applicationFor(refused), claim)).toEqual({
        kind: 'conflict',
      })
      const free = { ...refused, uid: null }
      expect(await store().insertSource(free, applicationFor(free), claim)).toEqual({ kind: 'stored' })
    })

    test('that many ask for at once under one uid are created once', async () => {
      const [orgId, uid] = [anOrg(), unique('uid')]
      const results = await Promise.all(
        Array.from({ length: 8 }, () => {
          const source = aSource({ orgId, uid })
          return store().insertSource(source, applicationFor(source), null)
        }),
      )
      expect(results.filter(({ kind }) => kind === 'stored')).toHaveLength(1)
      expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(7)
      expect(entriesOf(await store().listSources(orgId, aPage()))).toHaveLength(1)
    })

    test('are found by the hash of their token', async () => {
      const source = await storedSource(store())
      expect(await store().findSourceByToken(source.tokenHash)).toEqual({ ...source, isDeleted: false })
      expect(await store().findSourceByToken(aSource().tokenHash)).toBeNull()
    })

    test('whose token was rotated are found by the new one alone, at once', async () => {
      const first = await storedSource(store())
      const { tokenHash } = aSource()
      const second = { ...first, tokenHash, sealedToken: 'sealed anew', updatedAt: t0 + 1, version: 2 }
      expect(await store().replaceSource(second)).toEqual({ kind: 'stored' })
      const [before, after] = await Promise.all(
        [first.tokenHash, tokenHash].map((hash) => store().findSourceByToken(hash)),
      )
      expect(before).toBeNull()
      expect(after).toEqual({ ...second, isDeleted: false })
    })

    test('are replaced only from the version before, and rename their application', async () => {
      const first = await storedSource(store(), { uid: unique('uid'), name: 'Old' })
      const second = {
        ...first,
        uid: unique('uid'),
        name: 'New',
        type: 'stripe',
        metadata: { a: 'b' },
        sealedConfig: 'other config',
        updatedAt: t0 + 1,
        version: 2,
      }
      const found = () => store().findSource(first.orgId, first.id)
      const application = () => store().findApplication(first.orgId, first.appId)
      expect(await store().replaceSource({ ...second, version: 9 })).toEqual({ kind: 'stale' })
      expect([await found(), await application()]).toEqual([first, applicationFor(first)])
      expect(await store().replaceSource(second)).toEqual({ kind: 'stored' })
      expect(await found()).toEqual(second)
      const renamed = { ...applicationFor(first), name: 'New', updatedAt: t0 + 1, version: 2 }
      expect(await application()).toEqual(renamed)
      expect(await store().replaceApplication({ ...renamed, name: 'Late' })).toEqual({ kind: 'stale' })
      expect(await store().replaceSource({ ...first, version: 2 })).toEqual({ kind: 'stale' })
      expect(await found()).toEqual(second)
      // Nothing of the application changes with the rest.
      expect(await store().replaceSource({ ...second, metadata: {}, version: 3 })).toEqual({ kind: 'stored' })
      expect(await application()).toEqual(renamed)
    })

    test('cannot take the uid of another when they are replaced', async () => {
      const { orgId, uid } = await storedSource(store(), { uid: unique('uid') })
      const other = await storedSource(store(), { orgId, uid: unique('uid') })
      expect(await store().replaceSource({ ...other, name: 'New', uid, version: 2 })).toEqual({
        kind: 'conflict',
      })
      expect(await store().findSource(orgId, other.id)).toEqual(other)
      expect(await store().findApplication(orgId, other.appId)).toEqual(applicationFor(other))
    })

    test('go with their application, and their token is remembered', async () => {
      const source = await storedSource(store(), { uid: unique('uid') })
      const { orgId, id, uid, appId, tokenHash } = source
      const endpoint = await storedEndpoint(store(), appId)
      const notice = noticed(store(), (each) => each.kind === 'application-deleted' && each.appId === appId)
      expect(await store().deleteSource(orgId, id, t0)).toBe(true)
      expect(await store().findSourceByToken(tokenHash)).toMatchObject({ id, appId, isDeleted: true })
      expect(await store().deleteSource(orgId, id, t0)).toBe(false)
      await notice
      expect(await store().findSource(orgId, id)).toBeNull()
      expect(await store().findSource(orgId, uid ?? '')).toBeNull()
      expect(entriesOf(await store().listSources(orgId, aPage()))).toEqual([])
      expect(await store().replaceSource({ ...source, version: 2 })).toEqual({ kind: 'stale' })
      expect(await store().findApplication(orgId, appId)).toBeNull()
      expect(await store().findEndpoint(appId, endpoint.id)).toBeNull()
      const group = {
        orgId,
        appRef: appId,
        createApplication: null,
        items: [{ message: aMessage() }],
        atomic: false,
        onlyEndpointId: null,
        claim: null,
      }
      expect(await store().publishMessages([group], [], t0)).toEqual([{ kind: 'no-application' }])
      // The uid is free.
      expect((await storedSource(store(), { orgId, uid })).uid).toBe(uid)
    })

    test('stay where their application alone is deleted, and can be replaced and deleted then', async () => {
      const source = await storedSource(store())
      const { orgId, id, appId, tokenHash } = source
      expect(await store().deleteApplication(orgId, appId, t0)).toBe(true)
      await purgeAll(t0 + hourMs)
      expect(await store().findSource(orgId, id)).toEqual(source)
      expect(await store().findSourceByToken(tokenHash)).toEqual({ ...source, isDeleted: false })
      const renamed = { ...source, name: 'New', version: 2 }
      expect(await store().replaceSource(renamed)).toEqual({ kind: 'stored' })
      expect(await store().deleteSource(orgId, id, t0)).toBe(true)
    })

    test('are forgotten with their rejections 30 days after they were deleted, and no others', async () => {
      const [gone, stays] = [await storedSource(store()), await storedSource(store())]
      const rejections = Array.from({ length: 1_001 }, () => aRejection(gone.id))
      await store().insertRejections([...rejections, aRejection(stays.id)], 2_000)
      const deletedAt = t0 + hourMs
      await store().deleteSource(gone.orgId, gone.id, deletedAt)
      const countOf = async ({ id }: { readonly id: string }) =>
        entriesOf(await store().listRejections(id, aPage({ limit: 2_000 }))).length
      await purgeAll(deletedAt + 30 * dayMs - 1)
      expect(await store().findSourceByToken(gone.tokenHash)).toMatchObject({ isDeleted: true })
      expect(await countOf(gone)).toBe(1_001)
      let slices = 0
      while (await store().purgeDeleted(deletedAt + 30 * dayMs)) slices++
      expect(slices).toBeGreaterThan(2)
      expect(await store().findSourceByToken(gone.tokenHash)).toBeNull()
      expect(await countOf(gone)).toBe(0)
      expect(await store().findSourceByToken(stays.tokenHash)).toEqual({ ...stays, isDeleted: false })
      expect(await countOf(stays)).toBe(1)
    })
  })

  describe('rejections', () => {
    const store = oneStore(open)

    const idsOf = async (sourceId: string, page = newestFirst) =>
      entriesOf(await store().listRejections(sourceId, page)).map(({ id }) => id)

    test('come back as they were written down, of their own source only', async () => {
      const [one, other] = [await storedSource(store()), await storedSource(store())]
      const rejection = aRejection(one.id, {
        status: 413,
        reason: 'too_large',
        detail: 'é"\n\'\\{},null',
        headers: received.headers,
        body: '{"half":',
        createdAt: t0 + 3,
      })
      const next = aRejection(other.id, { body: '' })
      await store().insertRejections([rejection, next], 10)
      expect(entriesOf(await store().listRejections(one.id, newestFirst))).toEqual([rejection])
      expect(entriesOf(await store().listRejections(other.id, newestFirst))).toEqual([next])
      const page = aPage({ after: rejection.id })
      expect(await store().listRejections(other.id, page)).toEqual({ kind: 'bad-iterator' })
    })

    test('hold no U+0000, which not every store can', async () => {
      const { id } = await storedSource(store())
      const given = { headers: [['x', 'a\0']] as const, detail: 'a\0b', body: '\0\0' }
      await store().insertRejections([aRejection(id, given)], 10)
      expect(entriesOf(await store().listRejections(id, newestFirst))).toMatchObject([
        { ...given, detail: 'a\ufffdb', body: '\ufffd\ufffd' },
      ])
    })

    test('are kept of a source that the store does not know', async () => {
      const { id } = aSource()
      const rejection = aRejection(id)
      await store().insertRejections([rejection], 10)
      expect(await idsOf(id)).toEqual([rejection.id])
    })

    test('are listed newest first or oldest first, a page at a time in both directions', async () => {
      const { id } = await storedSource(store())
      const rejections = Array.from({ length: 5 }, () => aRejection(id))
      await store().insertRejections(rejections.slice(0, 2), 10)
      await store().insertRejections(rejections.slice(2), 10)
      const [a, b, c, d, e] = rejections.map((each) => each.id)
      expect(await idsOf(id)).toEqual([e, d, c, b, a])
      expect(await idsOf(id, aPage())).toEqual([a, b, c, d, e])
      const page = { ...newestFirst, limit: 2 }
      expect(await idsOf(id, { ...page, after: d ?? '' })).toEqual([c, b])
      expect(await idsOf(id, { ...page, after: b ?? '', backwards: true })).toEqual([d, c])
      const last = await store().listRejections(id, { ...page, after: c ?? '' })
      expect(last).toMatchObject({ kind: 'listed', done: true })
    })

    test('are the newest of each source, so many as are kept', async () => {
      const [busy, quiet] = [await storedSource(store()), await storedSource(store())]
      const old = aRejection(quiet.id)
      await store().insertRejections([old], 3)
      const written: string[] = []
      for (const count of [2, 1, 2, 7]) {
        const next = Array.from({ length: count }, () => aRejection(busy.id))
        written.push(...next.map(({ id }) => id))
        await store().insertRejections(next, 3)
        expect(await idsOf(busy.id)).toEqual(written.slice(-3).toReversed())
      }
      const young = aRejection(quiet.id)
      await store().insertRejections([aRejection(busy.id), young], 2)
      expect(await idsOf(busy.id)).toHaveLength(2)
      expect(await idsOf(quiet.id)).toEqual([young.id, old.id])
    })

    test('stay bounded where many are written at once, and nothing comes of none', async () => {
      const { id } = await storedSource(store())
      const batch = () => Array.from({ length: 4 }, () => aRejection(id))
      await Promise.all(Array.from({ length: 8 }, () => store().insertRejections(batch(), 5)))
      expect(await idsOf(id)).toHaveLength(5)
      expect(await store().insertRejections([], 5)).toBeUndefined()
    })
  })
}
