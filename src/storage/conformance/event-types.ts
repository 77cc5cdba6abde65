import { describe, expect, test } from 'vitest'
import {
  aClaim,
  anEventType,
  anOrg,
  aPage,
  entriesOf,
  oneStore,
  type Open,
  storedApplication,
  t0,
} from './fixtures.ts'

export function eventTypeConformance(open: Open): void {
  describe('event types', () => {
    const store = oneStore(open)
    const names = async (
      orgId: string,
      filter: { readonly includeArchived?: boolean; readonly featureFlags?: readonly string[] | null },
    ) =>
      entriesOf(
        await store().listEventTypes(orgId, aPage(), {
          includeArchived: false,
          featureFlags: null,
          ...filter,
        }),
      ).map(({ name }) => name)

    test('come back as they were stored, in their own organisation only', async () => {
      const orgId = anOrg()
      const eventType = anEventType(orgId, {
        archived: true,
        deprecated: true,
        schemas: { '1': { type: 'object', properties: { a: { const: 'é' } } } },
        groupName: 'orders',
        featureFlags: ['beta'],
        retryScheduleMs: [5],
        updatedAt: t0 + 1,
      })
      const bare = anEventType(orgId)
      expect(await store().insertEventType(eventType, null)).toEqual({ kind: 'stored' })
      expect(await store().insertEventType(bare, null)).toEqual({ kind: 'stored' })
      expect(await store().findEventType(orgId, eventType.name)).toEqual(eventType)
      expect(await store().findEventType(orgId, bare.name)).toEqual(bare)
      expect(await store().findEventType(anOrg(), bare.name)).toBeNull()
    })

    test('have a name of their own in the organisation; in another it is free', async () => {
      const eventType = anEventType(anOrg())
      await store().insertEventType(eventType, null)
      const claim = aClaim({ subject: eventType.name })
      expect(await store().insertEventType({ ...eventType, description: 'x' }, claim)).toEqual({
        kind: 'conflict',
      })
      const elsewhere = { ...eventType, orgId: anOrg() }
      expect(await store().insertEventType(elsewhere, claim)).toEqual({ kind: 'stored' })
      expect(await store().insertEventType(elsewhere, claim)).toEqual({
        kind: 'repeated',
        subject: eventType.name,
      })
      expect(await store().findEventType(eventType.orgId, eventType.name)).toEqual(eventType)
    })

    test('are replaced only from the version before', async () => {
      const first = anEventType(anOrg())
      await store().insertEventType(first, null)
      const second = {
        ...first,
        description: 'Anew',
        archived: true,
        deprecated: true,
        schemas: {},
        groupName: 'g',
        featureFlags: [],
        retryScheduleMs: [1],
        updatedAt: t0 + 2,
        version: 2,
      }
      expect(await store().replaceEventType({ ...first, version: 9 })).toEqual({ kind: 'stale' })
      expect(await store().replaceEventType(second)).toEqual({ kind: 'stored' })
      expect(await store().replaceEventType({ ...first, version: 2 })).toEqual({ kind: 'stale' })
      expect(await store().findEventType(first.orgId, first.name)).toEqual(second)
      expect(await store().replaceEventType({ ...first, orgId: anOrg(), version: 2 })).toEqual({
        kind: 'stale',
      })
    })

    test('are deleted once', async () => {
      const { orgId, name } = anEventType(anOrg())
      await store().insertEventType(anEventType(orgId, { name }), null)
      expect(await store().deleteEventType(anOrg(), name)).toBe(false)
      expect(await store().deleteEventType(orgId, name)).toBe(true)
      expect(await store().deleteEventType(orgId, name)).toBe(false)
      expect(await store().findEventType(orgId, name)).toBeNull()
    })

    test('are listed by name, archived ones only if so asked', async () => {
      const orgId = anOrg()
      for (const name of ['b', 'a.c', 'a', 'B']) {
        await store().insertEventType(anEventType(orgId, { name, archived: name === 'b' }), null)
      }
      expect(await names(orgId, {})).toEqual(['B', 'a', 'a.c'])
      expect(await names(orgId, { includeArchived: true })).toEqual(['B', 'a', 'a.c', 'b'])
    })

    test('with feature flags are shown to those who carry one of them', async () => {
      const orgId = anOrg()
      await store().insertEventType(anEventType(orgId, { name: 'all' }), null)
      await store().insertEventType(anEventType(orgId, { name: 'beta', featureFlags: ['beta', 'b'] }), null)
      await store().insertEventType(anEventType(orgId, { name: 'gamma', featureFlags: ['gamma'] }), null)
      expect(await names(orgId, { featureFlags: null })).toEqual(['all', 'beta', 'gamma'])
      expect(await names(orgId, { featureFlags: [] })).toEqual(['all'])
      expect(await names(orgId, { featureFlags: ['b', 'x'] })).toEqual(['all', 'beta'])
      expect(await names(orgId, { featureFlags: ['gamma', 'beta'] })).toEqual(['all', 'beta', 'gamma'])
    })

    test('that the catalogue lacks are told by name; archived ones are lacking', async () => {
      const orgId = anOrg()
      await store().insertEventType(anEventType(orgId, { name: 'known' }), null)
      await store().insertEventType(anEventType(orgId, { name: 'archived', archived: true }), null)
      const missing = await store().findMissingEventTypes(orgId, ['known', 'archived', 'unknown'])
      expect([...missing].sort()).toEqual(['archived', 'unknown'])
      expect(await store().findMissingEventTypes(orgId, [])).toEqual([])
    })

    test('give their retry schedule to applications of their organisation', async () => {
      const { id, orgId } = await storedApplication(store())
      await store().insertEventType(anEventType(orgId, { name: 'own', retryScheduleMs: [1, 2] }), null)
      await store().insertEventType(anEventType(orgId, { name: 'plain' }), null)
      expect(await store().findRetrySchedule(id, 'own')).toEqual([1, 2])
      expect(await store().findRetrySchedule(id, 'plain')).toBeNull()
      expect(await store().findRetrySchedule(id, 'unknown')).toBeNull()
      const other = await storedApplication(store())
      expect(await store().findRetrySchedule(other.id, 'own')).toBeNull()
    })
  })
}
