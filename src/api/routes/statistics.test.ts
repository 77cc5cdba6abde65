import { newId } from '#core/ids.ts'
import { continueTasks } from '#maintenance/task-runner.ts'
import { settle } from '#test/support/settle.ts'
import { idsOf, queried, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signOrganisationToken } from '../tokens.ts'

let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const dayMs = 86_400_000
const delivered = { status: 'success', responseStatus: 200 } as const
const failed = { status: 'fail', responseStatus: 500 } as const

/** Two messages of type `a` delivered, one of type `b` failed, one of type `b` canceled, one that waits. */
async function history() {
  const appId = await scene.application()
  const endpoint = await scene.endpoint(appId)
  const { storage } = scene.api
  for (let n = 0; n < 2; n++) await scene.publish(appId, { eventType: 'a' })
  await settle(storage, endpoint, delivered)
  await scene.publish(appId, { eventType: 'b' })
  await settle(storage, endpoint, failed)
  await scene.publish(appId, { eventType: 'b' })
  const createdBefore = new Date(Date.now() + 60_000).toISOString()
  await ask('POST', `/app/${appId}/endpoint/${endpoint.id}/cancel-msgs`, { body: { createdBefore } })
  await scene.publish(appId, { eventType: 'c' })
  return { appId, endpoint }
}

describe('statistics of an endpoint', () => {
  test('count its attempts by result, and what waits now', async () => {
    const { appId, endpoint } = await history()
    const path = `/app/${appId}/endpoint/${endpoint.id}/stats`
    const expected = { success: 2, fail: 1, canceled: 1, pending: 1, sending: 0 }
    expect((await ask('GET', path)).json).toEqual(expected)
    await scene.api.storage.claimDeliveries([{ appId, endpointId: endpoint.id, max: 1 }], Date.now())
    expect((await ask('GET', path)).json).toEqual({ ...expected, pending: 0, sending: 1 })
    const past = `since=${queried(Date.now() - 10 * dayMs)}&until=${queried(Date.now() - 9 * dayMs)}`
    expect((await ask('GET', `${path}?${past}`)).json).toMatchObject({ success: 0, fail: 0, canceled: 0 })
  })

  test.each([
    ['over more than 28 days', 29 * dayMs, 0],
    ['that runs backwards', 0, dayMs],
  ])('for a period %s are refused', async (_, sinceAgo, untilAgo) => {
    const { appId, endpoint } = await history()
    const query = `since=${queried(Date.now() - sinceAgo)}&until=${queried(Date.now() - untilAgo)}`
    const answer = await ask('GET', `/app/${appId}/endpoint/${endpoint.id}/stats?${query}`)
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_range' } })
  })

  test('of what does not exist are a 404', async () => {
    const { appId } = await history()
    expect((await ask('GET', `/app/${appId}/endpoint/nowhere/stats`)).status).toBe(404)
  })
})

describe('statistics of an application', () => {
  const period = `since=${queried(Date.now() - dayMs)}&until=${queried(Date.now() + dayMs)}`

  test('count its attempts by event type', async () => {
    const { appId } = await history()
    const { json } = await ask('GET', `/app/${appId}/stats/attempts?${period}`)
    expect(json).toMatchObject({
      by_event_type: {
        a: { success: 2, failure: 0, canceled: 0 },
        b: { success: 0, failure: 1, canceled: 1 },
      },
      total_success: 2,
      total_failure: 1,
      total_canceled: 1,
    })
    const { json: chosen } = await ask('GET', `/app/${appId}/stats/attempts?${period}&event_types=b,c`)
    expect(chosen).toMatchObject({ total_success: 0, total_failure: 1 })
    expect(Object.keys(chosen.by_event_type)).toEqual(['b'])
  })

  test('need a period', async () => {
    const { appId } = await history()
    const { status, json } = await ask('GET', `/app/${appId}/stats/attempts`)
    expect(status).toBe(422)
    expect(json.detail.map(({ loc }: { loc: string[] }) => loc.join('.'))).toEqual([
      'query.since',
      'query.until',
    ])
  })

  test('are counted for many applications by a background task', async () => {
    const { appId } = await history()
    const body = {
      since: new Date(Date.now() - dayMs).toISOString(),
      until: new Date(Date.now() + dayMs).toISOString(),
    }
    const some = await ask('POST', '/stats/usage/app', { body: { ...body, appIds: [appId, 'nobody'] } })
    expect(some).toMatchObject({
      status: 202,
      json: { status: 'running', task: 'application.stats', unresolvedAppIds: ['nobody'] },
    })
    const all = await ask('POST', '/stats/usage/app', { body })
    expect(all.json.unresolvedAppIds).toEqual([])
    while (await continueTasks(scene.api.storage, () => {}));
    const ofApp = { appId, appUid: null, messageDestinations: 4 }
    expect((await ask('GET', `/background-task/${some.json.id}`)).json).toMatchObject({
      status: 'finished',
      data: { statistics: [ofApp] },
    })
    expect((await ask('GET', `/background-task/${all.json.id}`)).json.data.statistics).toContainEqual(ofApp)
    const backwards = await ask('POST', '/stats/usage/app', {
      body: { since: body.until, until: body.since },
    })
    expect({ status: backwards.status, loc: backwards.json.detail[0].loc }).toEqual({
      status: 422,
      loc: ['body', 'until'],
    })
  })
})

test('endpoints of the organisation are counted, enabled and disabled apart', async () => {
  const before = (await ask('GET', '/stats/endpoint/count')).json
  const appId = await scene.application()
  await scene.endpoint(appId)
  await scene.endpoint(appId, { disabled: true })
  await scene.endpoint(appId, { disabled: true })
  expect((await ask('GET', '/stats/endpoint/count')).json).toEqual({
    active: before.active + 1,
    disabled: before.disabled + 2,
  })
})

describe('background tasks', () => {
  test('are listed in both orders, by state and kind, and only to their own organisation', async () => {
    const token = await signOrganisationToken(scene.api.jwtKeys, 'org_tasks', Date.now())
    const body = { since: new Date(Date.now() - dayMs).toISOString(), until: new Date().toISOString() }
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await ask('POST', '/stats/usage/app', { body, token })).json.id)
    while (await continueTasks(scene.api.storage, () => {}));
    ids.push((await ask('POST', '/stats/usage/app', { body, token })).json.id)
    const list = async (query: string) => idsOf(await ask('GET', `/background-task?${query}`, { token }))
    expect(await list('')).toEqual(ids.toReversed())
    expect(await list('order=ascending')).toEqual(ids)
    expect(await list('status=running')).toEqual(ids.slice(3))
    expect(await list('status=finished&order=ascending')).toEqual(ids.slice(0, 3))
    expect(await list('task=application.stats&limit=1')).toEqual(ids.slice(3))
    expect(await list('task=sdk.generate')).toEqual([])
    expect(await list(`order=ascending&limit=2&iterator=${ids[1]}`)).toEqual(ids.slice(2))
    expect(await list(`order=ascending&limit=2&iterator=-${ids[3]}`)).toEqual(ids.slice(1, 3))
    for (const id of ids) {
      expect((await ask('GET', `/background-task/${id}`)).status).toBe(404)
      expect((await ask('GET', `/background-task/${id}`, { token })).status).toBe(200)
    }
    expect((await ask('GET', '/background-task?status=done', { token })).status).toBe(422)
    expect((await ask('GET', `/background-task/${newId('qtask_', Date.now())}`)).status).toBe(404)
  })
})
