import { Webhook } from 'standardwebhooks'
import type { EndpointIn } from 'svix'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

let app: Running
beforeAll(async () => {
  app = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.05,0.05,0.05' } })
})
afterAll(() => app[Symbol.asyncDispose]())

/** An application with one endpoint at a receiver of its own. */
async function scene(endpoint: Partial<EndpointIn> & Record<string, unknown> = {}) {
  const receiver = await startReceiver()
  const { id: appId } = await app.svix.application.create({ name: 'Scene' })
  const { id: endpointId } = await call<{ id: string }>('POST', `/app/${appId}/endpoint`, {
    url: `${receiver.url}/hook`,
    ...endpoint,
  })
  return {
    receiver,
    appId,
    endpointId,
    publish: (payload: object = {}, more: object = {}) =>
      call<{ id: string }>('POST', `/app/${appId}/msg`, { eventType: 'thing.done', payload, ...more }),
    attempts: async (messageId: string) =>
      (await app.svix.messageAttempt.listByMsg(appId, messageId, { withContent: true })).data,
    standing: async (messageId: string) =>
      (await app.svix.messageAttempt.listAttemptedDestinations(appId, messageId)).data[0],
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${app.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const text = await response.text()
  return (text === '' ? null : JSON.parse(text)) as T
}

function failing(
  times: number,
  status = 500,
  headers: Record<string, string> = {},
): Parameters<Receiver['behave']>[0] {
  let left = times
  return () => (left-- > 0 ? { status, headers, body: 'not now' } : { status: 200, body: 'ok' })
}

/** Resolves when a failed delivery has been retried at another endpoint: later than any retry that tests here expect. */
async function retriedElsewhere(): Promise<void> {
  await using other = await scene({ retrySchedule: [1] })
  other.receiver.behave(failing(1))
  await other.publish()
  await other.receiver.arrived(2)
}

describe('a delivery', () => {
  test('is retried by the schedule until it arrives, with the same id and a fresh signature', async () => {
    await using it = await scene()
    it.receiver.behave(failing(2))
    const { id } = await it.publish({ n: 1 })
    const arrivals = await it.receiver.arrived(3)
    const { key } = await app.svix.endpoint.getSecret(it.appId, it.endpointId)
    for (const { headers, body } of arrivals) {
      expect(headers['webhook-id']).toBe(id)
      new Webhook(key).verify(body, headers as Record<string, string>)
    }
    const attempts = await until(async () => {
      const all = await it.attempts(id)
      return all.length === 3 && all
    })
    expect(attempts.map(({ responseStatusCode }) => responseStatusCode)).toEqual([200, 500, 500])
    expect(attempts.map(({ response }) => response)).toEqual(['ok', 'not now', 'not now'])
    expect(attempts.every(({ triggerType }) => triggerType === 0)).toBe(true)
  })

  test('ends when the schedule is spent', async () => {
    await using it = await scene()
    it.receiver.behave(() => ({ status: 503 }))
    const { id } = await it.publish()
    const standing = await until(async () => {
      const isSpent = (await it.attempts(id)).length === 4
      return isSpent && (await it.standing(id))
    })
    expect(standing.statusText).toBe('fail')
    expect(standing.nextAttempt ?? null).toBeNull()
    expect(it.receiver.arrivals).toHaveLength(4)
  })

  test('waits as long as Retry-After says', async () => {
    await using it = await scene()
    it.receiver.behave(failing(1, 503, { 'retry-after': '1' }))
    await it.publish()
    const [first, second] = await it.receiver.arrived(2)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950)
  })

  test('ends and disables the endpoint on 410 Gone', async () => {
    await using it = await scene()
    it.receiver.behave(() => ({ status: 410 }))
    const { id } = await it.publish()
    await until(async () => (await app.svix.endpoint.get(it.appId, it.endpointId)).disabled)
    expect(await it.attempts(id)).toHaveLength(1)
    await it.publish()
    expect(it.receiver.arrivals).toHaveLength(1)
  })

  test('ends when the endpoint aborts the message', async () => {
    await using it = await scene()
    it.receiver.behave(() => ({ status: 400, headers: { 'Webhook-Delivery': 'abort-message' } }))
    const { id } = await it.publish()
    const standing = await until(async () => {
      const shown = await it.standing(id)
      return shown?.statusText === 'fail' && shown
    })
    expect(standing.nextAttempt ?? null).toBeNull()
    expect(it.receiver.arrivals).toHaveLength(1)
  })

  test('counts by the endpoint’s own rule', async () => {
    await using it = await scene({ successRule: { body: { pointer: '/state', equals: 'done' } } })
    let arrivals = 0
    it.receiver.behave(() => ({
      status: 200,
      body: JSON.stringify({ state: ++arrivals === 2 ? 'done' : 'busy' }),
    }))
    const { id } = await it.publish()
    await it.receiver.arrived(2)
    const attempts = await until(async () => {
      const all = await it.attempts(id)
      return all.length === 2 && all
    })
    expect(attempts.map(({ statusText }) => statusText)).toEqual(['success', 'fail'])
  })

  test('follows the schedule of its event type, and before that the endpoint’s own', async () => {
    await call('PUT', '/event-type/scheduled.once', { description: 'Has a schedule' })
    await call('PUT', '/event-type/scheduled.once/retry-schedule', {
      retrySchedule: [{ secs: 0, nanos: 20_000_000 }],
    })
    await using byType = await scene()
    await using byEndpoint = await scene({ retrySchedule: [] })
    for (const [it, expected] of [
      [byType, 2],
      [byEndpoint, 1],
    ] as const) {
      it.receiver.behave(() => ({ status: 500 }))
      const { id } = await it.publish({}, { eventType: 'scheduled.once' })
      await until(async () => {
        const shown = await it.standing(id)
        return shown?.statusText === 'fail' && (await it.attempts(id)).length === expected
      })
    }
  })

  test('is not sent before deliverAt', async () => {
    await using it = await scene()
    const deliverAt = Date.now() + 300
    await it.publish({}, { deliverAt: new Date(deliverAt).toISOString() })
    const [arrival] = await it.receiver.arrived(1)
    expect(arrival?.at).toBeGreaterThanOrEqual(deliverAt)
  })

  test('that meets a dead kept-alive socket is recorded and sent again at once, whatever the schedule', async () => {
    await using it = await scene({ retrySchedule: [] })
    const first = await it.publish()
    await until(async () => (await it.standing(first.id))?.statusText === 'success')
    let isDead = true
    it.receiver.behave((_, response) => {
      if (!isDead) return { status: 204 }
      isDead = false
      response.destroy()
      return 'hold'
    })
    const { id } = await it.publish()
    await it.receiver.arrived(2, (arrival) => messageIdOf(arrival) === id)
    const attempts = await until(async () => {
      const all = await it.attempts(id)
      return all.length === 2 && all
    })
    expect(attempts.map(({ responseStatusCode }) => responseStatusCode)).toEqual([204, 0])
    expect((await it.standing(id))?.statusText).toBe('success')
  })

  test('never follows a redirect', async () => {
    await using it = await scene({ retrySchedule: [] })
    it.receiver.behave(({ path }) =>
      path === '/hook' ? { status: 302, headers: { location: '/else' } } : { status: 200 },
    )
    const { id } = await it.publish()
    await until(async () => (await it.standing(id))?.statusText === 'fail')
    expect(it.receiver.arrivals.map(({ path }) => path)).toEqual(['/hook'])
  })
})

describe('a manual resend', () => {
  test('makes one attempt of its own and leaves the automatic retries alone', async () => {
    await using it = await scene({ retrySchedule: [0.8] })
    it.receiver.behave(() => ({ status: 500 }))
    const { id } = await it.publish()
    await it.receiver.arrived(1)
    await until(async () => (await it.attempts(id)).length === 1)
    await app.svix.messageAttempt.resend(it.appId, id, it.endpointId)
    await it.receiver.arrived(3)
    const attempts = await until(async () => {
      const all = await it.attempts(id)
      return all.length === 3 && all
    })
    expect(attempts.map(({ triggerType }) => triggerType)).toEqual([0, 1, 0])
  })

  test('of a message that arrived sends it again', async () => {
    await using it = await scene()
    const { id } = await it.publish()
    await it.receiver.arrived(1)
    await until(async () => (await it.attempts(id)).length === 1)
    await app.svix.messageAttempt.resend(it.appId, id, it.endpointId)
    const [, second] = await it.receiver.arrived(2)
    expect(second?.headers['webhook-id']).toBe(id)
  })
})

describe('an endpoint', () => {
  test('that is disabled holds what waits, goes on when enabled, and gets what it missed by replay-missing', async () => {
    await using it = await scene({ retrySchedule: [0.4] })
    it.receiver.behave(failing(1))
    const held = await it.publish({ n: 'held' })
    await it.receiver.arrived(1)
    await until(async () => (await it.attempts(held.id)).length === 1)
    await app.svix.endpoint.patch(it.appId, it.endpointId, { disabled: true })
    const missed = await it.publish({ n: 'missed' })
    await retriedElsewhere()
    expect(it.receiver.arrivals).toHaveLength(1)
    await app.svix.endpoint.patch(it.appId, it.endpointId, { disabled: false })
    const [, again] = await it.receiver.arrived(2)
    expect(again?.headers['webhook-id']).toBe(held.id)
    await app.svix.endpoint.replayMissing(it.appId, it.endpointId, { since: new Date(Date.now() - 60_000) })
    const [, , made] = await it.receiver.arrived(3)
    expect(made?.headers['webhook-id']).toBe(missed.id)
  })

  test('that failed for too long is disabled', async () => {
    await using impatient = await start({
      env: { POSTHORN_RETRY_SCHEDULE: '0.05,0.05,0.05,0.05,0.05,0.05,0.05,0.05' },
      config: { disableAfterHours: 0.1 / 3600 },
    })
    await using receiver = await startReceiver(() => ({ status: 500 }))
    const { id } = await impatient.svix.application.create({ name: 'Impatient' })
    const endpoint = await impatient.svix.endpoint.create(id, { url: receiver.url })
    await impatient.svix.message.create(id, { eventType: 'a', payload: {} })
    await until(async () => (await impatient.svix.endpoint.get(id, endpoint.id)).disabled)
    expect(receiver.arrivals.length).toBeGreaterThan(1)
  })

  test('that is created gets the very next message', async () => {
    const { id: appId } = await app.svix.application.create({ name: 'Next' })
    await using receiver = await startReceiver()
    for (let round = 1; round <= 20; round++) {
      await app.svix.endpoint.create(appId, { url: `${receiver.url}/${round}` })
      await app.svix.message.create(appId, { eventType: 'a', payload: { round } })
    }
    await receiver.arrived((20 * 21) / 2)
  })

  test('that is changed is sent to as it is now', async () => {
    await using it = await scene()
    await it.publish()
    await it.receiver.arrived(1)
    await app.svix.endpoint.patch(it.appId, it.endpointId, { url: `${it.receiver.url}/other` })
    await app.svix.endpoint.patchHeaders(it.appId, it.endpointId, { headers: { 'X-Customer': 'Ada' } })
    await it.publish()
    const [, second] = await it.receiver.arrived(2)
    expect(second?.path).toBe('/other')
    expect(second?.rawHeaders).toContain('X-Customer')
  })

  test('signs with the old secret too until its grace period ends', async () => {
    await using it = await scene()
    const before = (await app.svix.endpoint.getSecret(it.appId, it.endpointId)).key
    await app.svix.endpoint.rotateSecret(it.appId, it.endpointId, {})
    const after = (await app.svix.endpoint.getSecret(it.appId, it.endpointId)).key
    expect(after).not.toBe(before)
    await it.publish()
    await call('POST', `/app/${it.appId}/endpoint/${it.endpointId}/secret/rotate`, { gracePeriodSeconds: 0 })
    const last = (await app.svix.endpoint.getSecret(it.appId, it.endpointId)).key
    await it.receiver.arrived(1)
    await it.publish()
    const [first, second] = await it.receiver.arrived(2)
    const verify = (key: string, arrival: typeof first) =>
      new Webhook(key).verify(arrival?.body ?? '', (arrival?.headers ?? {}) as Record<string, string>)
    for (const key of [before, after]) verify(key, first)
    verify(last, second)
    // The secret that was retired without grace no longer signs.
    expect(() => verify(after, second)).toThrow()
  })

  test('with a rate gets no more a second than it says, and loses nothing', async () => {
    await using it = await scene({ throttleRate: 10 })
    for (let n = 0; n < 15; n++) await it.publish({ n })
    const arrivals = await it.receiver.arrived(15)
    const spread = (arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0)
    expect(spread).toBeGreaterThan(1_000)
  })

  test('that is deleted gets nothing more', async () => {
    await using it = await scene({ retrySchedule: [0.2, 0.2] })
    it.receiver.behave(() => ({ status: 500 }))
    await it.publish()
    await it.receiver.arrived(1)
    await app.svix.endpoint.delete(it.appId, it.endpointId)
    await retriedElsewhere()
    expect(it.receiver.arrivals).toHaveLength(1)
  })

  test('gets only the event types and channels that it asked for', async () => {
    await call('PUT', '/event-type/wanted', { description: 'Wanted' })
    await using it = await scene({ eventTypes: ['wanted'], channels: ['north'] })
    await it.publish({ n: 1 }, { eventType: 'other', channels: ['north'] })
    await it.publish({ n: 2 }, { eventType: 'wanted', channels: ['south'] })
    await it.publish({ n: 3 }, { eventType: 'wanted' })
    await it.publish({ n: 4 }, { eventType: 'wanted', channels: ['south', 'north'] })
    const [arrival] = await it.receiver.arrived(1)
    expect(arrival?.body).toBe('{"n":4}')
  })
})

describe('replaying', () => {
  test('recovers what failed, with a schedule of its own, and says when it is done', async () => {
    await using it = await scene({ retrySchedule: [] })
    it.receiver.behave(failing(3))
    const ids = [await it.publish({ n: 1 }), await it.publish({ n: 2 }), await it.publish({ n: 3 })].map(
      ({ id }) => id,
    )
    await until(async () =>
      (await Promise.all(ids.map((id) => it.attempts(id)))).every((all) => all.length === 1),
    )
    const task = await app.svix.endpoint.recover(it.appId, it.endpointId, {
      since: new Date(Date.now() - 60_000),
    })
    await it.receiver.arrived(6)
    const done = await until(async () => {
      const shown = await call<{ status: string; data: object }>('GET', `/background-task/${task.id}`)
      return shown.status === 'finished' && shown
    })
    expect(done.data).toEqual({ replayed: 3 })
  })

  test('in bulk sends again what matches, delivered or not', async () => {
    await using it = await scene()
    const wanted = await it.publish({ n: 1 }, { tags: ['keep'] })
    await it.publish({ n: 2 })
    await it.receiver.arrived(2)
    await until(async () => (await it.attempts(wanted.id)).length === 1)
    await call('POST', `/app/${it.appId}/endpoint/${it.endpointId}/bulk-replay`, {
      since: new Date(Date.now() - 60_000).toISOString(),
      tag: 'keep',
      status: 0,
    })
    const [, , third] = await it.receiver.arrived(3)
    expect(third?.headers['webhook-id']).toBe(wanted.id)
  })

  test('cancels what waits, and shows it as canceled', async () => {
    await using it = await scene({ retrySchedule: [60] })
    it.receiver.behave(() => ({ status: 500 }))
    const { id } = await it.publish()
    await until(async () => (await it.standing(id))?.statusText === 'pending')
    await call('POST', `/app/${it.appId}/endpoint/${it.endpointId}/cancel-msgs`, {
      createdBefore: new Date(Date.now() + 1_000).toISOString(),
    })
    const standing = await until(async () => {
      const shown = await it.standing(id)
      return shown?.statusText !== 'pending' && shown
    })
    expect(standing.statusText).toBe('canceled')
    expect((await it.attempts(id)).map(({ statusText }) => statusText)).toEqual(['canceled', 'fail'])
  })

  test('sends an example to the endpoint that asked, whatever it subscribes to', async () => {
    await call('PUT', '/event-type/with.example', {
      description: 'Has an example',
      schemas: { 1: { type: 'object', examples: [{ invoice: 'in_1' }] } },
    })
    await using it = await scene({ channels: ['elsewhere'] })
    await app.svix.endpoint.sendExample(it.appId, it.endpointId, { eventType: 'with.example' })
    const [arrival] = await it.receiver.arrived(1)
    expect(arrival?.body).toBe('{"invoice":"in_1"}')
  })
})
