import { createRequire } from 'node:module'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'

interface Example {
  readonly name: string
  readonly examples: readonly object[]
}

const events = (createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[]).flatMap(
  ({ name, examples }) =>
    examples.map((payload) => ({ eventType: `github.${name}`, text: JSON.stringify(payload, null, 1) })),
)

test('all 329 real GitHub events arrive byte for byte, verified by both official libraries', async () => {
  await using receiver = await startReceiver()
  await using app = await start({ env: { POSTHORN_SIGNATURE_HEADERS: 'both' } })
  const application = await app.svix.application.create({ name: 'GitHub' })
  const endpoint = await app.svix.endpoint.create(application.id, { url: `${receiver.url}/github` })
  const { key } = await app.svix.endpoint.getSecret(application.id, endpoint.id)

  const published = new Map<string, string>()
  for (const { eventType, text } of events) {
    const response = await fetch(`${app.url}/api/v1/app/${application.id}/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      body: `{"eventType":${JSON.stringify(eventType)},"payload":${text}}`,
    })
    expect(response.status).toBe(202)
    published.set(((await response.json()) as { id: string }).id, text)
  }
  expect(published.size).toBe(329)

  const arrivals = await receiver.arrived(329)
  const standard = new Webhook(key)
  const svix = new SvixWebhook(key)
  for (const arrival of arrivals) {
    const { headers, body } = arrival
    expect(body).toBe(published.get(messageIdOf(arrival)))
    standard.verify(body, headers as Record<string, string>)
    svix.verify(body, headers as Record<string, string>)
  }
  expect(new Set(arrivals.map(messageIdOf)).size).toBe(329)
})

const payloads = [
  '{"z":1,"a":2,"m":3}',
  '{"big":12345678901234567890,"one":1.0,"tiny":1e-7}',
  '{"a":1,"a":2}',
  '{"escaped":"\\u00e9\\/\\n","plain":"é","emoji":"🎺","lone":"\\ud83d"}',
  '{ "spaced" :\t[ 1 ,\r\n 2 ] }',
  '{"__proto__":{"x":1},"constructor":null}',
  '{}',
]

describe('a payload', () => {
  let app: Running
  beforeAll(async () => {
    app = await start()
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test.each(payloads)('%s is stored, shown and delivered as it was written', async (payload) => {
    await using receiver = await startReceiver()
    const application = await app.svix.application.create({ name: 'Bytes' })
    await app.svix.endpoint.create(application.id, { url: receiver.url })
    const headers = { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' }
    const response = await fetch(`${app.url}/api/v1/app/${application.id}/msg`, {
      method: 'POST',
      headers,
      body: `{"payload": ${payload} ,"eventType":"bytes"}`,
    })
    const answer = await response.text()
    expect(answer).toContain(`"payload":${payload}`)
    const [arrival] = await receiver.arrived(1)
    expect(arrival?.body).toBe(payload)
    const { id } = JSON.parse(answer) as { id: string }
    const shown = await fetch(`${app.url}/api/v1/app/${application.id}/msg/${id}`, { headers })
    expect(await shown.text()).toContain(`"payload":${payload}`)
  })
})
