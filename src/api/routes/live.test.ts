import { newId } from '#core/ids.ts'
import type { AttemptStatus } from '#core/attempt.ts'
import { anOutcome, only } from '#storage/conformance/fixtures.ts'
import { type EventStream, openEvents } from '#test/support/event-stream.ts'
import { organisation } from '#test/support/start-app.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { StoreUnavailable } from '#core/errors.ts'
import { afterEach, describe, expect, test } from 'vitest'
import type { LiveSettings } from '../live-feed.ts'
import { signApplicationToken } from '../tokens.ts'

const opened: AsyncDisposable[] = []
const streams: EventStream[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close()
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]()
})

interface Scene {
  readonly api: TestApi
  readonly url: string
  readonly endpointId: string
  readonly appId: string
}

async function scene(
  live: Partial<LiveSettings> = {},
  wrapStorage: NonNullable<Parameters<typeof startApi>[0]>['wrapStorage'] = (storage) => storage,
): Promise<Scene> {
  const api = await startApi({ live: { lookEveryMs: 10, ...live }, wrapStorage })
  opened.push(api)
  const appId = (await api.ask('POST', '/api/v1/app', { body: { name: 'Customer', uid: 'customer' } })).json
    .id
  const body = { url: 'https://customer.example/in', uid: 'main' }
  const endpointId = (await api.ask('POST', '/api/v1/app/customer/endpoint', { body })).json.id
  return { api, appId, endpointId, url: await api.listen() }
}

async function watch(
  { url, api }: Scene,
  query = '',
  { token = api.token, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<EventStream> {
  const stream = await openEvents(`${url}/api/v1/app/customer/live${query}`, token, headers)
  streams.push(stream)
  if (stream.status === 200) await stream.when(({ lastId }) => lastId !== '')
  return stream
}

async function publish({ api }: Scene, eventType = 'order.paid', more: object = {}): Promise<string> {
  const body = { eventType, payload: { secret: 'content' }, ...more }
  return (await api.ask('POST', '/api/v1/app/customer/msg', { body })).json.id
}

async function attempted(
  { api, appId, endpointId }: Scene,
  messageId: string,
  status: AttemptStatus = 'success',
): Promise<string> {
  const message = only(await api.storage.findMessages(appId, [messageId]))
  const id = newId('atmpt_', Date.now())
  const key = { appId, messageSeq: message.seq, endpointId, trigger: 'scheduled' as const }
  const attempt = { id, messageId, url: 'https://customer.example/in', status, responseBody: 'content' }
  await api.storage.recordOutcomes([anOutcome(key, { eventType: message.eventType, attempt })], Date.now())
  return id
}

const idsOf = (stream: EventStream): readonly string[] => stream.events.map(({ data }) => data.id as string)

async function portal({ api, appId }: Scene, expiresInSeconds = 600): Promise<string> {
  const claims = { expiresInSeconds, capabilities: ['ViewBase' as const], featureFlags: [], sessionId: 'one' }
  return await signApplicationToken(api.jwtKeys, { orgId: organisation, appId, ...claims }, Date.now())
}

describe('a live tail', () => {
  test('shows messages and attempts from now on, without what they hold', async () => {
    const here = await scene()
    await publish(here)
    const stream = await watch(here)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('cache-control')).toBe('no-store, no-transform')
    const id = await publish(here, 'order.paid', { eventId: 'event-1', channels: ['eu'] })
    await stream.when(({ events }) => events.length === 1)
    const attemptId = await attempted(here, id, 'fail')
    await stream.when(({ events }) => events.length === 2)
    expect(stream.events).toEqual([
      {
        name: 'message',
        id: expect.any(String),
        data: {
          id,
          eventType: 'order.paid',
          eventId: 'event-1',
          channels: ['eu'],
          timestamp: expect.any(String),
        },
      },
      {
        name: 'attempt',
        id: expect.any(String),
        data: {
          id: attemptId,
          msgId: id,
          endpointId: here.endpointId,
          url: 'https://customer.example/in',
          status: 2,
          statusText: 'fail',
          responseStatusCode: 200,
          responseDurationMs: 12,
          triggerType: 0,
          timestamp: expect.any(String),
        },
      },
    ])
    expect(JSON.stringify(stream.events)).not.toContain('content')
  })

  test.each(['header', 'query'])('goes on behind an event whose id is given in the %s', async (place) => {
    const here = await scene()
    const first = await watch(here)
    const seen = await publish(here)
    await first.when(({ events }) => events.length === 1)
    first.close()
    const missed = [await publish(here), await publish(here)]
    const attempt = await attempted(here, seen)
    const again =
      place === 'header'
        ? await watch(here, '?iterator=anything', { headers: { 'last-event-id': first.lastId } })
        : await watch(here, `?iterator=${first.lastId}`)
    await again.when(({ events }) => events.length >= 3)
    const next = await publish(here)
    await again.when(({ events }) => events.length >= 4)
    expect(idsOf(again)).toEqual([...missed, attempt, next])
  })

  test('shows all that came since, however much, each once and in order', async () => {
    const here = await scene()
    const { lastId: start } = await watch(here)
    const messages = Array.from({ length: 600 }, (_, n) => ({ eventType: `type.${n}`, payload: {} }))
    await here.api.ask('POST', '/api/v1/app/customer/msg/batch', { body: { messages } })
    const stream = await watch(here, `?iterator=${start}`)
    await stream.when(({ events }) => events.length >= 600)
    expect(stream.events.map(({ data }) => data.eventType)).toEqual(
      messages.map(({ eventType }) => eventType),
    )
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(600)
  })

  test('shows each client what it asks for, and reads once for those at one place', async () => {
    const reads: string[] = []
    const here = await scene({}, (storage) => ({
      ...storage,
      async readHistory(...args) {
        reads.push(JSON.stringify(args))
        return await storage.readHistory(...args)
      },
    }))
    await here.api.ask('POST', '/api/v1/event-type', { body: { name: 'order.sent', description: '' } })
    await here.api.ask('POST', '/api/v1/app/customer/endpoint', {
      body: { url: 'https://other.example/', uid: 'other', eventTypes: ['order.sent'] },
    })
    const [all, some, ofOther] = await Promise.all([
      watch(here),
      watch(here, '?event_types=order.sent,order.lost'),
      watch(here, '?endpoint_id=other'),
    ])
    const paid = await publish(here, 'order.paid')
    const sent = await publish(here, 'order.sent')
    const attempt = await attempted(here, paid)
    await all.when(({ events }) => events.length === 3)
    const last = await publish(here, 'order.sent')
    for (const stream of [all, some, ofOther]) await stream.when((each) => idsOf(each).includes(last))
    expect(idsOf(all)).toEqual([paid, sent, attempt, last])
    expect(idsOf(some)).toEqual([sent, last])
    expect(idsOf(ofOther)).toEqual([sent, last])
    expect(new Set(reads).size).toBe(reads.length)
  })

  test('shows nothing of another application', async () => {
    const here = await scene()
    await here.api.ask('POST', '/api/v1/app', { body: { name: 'Other', uid: 'other' } })
    const stream = await watch(here)
    await here.api.ask('POST', '/api/v1/app/other/msg', { body: { eventType: 'a.b', payload: {} } })
    const own = await publish(here)
    await stream.when(({ events }) => events.length > 0)
    expect(idsOf(stream)).toEqual([own])
  })

  test('tells nothing of how much others publish, and takes no id of another application', async () => {
    const here = await scene()
    const customer = await watch(here)
    await here.api.ask('POST', '/api/v1/app', { body: { name: 'Other', uid: 'other' } })
    const other = await openEvents(`${here.url}/api/v1/app/other/live`, here.api.token)
    streams.push(other)
    await other.when(({ lastId }) => lastId !== '')
    // Both stand at the same place.
    expect(customer.lastId).toMatch(/^[\w-]{22}\.[\w-]{22}$/)
    expect(other.lastId).not.toBe(customer.lastId)
    const [messages, attempts] = customer.lastId.split('.')
    for (const iterator of [other.lastId, '0.0', `${attempts}.${messages}`, `${customer.lastId}.1`]) {
      const refused = await watch(here, `?iterator=${iterator}`)
      expect(JSON.parse(refused.refusal).detail[0].loc).toEqual(['query', 'iterator'])
    }
  })

  test('says that it is still there while nothing happens', async () => {
    const stream = await watch(await scene({ beatEveryMs: 30 }))
    await stream.when(({ comments }) => comments.length >= 2)
    expect(stream.events).toEqual([])
  })

  test('ends with its token, and not before', async () => {
    const here = await scene({ recheckEveryMs: 20 })
    const token = await portal(here)
    const stream = await watch(here, '', { token })
    const other = await watch(here)
    const id = await publish(here)
    await stream.when(({ events }) => events.length === 1)
    await here.api.ask('POST', '/api/v1/auth/logout', { token })
    expect(await stream.ended).toBe('ended')
    const next = await publish(here)
    await other.when(({ events }) => events.length === 2)
    expect(idsOf(other)).toEqual([id, next])
  })

  test('ends when its application goes', async () => {
    const here = await scene({ recheckEveryMs: 20 })
    const stream = await watch(here)
    await here.api.ask('DELETE', '/api/v1/app/customer')
    expect(await stream.ended).toBe('ended')
  })

  test('ends at shutdown', async () => {
    const here = await scene({ lookEveryMs: 3_600_000 })
    const stream = await watch(here)
    await opened.pop()?.[Symbol.asyncDispose]()
    expect(await stream.ended).toBe('ended')
  })

  test('goes on when the store answers again', async () => {
    let fails = false
    const here = await scene({}, (storage) => ({
      ...storage,
      async historyEnd() {
        if (fails) throw new StoreUnavailable('test', 'the store fails', '')
        return await storage.historyEnd()
      },
    }))
    const stream = await watch(here)
    fails = true
    const id = await publish(here)
    await waitFor(() => here.api.logged.some((line) => line.includes('the store fails')))
    fails = false
    await stream.when(({ events }) => events.length === 1)
    expect(idsOf(stream)).toEqual([id])
  })

  test('is refused beyond its bounds, and free again when a client hangs up', async () => {
    const here = await scene({ maxClients: 2, maxClientsOfApplication: 1 })
    const first = await watch(here)
    const second = await watch(here)
    expect(second.status).toBe(429)
    expect(second.headers.get('retry-after')).toBe('10')
    await here.api.ask('POST', '/api/v1/app', { body: { name: 'Other', uid: 'other' } })
    const elsewhere = (uid: string) => openEvents(`${here.url}/api/v1/app/${uid}/live`, here.api.token)
    streams.push(await elsewhere('other'))
    await here.api.ask('POST', '/api/v1/app', { body: { name: 'Third', uid: 'third' } })
    const third = await elsewhere('third')
    expect(third.status).toBe(503)
    first.close()
    await waitFor(async () => {
      const again = await elsewhere('third')
      streams.push(again)
      return again.status === 200
    })
  })

  test.each([
    ['an id that no event had', '?iterator=12', ['query', 'iterator']],
    ['a text too long to be an id', `?iterator=${'9'.repeat(65)}`, ['query', 'iterator']],
    ['an event type that cannot be', '?event_types=a%20b', ['query', 'event_types', '0']],
  ])('is refused for %s', async (_, query, loc) => {
    const stream = await watch(await scene(), query)
    expect(stream.status).toBe(422)
    expect(JSON.parse(stream.refusal).detail[0].loc).toEqual(loc)
  })

  test('is refused for a header that no event had as its id, and for an endpoint that there is not', async () => {
    const here = await scene()
    const wrong = await watch(here, '', { headers: { 'last-event-id': 'x' } })
    expect(wrong.status).toBe(422)
    expect(JSON.parse(wrong.refusal).detail[0].loc).toEqual(['header', 'last-event-id'])
    expect((await watch(here, '?endpoint_id=nobody')).status).toBe(404)
  })
})

async function waitFor(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 5))
}
