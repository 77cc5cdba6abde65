import { describe, expect, test } from 'vitest'
import type { EndpointFilter } from '../storage.ts'
import {
  aPage,
  anOrg,
  entriesOf,
  oneStore,
  type Open,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

export function endpointsAcrossConformance(open: Open): void {
  describe('endpoints of an organisation', () => {
    const store = oneStore(open)
    const newestFirst = aPage({ order: 'descending' })

    const idsOf = async (orgId: string, filter: Partial<EndpointFilter> = {}): Promise<readonly string[]> =>
      entriesOf(
        await store().listEndpointsAcross(orgId, newestFirst, { state: null, search: null, ...filter }),
      ).map(({ id }) => id)

    test('come with what their application is called', async () => {
      const orgId = anOrg()
      const { id: appId } = await storedApplication(store(), { orgId, name: 'Customer', uid: 'customer' })
      const endpoint = await storedEndpoint(store(), appId, { uid: 'main', failingSince: t0 })
      const listed = await store().listEndpointsAcross(orgId, newestFirst, { state: null, search: null })
      expect(entriesOf(listed)).toEqual([{ ...endpoint, appName: 'Customer', appUid: 'customer' }])
    })

    test('are those of its own applications, and of none that was deleted', async () => {
      const [orgId, otherId] = [anOrg(), anOrg()]
      const [own, gone, others] = [
        await storedApplication(store(), { orgId }),
        await storedApplication(store(), { orgId }),
        await storedApplication(store(), { orgId: otherId }),
      ]
      const kept = await storedEndpoint(store(), own.id)
      const deleted = await storedEndpoint(store(), own.id)
      await storedEndpoint(store(), gone.id)
      const foreign = await storedEndpoint(store(), others.id)
      await store().deleteEndpoint(own.id, deleted.id, t0)
      await store().deleteApplication(orgId, gone.id, t0)
      expect(await idsOf(orgId)).toEqual([kept.id])
      expect(await idsOf(otherId)).toEqual([foreign.id])
      const after = aPage({ after: foreign.id })
      expect(await store().listEndpointsAcross(orgId, after, { state: null, search: null })).toEqual({
        kind: 'bad-iterator',
      })
    })

    test('are told apart by how they do', async () => {
      const orgId = anOrg()
      const { id: appId } = await storedApplication(store(), { orgId })
      const well = await storedEndpoint(store(), appId)
      const failing = await storedEndpoint(store(), appId, { failingSince: t0 })
      const disabled = await storedEndpoint(store(), appId, { disabledReason: 'failing', failingSince: t0 })
      expect(await idsOf(orgId, { state: 'enabled' })).toEqual([failing.id, well.id])
      expect(await idsOf(orgId, { state: 'disabled' })).toEqual([disabled.id])
      expect(await idsOf(orgId, { state: 'failing' })).toEqual([failing.id])
    })

    test('are found by a part of their URL, description or uid, as it is written', async () => {
      const orgId = anOrg()
      const { id: appId } = await storedApplication(store(), { orgId })
      const byUrl = await storedEndpoint(store(), appId, { url: 'https://Hooks.example/100%_in' })
      const byDescription = await storedEndpoint(store(), appId, { description: "Ship's HOOKS \\ é" })
      const byUid = await storedEndpoint(store(), appId, { uid: 'my-hooks', disabledReason: 'operator' })
      const search = (text: string, over: Partial<EndpointFilter> = {}) =>
        idsOf(orgId, { search: text, ...over })
      expect(await search('hOOks')).toEqual([byUid.id, byDescription.id, byUrl.id])
      expect(await search('hooks', { state: 'enabled' })).toEqual([byDescription.id, byUrl.id])
      expect(await search('0%_I')).toEqual([byUrl.id])
      expect(await search('p%S')).toEqual([])
      expect(await search("ship's hooks \\ é")).toEqual([byDescription.id])
    })
  })
}
