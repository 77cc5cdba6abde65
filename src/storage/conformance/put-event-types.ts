import { describe, expect, test } from 'vitest'
import { anEventType, anOrg, oneStore, type Open, t0 } from './fixtures.ts'

export function putEventTypesConformance(open: Open): void {
  describe('event types that are put together', () => {
    const store = oneStore(open)

    test('are new ones and changed ones, as they are given', async () => {
      const orgId = anOrg()
      const known = anEventType(orgId, { name: 'b' })
      await store().insertEventType(known, null)
      const schemas = { 1: { type: 'object', description: '"é"' } }
      const changed = {
        ...known,
        description: 'Changed',
        archived: true,
        deprecated: true,
        schemas,
        groupName: 'group',
        featureFlags: ['beta'],
        retryScheduleMs: [1, 2],
        updatedAt: t0 + 1,
        version: 2,
      }
      const added = anEventType(orgId, { name: 'a', schemas })
      expect(await store().putEventTypes([changed, added])).toEqual({ kind: 'stored' })
      expect(await store().findEventType(orgId, 'b')).toEqual(changed)
      expect(await store().findEventType(orgId, 'a')).toEqual(added)
    })

    test('are all as they were where one is of another version by now', async () => {
      const orgId = anOrg()
      const known = anEventType(orgId, { name: 'b' })
      await store().insertEventType(known, null)
      const added = anEventType(orgId, { name: 'a' })
      const stale = { kind: 'stale' }
      for (const wrong of [
        { ...known, description: 'Changed', version: 3 },
        { ...known, description: 'Changed', version: 1 },
        anEventType(orgId, { name: 'c', version: 2 }),
      ]) {
        expect(await store().putEventTypes([added, wrong])).toEqual(stale)
        expect(await store().findEventType(orgId, 'a')).toBeNull()
        expect(await store().findEventType(orgId, 'b')).toEqual(known)
        expect(await store().findEventType(orgId, 'c')).toBeNull()
      }
    })

    test('are those of their own organisation', async () => {
      const [orgId, otherId] = [anOrg(), anOrg()]
      const others = anEventType(otherId, { name: 'same' })
      await store().insertEventType(others, null)
      expect(await store().putEventTypes([anEventType(orgId, { name: 'same', description: 'Own' })])).toEqual(
        {
          kind: 'stored',
        },
      )
      expect(await store().findEventType(otherId, 'same')).toEqual(others)
    })

    test('may be none', async () => {
      expect(await store().putEventTypes([])).toEqual({ kind: 'stored' })
    })
  })
}
