import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#core/ids.ts'
import type { Listed, Page, Storage } from '../storage.ts'
import {
  aMessage,
  anEventType,
  anOrg,
  anOutcome,
  anyAttempt,
  anyMessage,
  keyOf,
  only,
  aRejection,
  oneStore,
  type Open,
  fannedOut,
  published,
  storedApplication,
  storedEndpoint,
  storedSource,
  t0,
  unique,
} from './fixtures.ts'

type List = (page: Page) => Promise<Listed<string>>

const size = 17

async function idsOf<T>(listed: Promise<Listed<T>>, idOf: (entry: T) => string): Promise<Listed<string>> {
  const result = await listed
  return result.kind === 'listed' ? { ...result, entries: result.entries.map(idOf) } : result
}

/** Each list of the port over `size` entries, and the ids in ascending order. */
async function lists(storage: Storage): Promise<Record<string, { list: List; ids: readonly string[] }>> {
  const orgId = anOrg()
  const applications = []
  for (let index = 0; index < size; index++) applications.push(await storedApplication(storage, { orgId }))
  const [application] = applications
  if (application === undefined) throw new Error('no application')
  const { id: appId } = application
  const endpoints = []
  for (let index = 0; index < size; index++) endpoints.push(await storedEndpoint(storage, appId))
  const endpointOrgId = anOrg()
  const owners = [
    await storedApplication(storage, { orgId: endpointOrgId }),
    await storedApplication(storage, { orgId: endpointOrgId }),
  ]
  const endpointsAcross = []
  for (let index = 0; index < size; index++) {
    endpointsAcross.push(await storedEndpoint(storage, (owners[index % 2] ?? application).id))
  }
  const [endpoint] = endpoints
  if (endpoint === undefined) throw new Error('no endpoint')
  const names = Array.from({ length: size }, () => unique('name'))
  for (const name of names) await storage.insertEventType(anEventType(orgId, { name }), null)
  const messages = await published(
    storage,
    application,
    Array.from({ length: size }, () => aMessage()),
    { fullLanes: endpoints.slice(1).map(({ id }) => id) },
  )
  await fannedOut(storage)
  const outcomes = messages.map((message) => anOutcome(keyOf(message, endpoint)))
  await storage.recordOutcomes(outcomes, t0)
  const tasks = Array.from({ length: size }, () => newId('qtask_', t0))
  for (const id of tasks) {
    const input = { kind: 'application.stats', appIds: null, since: t0, until: t0 } as const
    const times = { createdAt: t0, updatedAt: t0 }
    await storage.insertTask(
      { orgId, appId: null, id, input, status: 'finished', data: {}, cursor: 0, ...times },
      null,
    )
  }
  const sourceOrgId = anOrg()
  const sources = []
  for (let index = 0; index < size; index++) sources.push(await storedSource(storage, { orgId: sourceOrgId }))
  const [source] = sources
  if (source === undefined) throw new Error('no source')
  const rejections = Array.from({ length: size }, () => aRejection(source.id))
  await storage.insertRejections(rejections, size)
  const [message] = messages
  if (message === undefined) throw new Error('no message')
  const idOf = ({ id }: { readonly id: string }) => id
  const anyTask = { status: null, kind: null }
  const anyApplication = { excludeWithoutEndpoints: false, excludeWithDisabledEndpoints: false }
  return {
    applications: {
      list: (page) => idsOf(storage.listApplications(orgId, page, anyApplication), idOf),
      ids: applications.map(idOf),
    },
    endpoints: {
      list: (page) => idsOf(storage.listEndpoints(appId, page), idOf),
      ids: endpoints.map(idOf),
    },
    'endpoints of an organisation': {
      list: (page) =>
        idsOf(storage.listEndpointsAcross(endpointOrgId, page, { state: null, search: null }), idOf),
      ids: endpointsAcross.map(idOf),
    },
    'event types': {
      list: (page) =>
        idsOf(
          storage.listEventTypes(orgId, page, { includeArchived: false, featureFlags: null }),
          ({ name }) => name,
        ),
      ids: names.sort(),
    },
    messages: {
      list: (page) => idsOf(storage.listMessages(appId, page, anyMessage, false), idOf),
      ids: messages.map(idOf),
    },
    'attempts at an endpoint': {
      list: (page) =>
        idsOf(
          storage.listAttempts(appId, { endpointId: endpoint.id, messageSeq: null }, page, anyAttempt, false),
          idOf,
        ),
      ids: outcomes.map(({ attempt }) => attempt.id),
    },
    'messages of an endpoint': {
      list: (page) => idsOf(storage.listEndpointMessages(appId, endpoint.id, page, anyAttempt, false), idOf),
      ids: messages.map(idOf),
    },
    'endpoints of a message': {
      list: (page) => idsOf(storage.listMessageEndpoints(appId, message.seq, page), idOf),
      ids: endpoints.map(idOf),
    },
    sources: { list: (page) => idsOf(storage.listSources(sourceOrgId, page), idOf), ids: sources.map(idOf) },
    rejections: {
      list: (page) => idsOf(storage.listRejections(source.id, page), idOf),
      ids: rejections.map(idOf),
    },
    tasks: { list: (page) => idsOf(storage.listTasks(orgId, page, anyTask), idOf), ids: tasks },
  }
}

const listNames = [
  'applications',
  'endpoints',
  'endpoints of an organisation',
  'event types',
  'messages',
  'attempts at an endpoint',
  'messages of an endpoint',
  'endpoints of a message',
  'sources',
  'rejections',
  'tasks',
]

export function pagingConformance(open: Open): void {
  describe('lists', () => {
    const store = oneStore(open)
    let byName: Awaited<ReturnType<typeof lists>> = {}
    beforeAll(async () => {
      byName = await lists(store())
    })
    const listOf = (name: string) => {
      const found = byName[name]
      if (found === undefined) throw new Error(`no list of ${name}`)
      return found
    }

    /** Pages from `after` to the end of the direction, and whether each page but the last said that more follows. */
    async function walk(list: List, page: Page): Promise<readonly string[]> {
      const pages: (readonly string[])[] = []
      let { after } = page
      for (;;) {
        const listed = await list({ ...page, after })
        if (listed.kind !== 'listed') throw new Error(`the list answers ${listed.kind}`)
        const { entries, done } = listed
        expect(entries.length).toBeLessThanOrEqual(page.limit)
        expect(done || entries.length === page.limit).toBe(true)
        // A page that promised more is followed by more.
        expect(pages.length === 0 || entries.length > 0).toBe(true)
        pages.push(entries)
        if (done) break
        after = (page.backwards ? entries[0] : entries.at(-1)) ?? null
      }
      return (page.backwards ? pages.toReversed() : pages).flat()
    }

    test.each(listNames)(
      'of %s give each entry once and in order, from any entry, in both directions',
      async (name) => {
        const { list, ids } = listOf(name)
        expect(ids).toHaveLength(size)
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: size + 2 }),
            fc.constantFrom('ascending', 'descending'),
            fc.boolean(),
            fc.option(fc.nat(size - 1)),
            async (limit, order, backwards, start) => {
              const inOrder = order === 'ascending' ? ids : ids.toReversed()
              const after = start === null ? null : (inOrder[start] ?? null)
              const found = await walk(list, { limit, order, backwards, after })
              const wanted = backwards
                ? inOrder.slice(0, start ?? size)
                : inOrder.slice(start === null ? 0 : start + 1)
              expect(found).toEqual(wanted)
            },
          ),
          { numRuns: 40 },
        )
      },
    )

    test.each(listNames.filter((name) => name !== 'event types'))(
      'of %s know no entry but their own',
      async (name) => {
        const page = { limit: 5, after: newId('msg_', t0), backwards: false, order: 'ascending' } as const
        expect(await listOf(name).list(page)).toEqual({ kind: 'bad-iterator' })
      },
    )

    test('of nothing are done at once', async () => {
      const { id } = await storedApplication(store())
      const page = { limit: 5, after: null, backwards: false, order: 'ascending' } as const
      expect(await store().listEndpoints(id, page)).toEqual({ kind: 'listed', entries: [], done: true })
    })

    test('of event types go on where a type was that is gone', async () => {
      const orgId = anOrg()
      for (const name of ['a', 'c']) await store().insertEventType(anEventType(orgId, { name }), null)
      const page = { limit: 5, after: 'b', backwards: false, order: 'ascending' } as const
      const all = { includeArchived: true, featureFlags: null }
      const listed = await store().listEventTypes(orgId, page, all)
      expect(listed.kind === 'listed' && only(listed.entries).name).toBe('c')
    })
  })
}
