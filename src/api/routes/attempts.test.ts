import { newId } from '#core/ids.ts'
import { settle } from '#test/support/settle.ts'
import type { Answer } from '#test/support/start-api.ts'
import { event, idsOf, queried, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const delivered = { status: 'success', responseStatus: 200, responseBody: 'ok' } as const
const failed = { status: 'fail', responseStatus: 500, responseBody: 'not now' } as const
const unanswered = { status: 'fail', responseStatus: 0, responseBody: 'connection refused' } as const

/** An application with one endpoint. */
async function place() {
  const appId = await scene.application()
  const endpoint = await scene.endpoint(appId, { uid: 'main' })
  return {
    appId,
    endpoint,
    settle: (how: Parameters<typeof settle>[2]) => settle(scene.api.storage, endpoint, how),
  }
}

function statusesOf({ json }: Answer): readonly string[] {
  return (json.data as { statusText: string }[]).map(({ statusText }) => statusText)
}

describe('an attempt', () => {
  test('is shown with its answer, by its message and by its endpoint', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId, { eventId: 'seen' })
    const [attemptId] = await it.settle(delivered)
    const { json } = await ask('GET', `/app/${it.appId}/msg/seen/attempt/${attemptId}`)
    expect(json).toEqual({
      id: attemptId,
      msgId: messageId,
      endpointId: it.endpoint.id,
      url: 'https://receiver.example/hook',
      status: 0,
      statusText: 'success',
      response: 'ok',
      responseStatusCode: 200,
      responseDurationMs: 12,
      triggerType: 0,
      timestamp: json.timestamp,
    })
    for (const path of [
      '/attempt/endpoint/main',
      `/attempt/msg/${messageId}`,
      '/attempt/msg/seen?endpoint_id=main',
      '/msg/seen/endpoint/main/attempt',
    ]) {
      expect((await ask('GET', `/app/${it.appId}${path}`)).json.data).toEqual([json])
    }
  })

  test('carries its message where that is asked for, byte for byte', async () => {
    const it = await place()
    const payload = '{"z":1.0,"a":12345678901234567890}'
    await ask('POST', `/app/${it.appId}/msg`, { body: `{"eventType":"a","payload":${payload}}` })
    await it.settle(delivered)
    const path = `/app/${it.appId}/attempt/endpoint/main`
    expect((await ask('GET', path)).text).not.toContain('"msg"')
    expect((await ask('GET', `${path}?with_msg=true`)).text).toContain(`"payload":${payload}`)
    const bare = (await ask('GET', `${path}?with_msg=true&with_content=false`)).json.data[0]
    expect(bare).toMatchObject({ response: '', msg: { eventType: 'a', payload: {} } })
  })

  test('that a process may have made before it died is a failure that says so', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    const lane = { appId: it.appId, endpointId: it.endpoint.id, max: 1 }
    await scene.api.storage.claimDeliveries([lane], Date.now())
    await scene.api.die()
    await scene.api.storage.recoverInterrupted(Date.now())
    const answer = await ask('GET', `/app/${it.appId}/attempt/msg/${messageId}`)
    expect(answer.json.data).toMatchObject([{ status: 2, statusText: 'fail', responseStatusCode: 0 }])
    expect(answer.json.data[0].response).not.toBe('')
    expect(idsOf(await ask('GET', `/app/${it.appId}/attempt/endpoint/main?status=2`))).toHaveLength(1)
    expect(await it.settle(delivered)).toHaveLength(1)
  })

  test('loses its answer when that is expunged, and nothing else', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    const [attemptId] = await it.settle(failed)
    const path = `/app/${it.appId}/msg/${messageId}/attempt/${attemptId}`
    const before = (await ask('GET', path)).json
    expect((await ask('DELETE', `${path}/content`)).status).toBe(204)
    expect((await ask('GET', path)).json).toEqual({ ...before, response: 'EXPUNGED' })
  })

  test('of another message, endpoint or application is not found', async () => {
    const it = await place()
    const other = await place()
    const messageId = await scene.publish(it.appId)
    const [attemptId] = await it.settle(delivered)
    const otherId = await scene.publish(it.appId)
    for (const path of [
      `/app/${it.appId}/msg/${otherId}/attempt/${attemptId}`,
      `/app/${other.appId}/msg/${messageId}/attempt/${attemptId}`,
      `/app/${it.appId}/msg/${messageId}/attempt/${newId('atmpt_', Date.now())}`,
      `/app/${other.appId}/attempt/msg/${messageId}`,
      `/app/${it.appId}/attempt/endpoint/${other.endpoint.id}`,
      `/app/${it.appId}/attempt/msg/${messageId}?endpoint_id=${other.endpoint.id}`,
      `/app/${it.appId}/msg/${messageId}/endpoint/${other.endpoint.id}/attempt`,
      `/app/${other.appId}/msg/${messageId}/endpoint`,
      `/app/${it.appId}/endpoint/${other.endpoint.id}/msg`,
    ]) {
      expect(await ask('GET', path)).toMatchObject({ status: 404, json: { code: 'not_found' } })
    }
    const expunge = await ask('DELETE', `/app/${it.appId}/msg/${otherId}/attempt/${attemptId}/content`)
    expect(expunge.status).toBe(404)
  })
})

describe('the list of attempts', () => {
  test('goes from the newest to the oldest and back, by endpoint and by message', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.unshift(...(await it.settle({ ...failed, retryAt: Date.now() - 1 })))
    for (const path of [
      `/app/${it.appId}/attempt/endpoint/main`,
      `/app/${it.appId}/attempt/msg/${messageId}`,
    ]) {
      const page = (query: string): Promise<Answer> => ask('GET', `${path}?limit=2${query}`)
      const first = await page('')
      const second = await page(`&iterator=${first.json.iterator}`)
      const third = await page(`&iterator=${second.json.iterator}`)
      const pages = [first, second, third]
      expect(pages.flatMap(idsOf)).toEqual(ids)
      expect(pages.map(({ json }) => json.done)).toEqual([false, false, true])
      expect(idsOf(await page(`&iterator=${third.json.prevIterator}`))).toEqual(idsOf(second))
      expect((await page(`&iterator=${newId('atmpt_', Date.now())}`)).status).toBe(422)
    }
  })

  test('of a message is that of one endpoint alone where one is named', async () => {
    const it = await place()
    const other = await scene.endpoint(it.appId, { uid: 'other' })
    const messageId = await scene.publish(it.appId)
    const [here] = await it.settle(delivered)
    const [there] = await settle(scene.api.storage, other, failed)
    const path = `/app/${it.appId}/attempt/msg/${messageId}`
    expect(idsOf(await ask('GET', path))).toEqual([there, here])
    expect(idsOf(await ask('GET', `${path}?endpoint_id=other`))).toEqual([there])
    expect(idsOf(await ask('GET', `${path}?endpoint_id=${it.endpoint.id}`))).toEqual([here])
    const ofBoth = `/app/${it.appId}/msg/${messageId}/endpoint/other/attempt`
    expect(idsOf(await ask('GET', ofBoth))).toEqual([there])
    expect(idsOf(await ask('GET', `/app/${it.appId}/attempt/endpoint/other`))).toEqual([there])
  })

  test('holds what the filters take, and its count agrees', async () => {
    const it = await place()
    await scene.publish(it.appId, { eventType: 'a', channels: ['north'], tags: ['t'] })
    const [a] = await it.settle(delivered)
    await scene.publish(it.appId, { eventType: 'b' })
    const [b] = await it.settle(failed)
    await scene.publish(it.appId, { eventType: 'c' })
    const [c] = await it.settle(unanswered)
    const soon = queried(Date.now() + 60_000)
    const before = queried(Date.now() - 60_000)
    const path = `/app/${it.appId}/attempt/endpoint/main`
    for (const [query, expected] of [
      ['', [c, b, a]],
      ['status=0', [a]],
      ['status=2', [c, b]],
      ['status=4', []],
      ['status=1', []],
      ['status_code_class=200', [a]],
      ['status_code_class=500', [b]],
      ['status_code_class=0', [c]],
      ['status=2&status_code_class=500', [b]],
      ['channel=north', [a]],
      ['tag=t', [a]],
      ['event_types=a,c', [c, a]],
      [`before=${soon}&after=${before}`, [c, b, a]],
      [`after=${soon}`, []],
      [`before=${before}`, []],
    ] as const) {
      expect(idsOf(await ask('GET', `${path}?${query}`))).toEqual(expected)
      expect((await ask('GET', `${path}/count?${query}`)).json).toEqual({
        count: expected.length,
        approximated: false,
      })
    }
    for (const query of ['status=9', 'status_code_class=250', 'limit=0', 'with_msg=perhaps']) {
      expect((await ask('GET', `${path}?${query}`)).status).toBe(422)
    }
  })
})

describe('messages at an endpoint', () => {
  test('come by their last attempt there, each once, with how they stand', async () => {
    const it = await place()
    const first = await scene.publish(it.appId)
    await it.settle({ ...failed, retryAt: Date.now() + 3_600_000 })
    const second = await scene.publish(it.appId)
    await it.settle(failed)
    const third = await scene.publish(it.appId)
    await it.settle(delivered)
    const path = `/app/${it.appId}/endpoint/main/msg`
    const answer = await ask('GET', path)
    expect(idsOf(answer)).toEqual([third, second, first])
    expect(statusesOf(answer)).toEqual(['success', 'fail', 'pending'])
    expect(answer.json.data.map(({ status }: { status: number }) => status)).toEqual([0, 2, 1])
    expect(Date.parse(answer.json.data[2].nextAttempt)).toBeGreaterThan(Date.now())
    expect(answer.json.data[0]).toMatchObject({ payload: event.payload, nextAttempt: null })
    expect(idsOf(await ask('GET', `${path}?status=1`))).toEqual([first])
    const bare = await ask('GET', `${path}?with_content=false&status=0`)
    expect(bare.json.data).toMatchObject([{ id: third, payload: {} }])
    const page = await ask('GET', `${path}?limit=2`)
    expect(idsOf(await ask('GET', `${path}?limit=2&iterator=${page.json.iterator}`))).toEqual([first])
  })
})

describe('endpoints of a message', () => {
  test('are those it went to or waits for, with how it stands there', async () => {
    const it = await place()
    const waiting = await scene.endpoint(it.appId)
    const messageId = await scene.publish(it.appId)
    const late = await scene.endpoint(it.appId)
    await it.settle(delivered)
    const path = `/app/${it.appId}/msg/${messageId}/endpoint`
    const answer = await ask('GET', path)
    expect(idsOf(answer)).toEqual([it.endpoint.id, waiting.id])
    expect(idsOf(answer)).not.toContain(late.id)
    expect(statusesOf(answer)).toEqual(['success', 'pending'])
    expect(answer.text).not.toContain('whsec_')
    const first = await ask('GET', `${path}?limit=1`)
    expect(first.json.done).toBe(false)
    const second = await ask('GET', `${path}?limit=1&iterator=${first.json.iterator}`)
    expect(second.json).toMatchObject({ done: true, data: [{ id: waiting.id }] })
  })
})

describe('a resend', () => {
  const headers = { 'idempotency-key': 'again' }

  test('makes one attempt by hand, even when it is asked for twice under one key', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    await it.settle(delivered)
    const path = `/app/${it.appId}/msg/${messageId}/endpoint/main/resend`
    for (let n = 0; n < 2; n++) {
      expect(await ask('POST', path, { headers })).toMatchObject({ status: 202, json: {} })
    }
    const made = await it.settle(delivered)
    expect(made).toHaveLength(1)
    const reused = await ask('POST', path, { headers, body: { other: true } })
    expect(reused).toMatchObject({ status: 409, json: { code: 'idempotency_key_reused' } })
    const { data } = (await ask('GET', `/app/${it.appId}/attempt/msg/${messageId}`)).json
    expect(data.map(({ triggerType }: { triggerType: number }) => triggerType)).toEqual([1, 0])
  })

  test('leaves what the schedule still has to do', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    const retryAt = Date.now() + 3_600_000
    await it.settle({ ...failed, retryAt })
    await ask('POST', `/app/${it.appId}/msg/${messageId}/endpoint/main/resend`)
    await it.settle(failed)
    const { data } = (await ask('GET', `/app/${it.appId}/msg/${messageId}/endpoint`)).json
    expect(data).toMatchObject([{ statusText: 'pending', nextAttempt: new Date(retryAt).toISOString() }])
  })

  test.each([
    ['to a disabled endpoint', 'endpoint_disabled'],
    ['of an expunged payload', 'missing_payload'],
  ])('%s is refused with a code of its own', async (_, code) => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    await it.settle(delivered)
    if (code === 'endpoint_disabled')
      await ask('PATCH', `/app/${it.appId}/endpoint/main`, { body: { disabled: true } })
    else await ask('DELETE', `/app/${it.appId}/msg/${messageId}/content`)
    const answer = await ask('POST', `/app/${it.appId}/msg/${messageId}/endpoint/main/resend`)
    expect(answer).toMatchObject({ status: 400, json: { code } })
    expect(await it.settle(delivered)).toEqual([])
  })

  test('of what does not exist is a 404', async () => {
    const it = await place()
    const messageId = await scene.publish(it.appId)
    for (const path of [`msg/nothing/endpoint/main`, `msg/${messageId}/endpoint/nowhere`]) {
      expect((await ask('POST', `/app/${it.appId}/${path}/resend`)).status).toBe(404)
    }
  })
})
