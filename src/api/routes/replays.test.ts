import { continueTasks } from '#maintenance/task-runner.ts'
import { settle } from '#test/support/settle.ts'
import type { Answer } from '#test/support/start-api.ts'
import { idsOf, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const delivered = { status: 'success', responseStatus: 200 } as const
const failed = { status: 'fail', responseStatus: 500 } as const
const dayMs = 86_400_000

function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString()
}

async function place() {
  const appId = await scene.application()
  const endpoint = await scene.endpoint(appId)
  const path = `/app/${appId}/endpoint/${endpoint.id}`
  return {
    appId,
    endpoint,
    path,
    settle: (how: Parameters<typeof settle>[2]) => settle(scene.api.storage, endpoint, how),
    start: (operation: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
      ask('POST', `${path}/${operation}`, { body, headers }),
  }
}

/** Carries out every background task, as the server does. */
async function runTasks(): Promise<void> {
  const failures: unknown[] = []
  while (await continueTasks(scene.api.storage, (_, error) => failures.push(error)));
  expect(failures).toEqual([])
}

async function dataOf(started: Answer): Promise<unknown> {
  const { status, json } = await ask('GET', `/background-task/${started.json.id}`)
  expect({ status, state: json.status, task: json.task }).toEqual({
    status: 200,
    state: 'finished',
    task: started.json.task,
  })
  return json.data
}

describe('a replay', () => {
  test.each([
    ['recover', 'endpoint.recover', {}, ['failed']],
    ['replay-missing', 'endpoint.replay', {}, ['missed']],
    ['bulk-replay', 'endpoint.bulk-replay', {}, ['failed', 'delivered', 'missed']],
    ['bulk-replay', 'endpoint.bulk-replay', { status: 0 }, ['delivered']],
    ['bulk-replay', 'endpoint.bulk-replay', { status: 2 }, ['failed']],
    ['bulk-replay', 'endpoint.bulk-replay', { statusCodeClass: 500 }, ['failed']],
    ['bulk-replay', 'endpoint.bulk-replay', { eventTypes: ['failed', 'none'] }, ['failed']],
    ['bulk-replay', 'endpoint.bulk-replay', { channel: 'north' }, ['delivered']],
    ['bulk-replay', 'endpoint.bulk-replay', { tag: 't' }, ['delivered']],
  ])('by %s is a task %s that takes, with %j, what is %j', async (operation, task, filter, expected) => {
    const it = await place()
    await scene.publish(it.appId, { eventType: 'failed' })
    await it.settle(failed)
    await scene.publish(it.appId, { eventType: 'delivered', channels: ['north'], tags: ['t'] })
    await it.settle(delivered)
    await ask('PATCH', it.path, { body: { disabled: true } })
    await scene.publish(it.appId, { eventType: 'missed' })
    await ask('PATCH', it.path, { body: { disabled: false } })

    const started = await it.start(operation, { since: ago(60_000), ...filter })
    expect(started).toMatchObject({ status: 202, json: { status: 'running', task } })
    expect(Object.keys(started.json).toSorted()).toEqual(['id', 'status', 'task', 'updatedAt'])
    await runTasks()
    expect(await dataOf(started)).toEqual({ replayed: expected.length })
    const lane = { appId: it.appId, endpointId: it.endpoint.id, max: 100 }
    const { deliveries } = await scene.api.storage.claimDeliveries([lane], Date.now())
    expect(deliveries.map(({ message }) => message.eventType)).toEqual(expected)
  })

  test('takes only what was published in its period', async () => {
    const it = await place()
    await scene.publish(it.appId)
    await it.settle(failed)
    const started = await it.start('recover', { since: ago(2 * dayMs), until: ago(dayMs) })
    await runTasks()
    expect(await dataOf(started)).toEqual({ replayed: 0 })
  })

  test('asked for twice under one key is one task', async () => {
    const it = await place()
    const headers = { 'idempotency-key': 'replay' }
    const body = { since: ago(60_000) }
    const first = await it.start('recover', body, headers)
    expect((await it.start('recover', body, headers)).json).toEqual(first.json)
    expect((await it.start('recover', { since: ago(1_000) }, headers)).status).toBe(409)
    await runTasks()
  })

  test.each([
    ['recover', { since: ago(15 * dayMs) }, 'since'],
    ['recover', { since: ago(1_000), until: ago(5_000) }, 'until'],
    ['recover', {}, 'since'],
    ['replay-missing', { since: ago(15 * dayMs) }, 'since'],
    ['bulk-replay', { since: ago(91 * dayMs) }, 'since'],
    ['bulk-replay', { since: ago(1_000), status: 1 }, 'status'],
    ['bulk-replay', { since: ago(1_000), status: 7 }, 'status'],
    ['bulk-replay', { since: ago(1_000), statusCodeClass: 250 }, 'statusCodeClass'],
  ])('by %s with %j is refused by name', async (operation, body, field) => {
    const it = await place()
    const { status, json } = await it.start(operation, body)
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['body', field])
  })

  test('reaches back 14 days by a clock that goes five minutes wrong', async () => {
    const it = await place()
    expect((await it.start('recover', { since: ago(14 * dayMs + 240_000) })).status).toBe(202)
    await runTasks()
  })

  test('at an endpoint that does not exist is a 404', async () => {
    const appId = await scene.application()
    for (const operation of ['recover', 'replay-missing', 'bulk-replay']) {
      const path = `/app/${appId}/endpoint/nowhere/${operation}`
      expect((await ask('POST', path, { body: { since: ago(1_000) } })).status).toBe(404)
    }
  })
})

describe('canceling', () => {
  test('ends what waits, however much it is, and leaves what is newer', async () => {
    const it = await place()
    const messages = Array.from({ length: 1_000 }, () => ({ eventType: 'a', payload: {} }))
    for (let n = 0; n < 2; n++) await ask('POST', `/app/${it.appId}/msg/batch`, { body: { messages } })
    const createdBefore = new Date(Date.now() + 1).toISOString()
    await new Promise((resolve) => setTimeout(resolve, 5))
    const newer = await scene.publish(it.appId)
    const canceled = await it.start('cancel-msgs', { createdBefore })
    expect(canceled).toMatchObject({ status: 204, text: '' })
    const { json } = await ask('GET', `/app/${it.appId}/attempt/endpoint/${it.endpoint.id}/count?status=4`)
    expect(json.count).toBe(2_000)
    const { data } = (await ask('GET', `/app/${it.appId}/attempt/endpoint/${it.endpoint.id}?limit=1`)).json
    expect(data).toMatchObject([{ status: 4, statusText: 'canceled' }])
    await it.settle(delivered)
    const attempted = await ask('GET', `${it.path}/msg?status=0`)
    expect(idsOf(attempted)).toEqual([newer])
  })

  test('without an instant is refused by name', async () => {
    const { status, json } = await (await place()).start('cancel-msgs', {})
    expect({ status, loc: json.detail[0].loc }).toEqual({ status: 422, loc: ['body', 'createdBefore'] })
  })
})

describe('an example', () => {
  beforeAll(async () => {
    const schemas = {
      1: { examples: [{ old: true }] },
      2: { type: 'object', examples: [{ n: 0 }, { n: 1 }, 'no object'] },
    }
    await ask('POST', '/event-type', { body: { name: 'shown', description: 'Shown', schemas } })
    await ask('POST', '/event-type', { body: { name: 'bare', description: 'Without an example' } })
  })

  test('goes to the endpoint that asked and to no other, and is a message like any', async () => {
    const it = await place()
    const other = await scene.endpoint(it.appId)
    await ask('PATCH', it.path, { body: { channels: ['elsewhere'] } })
    const { status, json } = await it.start('send-example', { eventType: 'shown', exampleIndex: 1 })
    expect({ status, payload: json.payload }).toEqual({ status: 202, payload: { n: 1 } })
    expect((await ask('GET', `/app/${it.appId}/msg/${json.id}`)).json).toEqual(json)
    expect(await settle(scene.api.storage, other, delivered)).toEqual([])
    expect(await it.settle(delivered)).toHaveLength(1)
  })

  test('of svix.ping needs no catalogue', async () => {
    const { status, json } = await (await place()).start('send-example', { eventType: 'svix.ping' })
    expect({ status, eventType: json.eventType }).toEqual({ status: 202, eventType: 'svix.ping' })
  })

  test.each([
    ['an event type that is unknown', { eventType: 'unknown' }],
    ['an event type without one', { eventType: 'bare' }],
    ['an index beyond the last', { eventType: 'shown', exampleIndex: 3 }],
    ['an example that is no object', { eventType: 'shown', exampleIndex: 2 }],
  ])('of %s is refused by name', async (_, body) => {
    const it = await place()
    const { status, json } = await it.start('send-example', body)
    expect({ status, loc: json.detail[0].loc }).toEqual({ status: 422, loc: ['body', 'eventType'] })
    expect(await it.settle(delivered)).toEqual([])
  })

  test('to a disabled endpoint is refused', async () => {
    const it = await place()
    await ask('PATCH', it.path, { body: { disabled: true } })
    const answer = await it.start('send-example', { eventType: 'shown' })
    expect(answer).toMatchObject({ status: 400, json: { code: 'endpoint_disabled' } })
  })

  test('asked for twice under one key is one message', async () => {
    const it = await place()
    const headers = { 'idempotency-key': 'example' }
    const first = await it.start('send-example', { eventType: 'shown' }, headers)
    expect((await it.start('send-example', { eventType: 'shown' }, headers)).json).toEqual(first.json)
    expect(idsOf(await ask('GET', `/app/${it.appId}/msg`))).toEqual([first.json.id])
  })
})
