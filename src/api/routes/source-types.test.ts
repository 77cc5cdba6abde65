import { createHmac } from 'node:crypto'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const create = (type: string, config: object) =>
  api.ask('POST', '/ingest/api/v1/source', { body: { name: 'Source', type, config } })

async function problemOf(type: string, config: object): Promise<readonly [string, string]> {
  const { status, json } = await create(type, config)
  expect(status).toBe(422)
  expect(json.detail).toHaveLength(1)
  return [json.detail[0].loc.join('.') as string, json.detail[0].msg as string]
}

async function sourceOf(type: string, config: object) {
  const { status, json } = await create(type, config)
  expect(status).toBe(201)
  const path = new URL(json.ingestUrl as string).pathname
  return {
    id: json.id as string,
    ask: (method: string, headers: Record<string, string>, body?: string) =>
      api.ask(method, path, { token: null, headers, ...(body === undefined ? {} : { body }) }),
  }
}

test('cron is refused as what it is not, and a provider without a row by its name', async () => {
  expect(await problemOf('cron', { schedule: '0 0 * * *', payload: '{}' })).toEqual([
    'body.type',
    expect.stringContaining('cron is no webhook'),
  ])
  expect(await problemOf('vgs', { secret: 'a' })).toEqual([
    'body.type',
    expect.stringContaining('there is no provider "vgs"'),
  ])
})

describe('Adobe Acrobat Sign', () => {
  const clientId = 'CBJCHBCAABAAo8FnHv'
  const event = '{"event":"AGREEMENT_CREATED","webhookNotificationId":"n1"}'

  test('has its client id back, from its first request and from every event', async () => {
    const { id, ask } = await sourceOf('adobe-sign', { clientId })
    for (const [method, body] of [['GET'], ['POST', event], ['POST', event]] as const) {
      const answer = await ask(method, { 'X-AdobeSign-ClientId': clientId }, body)
      expect(answer).toMatchObject({ status: 200, headers: { 'x-adobesign-clientid': clientId } })
    }
    const { json } = await api.ask('GET', `/api/v1/app/${id}/msg`)
    expect(json.data).toMatchObject([{ eventType: 'AGREEMENT_CREATED', eventId: 'n1' }])
  })

  test('has nothing back for another client id', async () => {
    const { ask } = await sourceOf('adobe-sign', { clientId })
    for (const [method, status] of [
      ['GET', 403],
      ['POST', 401],
    ] as const) {
      const answer = await ask(
        method,
        { 'X-AdobeSign-ClientId': 'another' },
        method === 'GET' ? undefined : event,
      )
      expect(answer.status).toBe(status)
      expect(answer.headers).not.toHaveProperty('x-adobesign-clientid')
    }
  })

  test('needs the client id, which is nothing that others have', async () => {
    expect(await problemOf('adobe-sign', {})).toEqual([
      'body.config.clientId',
      expect.stringContaining('is required'),
    ])
    expect((await problemOf('github', { clientId }))[0]).toBe('body.config.clientId')
  })
})

describe('Tailscale', () => {
  const secret = 'tskey-webhook-1'
  const body = '[{"type":"nodeCreated"}]'
  const signed = (ageSeconds: number): Record<string, string> => {
    const t = Math.floor(Date.now() / 1_000) - ageSeconds
    const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
    return { 'Tailscale-Webhook-Signature': `t=${t},v1=${v1}` }
  }

  test('may be as late as its source says', async () => {
    const strict = await sourceOf('tailscale', { secret })
    const patient = await sourceOf('tailscale', { secret, timestampGraceSeconds: 3_600 })
    expect((await strict.ask('POST', signed(1_800), body)).status).toBe(401)
    expect((await strict.ask('POST', signed(100), body)).status).toBe(200)
    expect((await patient.ask('POST', signed(1_800), body)).status).toBe(200)
    expect((await patient.ask('POST', signed(3_700), body)).status).toBe(401)
  })

  test('takes no grace in which a request could come twice', async () => {
    for (const timestampGraceSeconds of [0, -1, 1.5, 86_401, 'soon', '', true]) {
      const [loc, words] = await problemOf('tailscale', { secret, timestampGraceSeconds })
      expect([loc, words]).toEqual([
        'body.config.timestampGraceSeconds',
        'must be a whole number of 1 to 86400 seconds',
      ])
    }
  })
})
