import { expect, test } from 'vitest'
import type { Outbox, PublishGroup, PublishGroupResult } from '#storage/storage.ts'
import type { Taker } from './publisher.ts'
import { type RelayEvents, relayEvents } from './relay.ts'

function aGroup(id: string, eventId: string | null): PublishGroup {
  const message = {
    id,
    eventType: 'a',
    eventId,
    channels: null,
    tags: null,
    contentType: 'application/json',
    received: null,
    payload: '{}',
    createdAt: 0,
    deliverAt: null,
    payloadExpiresAt: 0,
  }
  return {
    orgId: 'org_1',
    appRef: 'app_1',
    createApplication: null,
    items: [{ message }],
    atomic: false,
    onlyEndpointId: null,
    claim: null,
  }
}

test('each event that becomes no message is told of, with the reason', async () => {
  const stored = {
    kind: 'stored',
    appId: 'app_1',
    seq: 1,
    handed: [],
    kept: ['ep_1'],
    isPartial: false,
  } as const
  const results: readonly (readonly [PublishGroup, PublishGroupResult])[] = [
    [aGroup('msg_1', null), { kind: 'published', results: [stored] }],
    [aGroup('msg_2', 'once'), { kind: 'published', results: [{ kind: 'event-id-taken' }] }],
    [aGroup('msg_3', null), { kind: 'no-application' }],
  ]
  const outbox: Outbox = {
    relay: async () => ({
      published: results.map(([group, result]) => ({ group, result })),
      setAside: [{ id: 'msg_4', appId: 'app_1', reason: 'why' }],
      more: true,
    }),
    onWaiting() {},
  }
  const taker: Taker = { fullLanes: () => [], take() {}, publishFailed() {} }
  const told: unknown[] = []
  const events: RelayEvents = {
    published: (...counts) => told.push(counts),
    eventDropped: (...dropped) => told.push(dropped),
    eventSetAside: (...setAside) => told.push(setAside),
  }
  expect(await relayEvents(outbox, taker, events)).toBe(true)
  expect(told).toEqual([
    [{ messageId: 'msg_2', appId: 'app_1', eventId: 'once' }, 'event-id-taken'],
    [{ messageId: 'msg_3', appId: 'app_1', eventId: null }, 'no-application'],
    [1, 1],
    [{ messageId: 'msg_4', appId: 'app_1' }, 'why'],
  ])
})
