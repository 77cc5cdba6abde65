import { describe, expect, test } from 'vitest'
import { newId } from '#core/ids.ts'
import type { Found, SearchRequest } from '../storage.ts'
import {
  aFailure,
  anEventType,
  anOrg,
  keyOf,
  oneStore,
  only,
  type Open,
  publishedOne,
  storedApplication,
  storedEndpoint,
  storedSource,
  t0,
  unique,
} from './fixtures.ts'

const idOf = ({ id }: { readonly id: string }): string => id

/** What was found, as ids and names alone. */
function shapeOf(found: Found): Partial<Record<keyof Found, readonly string[]>> {
  const all = {
    applications: found.applications.map(idOf),
    endpoints: found.endpoints.map(idOf),
    messages: found.messages.map(idOf),
    attempts: found.attempts.map(idOf),
    eventTypes: found.eventTypes.map(({ name }) => name),
    sources: found.sources.map(idOf),
  }
  return Object.fromEntries(Object.entries(all).filter(([, ids]) => ids.length > 0))
}

export function searchConformance(open: Open): void {
  describe('search', () => {
    const store = oneStore(open)

    async function found(orgId: string, text: string, over: Partial<SearchRequest> = {}) {
      return shapeOf(
        await store().search({ orgId, appId: null, text, limit: 5, featureFlags: null, ...over }),
      )
    }

    /** One of each kind. */
    async function aScene() {
      const orgId = anOrg()
      const application = await storedApplication(store(), { orgId, uid: 'customer-1', name: 'Blue Yonder' })
      const endpoint = await storedEndpoint(store(), application.id, {
        uid: 'main',
        description: 'Yonder hook',
      })
      const message = await publishedOne(store(), application, { eventId: 'event-1' })
      const outcome = aFailure(keyOf(message, endpoint), null, { durationMs: 5 })
      await store().recordOutcomes([outcome], t0)
      const source = await storedSource(store(), { orgId, uid: 'yonder-source', name: 'Repository' })
      await store().insertEventType(anEventType(orgId, { name: 'yonder.seen' }), null)
      return { orgId, application, endpoint, message, attempt: outcome.attempt, source }
    }

    test('finds by an id what has it', async () => {
      const { orgId, application, endpoint, message, attempt, source } = await aScene()
      expect(await found(orgId, application.id)).toEqual({ applications: [application.id] })
      expect(await found(orgId, endpoint.id)).toEqual({ endpoints: [endpoint.id] })
      expect(await found(orgId, message.id)).toEqual({ messages: [message.id] })
      expect(await found(orgId, attempt.id)).toEqual({ attempts: [attempt.id] })
      expect(await found(orgId, source.id)).toEqual({ sources: [source.id] })
      expect(await found(orgId, newId('msg_', t0))).toEqual({})
    })

    test('gives what it finds as it is stored', async () => {
      const { orgId, application, endpoint, message, attempt } = await aScene()
      const request = { orgId, appId: null, limit: 5, featureFlags: null }
      const byText = await store().search({ ...request, text: 'yonder' })
      expect(byText.applications).toEqual([application])
      expect(byText.endpoints).toEqual([{ ...endpoint, appName: 'Blue Yonder', appUid: 'customer-1' }])
      const { responseBody: _, ...head } = attempt
      const { attempts } = await store().search({ ...request, text: attempt.id })
      expect(only(attempts)).toMatchObject({ ...withoutExchange(head), messageId: message.id })
      const { messages } = await store().search({ ...request, text: 'event-1' })
      expect(only(messages)).toMatchObject({ id: message.id, appId: application.id, payload: null })
    })

    test('finds a text in names, uids, URLs and descriptions, whatever the case', async () => {
      const { orgId, application, endpoint, source } = await aScene()
      expect(await found(orgId, 'YONDER')).toEqual({
        applications: [application.id],
        endpoints: [endpoint.id],
        eventTypes: ['yonder.seen'],
        sources: [source.id],
      })
      expect(await found(orgId, 'Receiver.example')).toEqual({ endpoints: [endpoint.id] })
      expect(await found(orgId, '%onder')).toEqual({})
    })

    test('finds a message by its whole event id, and puts the application of a uid first', async () => {
      const { orgId, application, message } = await aScene()
      const other = await storedApplication(store(), { orgId, uid: 'customer-12' })
      expect(await found(orgId, 'event-1')).toEqual({ messages: [message.id] })
      expect(await found(orgId, 'event-')).toEqual({})
      expect(await found(orgId, 'customer-1')).toEqual({ applications: [application.id, other.id] })
      expect(await found(orgId, 'customer-1', { limit: 1 })).toEqual({ applications: [application.id] })
    })

    test('shows nothing of another organisation, and nothing beyond one application where it is given', async () => {
      const { orgId, application, endpoint, message, attempt, source } = await aScene()
      const other = await aScene()
      for (const text of [application.id, endpoint.id, message.id, attempt.id, source.id]) {
        expect(await found(other.orgId, text)).toEqual({})
      }
      const inner = await storedApplication(store(), { orgId, name: 'Yonder inner' })
      const appId = inner.id
      for (const text of [application.id, endpoint.id, message.id, attempt.id, 'event-1', 'customer-1']) {
        expect(await found(orgId, text, { appId })).toEqual({})
      }
      expect(await found(orgId, 'yonder', { appId })).toMatchObject({ applications: [inner.id] })
      const foreign = { appId: other.application.id }
      for (const text of [
        other.application.id,
        other.message.id,
        other.attempt.id,
        'event-1',
        'customer-1',
      ]) {
        expect(await found(orgId, text, foreign)).toEqual({})
      }
    })

    test('shows nothing of what was deleted', async () => {
      const { orgId, application, endpoint, message, attempt, source } = await aScene()
      await store().deleteEndpoint(application.id, endpoint.id, t0)
      expect(await found(orgId, endpoint.id)).toEqual({})
      await store().deleteApplication(orgId, application.id, t0)
      await store().deleteSource(orgId, source.id, t0)
      for (const text of [application.id, message.id, attempt.id, source.id, 'event-1', 'yonder-source']) {
        expect(await found(orgId, text)).toEqual({})
      }
    })

    test('gives each kind up to its limit, newest first', async () => {
      const orgId = anOrg()
      const word = unique('many')
      const applications = []
      for (let n = 0; n < 4; n++) {
        applications.push(await storedApplication(store(), { orgId, name: `A ${word}` }))
      }
      const newest = applications.map(idOf).toReversed()
      expect(await found(orgId, word, { limit: 3 })).toEqual({ applications: newest.slice(0, 3) })
    })

    test('keeps event types from those who may not see them', async () => {
      const orgId = anOrg()
      const flagged = anEventType(orgId, { name: 'type.flagged', featureFlags: ['beta', 'other'] })
      const archived = anEventType(orgId, { name: 'type.archived', archived: true })
      const plain = anEventType(orgId, { name: 'type.plain' })
      for (const each of [flagged, archived, plain]) await store().insertEventType(each, null)
      expect(await found(orgId, 'type.')).toEqual({
        eventTypes: ['type.archived', 'type.flagged', 'type.plain'],
      })
      expect(await found(orgId, 'type.', { featureFlags: [] })).toEqual({ eventTypes: ['type.plain'] })
      expect(await found(orgId, 'type.', { featureFlags: ['beta'] })).toEqual({
        eventTypes: ['type.flagged', 'type.plain'],
      })
    })
  })
}

/** Headers of the exchange are no part of what is found. */
function withoutExchange<T extends object>(attempt: T): Partial<T> {
  return Object.fromEntries(Object.entries(attempt).filter(([name]) => name !== 'exchange')) as Partial<T>
}
