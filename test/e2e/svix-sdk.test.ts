import { Webhook } from 'standardwebhooks'
import {
  type ApplicationOut,
  BackgroundTaskType,
  type EndpointOut,
  Ordering,
  Svix,
  Webhook as SvixWebhook,
} from 'svix'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createValidator } from '#test/support/openapi-validator.ts'
import { type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

/** The official client, unchanged, through every method that the server has an operation for. */

const validator = createValidator()
const plainFetch = globalThis.fetch
let app: Running
let receiver: Receiver
let customer: ApplicationOut
let endpoint: EndpointOut

beforeAll(async () => {
  app = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.05', POSTHORN_SIGNATURE_HEADERS: 'both' } })
  receiver = await startReceiver()
  // Each answer that the client gets is held against the document.
  globalThis.fetch = async (input, init) => {
    const response = await plainFetch(input, init)
    const url = new URL(input instanceof Request ? input.url : String(input))
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    validator.check(method, url.pathname.replace(/\/$/, ''), response.status, await response.clone().text())
    return response
  }
  customer = await app.svix.application.create({ name: 'Customer', uid: 'customer' })
  await app.svix.eventType.create({
    name: 'invoice.paid',
    description: 'Paid',
    schemas: { 1: { examples: [{ id: 1 }] } },
  })
  endpoint = await app.svix.endpoint.create(customer.id, { url: `${receiver.url}/hook`, uid: 'main' })
})
afterAll(async () => {
  globalThis.fetch = plainFetch
  await app[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

function statusOf(promise: Promise<unknown>): Promise<number> {
  return promise.then(
    () => 0,
    (error: { readonly code?: number }) => error.code ?? -1,
  )
}

describe('svix.application', () => {
  test('creates, reads back, changes, lists and deletes', async () => {
    const { application } = app.svix
    const created = await application.create({
      name: 'One',
      uid: 'one',
      metadata: { plan: 'pro' },
      throttleRate: 50,
    })
    expect(await application.get('one')).toEqual(created)
    expect(await application.getOrCreate({ name: 'Else', uid: 'one' })).toEqual(created)
    expect(await statusOf(application.create({ name: 'Twice', uid: 'one' }))).toBe(409)
    const patched = await application.patch('one', { name: 'Patched' })
    expect(patched).toMatchObject({ id: created.id, name: 'Patched', uid: 'one', metadata: { plan: 'pro' } })
    expect(await application.get('one')).toEqual(patched)
    const replaced = await application.upsert(created.id, { name: 'Replaced' })
    expect(await application.get(created.id)).toEqual(replaced)
    expect(replaced).toMatchObject({ id: created.id, name: 'Replaced', metadata: {} })
    expect(replaced.uid).toBeUndefined()
    const upserted = await application.upsert('two', { name: 'Two', uid: 'two' })
    expect(await application.get('two')).toEqual(upserted)
    expect((await application.list({ order: Ordering.Descending })).data.map(({ id }) => id)).toEqual([
      upserted.id,
      created.id,
      customer.id,
    ])
    await application.delete(created.id)
    await application.delete('two')
    expect(await statusOf(application.get(created.id))).toBe(404)
  })

  test('pages forwards and backwards', async () => {
    const { application } = app.svix
    const all = await Promise.all(
      Array.from({ length: 7 }, (_, n) => application.create({ name: `Page ${n}` })),
    )
    const first = await application.list({ limit: 3 })
    const second = await application.list({ limit: 3, iterator: first.iterator })
    expect(first.done).toBe(false)
    const back = await application.list({ limit: 3, iterator: second.prevIterator ?? null })
    expect(back.data).toEqual(first.data)
    const third = await application.list({ limit: 3, iterator: second.iterator })
    expect(third.done).toBe(true)
    expect([...first.data, ...second.data, ...third.data]).toHaveLength(8)
    expect(await statusOf(application.list({ iterator: 'app_nowhere' }))).toBe(422)
    await Promise.all(all.map(({ id }) => application.delete(id)))
  })
})

describe('svix.endpoint', () => {
  test('creates, reads back, changes, lists and deletes', async () => {
    const { endpoint: endpoints } = app.svix
    const created = await endpoints.create('customer', {
      url: `${receiver.url}/made`,
      description: 'Made',
      eventTypes: ['invoice.paid'],
      channels: ['north'],
      throttleRate: 9,
      metadata: { a: 'b' },
      uid: 'made',
      headers: { 'X-Made': 'yes' },
      disabled: true,
    })
    expect(await endpoints.get('customer', 'made')).toEqual(created)
    expect(created).toMatchObject({
      disabled: true,
      eventTypes: ['invoice.paid'],
      channels: ['north'],
      throttleRate: 9,
    })
    expect(await endpoints.getHeaders('customer', 'made')).toEqual({
      headers: { 'X-Made': 'yes' },
      sensitive: [],
    })
    const patched = await endpoints.patch('customer', 'made', { description: 'Patched', channels: null })
    expect(await endpoints.get('customer', 'made')).toEqual(patched)
    expect(patched).toMatchObject({ description: 'Patched', channels: null, eventTypes: ['invoice.paid'] })
    const replaced = await endpoints.upsert('customer', created.id, { url: `${receiver.url}/replaced` })
    expect(await endpoints.get('customer', created.id)).toEqual(replaced)
    expect(replaced).toMatchObject({ description: '', eventTypes: null, disabled: false, uid: null })
    expect((await endpoints.list('customer')).data.map(({ id }) => id)).toEqual([created.id, endpoint.id])
    expect(await statusOf(endpoints.create('customer', { url: receiver.url, eventTypes: ['no.such'] }))).toBe(
      422,
    )
    await endpoints.delete('customer', created.id)
    expect(await statusOf(endpoints.get('customer', created.id))).toBe(404)
  })

  test('sets headers and hides those that are sensitive', async () => {
    const { endpoint: endpoints } = app.svix
    await endpoints.setHeaders('customer', 'main', {
      headers: { 'X-A': '1', Authorization: 'Bearer secret' },
    })
    expect(await endpoints.getHeaders('customer', 'main')).toEqual({
      headers: { 'X-A': '1' },
      sensitive: ['Authorization'],
    })
    await endpoints.patchHeaders('customer', 'main', { headers: { 'X-B': '2' }, deleteHeaders: ['x-a'] })
    expect((await endpoints.getHeaders('customer', 'main')).headers).toEqual({ 'X-B': '2' })
    await endpoints.setHeaders('customer', 'main', { headers: {} })
    expect(await endpoints.getHeaders('customer', 'main')).toEqual({ headers: {}, sensitive: [] })
    expect(await statusOf(endpoints.setHeaders('customer', 'main', { headers: { Host: 'x' } }))).toBe(422)
  })

  test('rotates the secret, to one that is given or a new one', async () => {
    const { endpoint: endpoints } = app.svix
    const before = await endpoints.getSecret('customer', 'main')
    await endpoints.rotateSecret('customer', 'main', {})
    expect(await endpoints.getSecret('customer', 'main')).not.toEqual(before)
    await endpoints.rotateSecret('customer', 'main', { key: before.key })
    expect(await endpoints.getSecret('customer', 'main')).toEqual(before)
  })

  test('recovers, replays, sends examples and counts', async () => {
    const { endpoint: endpoints, backgroundTask } = app.svix
    const since = new Date(Date.now() - 3_600_000)
    const tasks = [
      await endpoints.recover('customer', 'main', { since }),
      await endpoints.replayMissing('customer', 'main', { since }),
      await endpoints.bulkReplay('customer', 'main', { since, status: 0 }),
    ]
    for (const { id, task } of tasks) {
      const done = await until(async () => {
        const shown = await backgroundTask.get(id)
        return shown.status === 'finished' && shown
      })
      expect(done.task).toBe(task)
    }
    expect((await backgroundTask.list({ task: BackgroundTaskType.EndpointRecover })).data).toHaveLength(1)
    const before = receiver.arrivals.length
    const example = await endpoints.sendExample('customer', 'main', { eventType: 'invoice.paid' })
    expect(example.payload).toEqual({ id: 1 })
    const arrived = (await receiver.arrived(before + 1)).at(-1)
    const { key } = await endpoints.getSecret('customer', 'main')
    for (const library of [new Webhook(key), new SvixWebhook(key)])
      library.verify(arrived?.body ?? '', arrived?.headers as Record<string, string>)
    expect(JSON.parse(arrived?.body ?? '')).toEqual({ id: 1 })
    await until(async () => (await endpoints.getStats('customer', 'main')).success > 0)
  })
})

describe('svix.eventType', () => {
  test('imports what an OpenAPI document describes', async () => {
    const { eventType } = app.svix
    const spec = {
      openapi: '3.1.0',
      webhooks: { 'pet.new': { post: { summary: 'Come', deprecated: true } } },
    }
    const { data: planned } = await eventType.importOpenapi({ spec, dryRun: true })
    expect(planned.modified).toEqual([])
    expect(planned.toModify).toMatchObject([{ name: 'pet.new', description: 'Come', deprecated: true }])
    const { data } = await eventType.importOpenapi({ specRaw: JSON.stringify(spec) })
    expect(data.modified).toEqual(['pet.new'])
    expect(await eventType.get('pet.new')).toMatchObject({ description: 'Come', deprecated: true })
    await eventType.delete('pet.new', { expunge: true })
  })

  test('creates, reads back, changes, lists, archives and deletes', async () => {
    const { eventType } = app.svix
    const created = await eventType.create({
      name: 'a.b',
      description: 'A',
      featureFlags: ['beta'],
      groupName: 'a',
    })
    expect(await eventType.get('a.b')).toEqual(created)
    expect(await statusOf(eventType.create({ name: 'a.b', description: 'A' }))).toBe(409)
    const patched = await eventType.patch('a.b', { deprecated: true })
    expect(patched).toMatchObject({ deprecated: true, featureFlags: ['beta'] })
    expect(await eventType.get('a.b')).toEqual(patched)
    const replaced = await eventType.upsert('a.b', { description: 'B' })
    expect(replaced).toMatchObject({ description: 'B', deprecated: false })
    expect(await eventType.get('a.b')).toEqual(replaced)
    expect((await eventType.list()).data.map(({ name }) => name)).toEqual(['a.b', 'invoice.paid'])
    await eventType.delete('a.b')
    expect((await eventType.get('a.b')).archived).toBe(true)
    expect((await eventType.list()).data.map(({ name }) => name)).toEqual(['invoice.paid'])
    expect((await eventType.list({ includeArchived: true })).data).toHaveLength(2)
    expect((await eventType.create({ name: 'a.b', description: 'Again' })).archived).toBe(false)
    await eventType.delete('a.b', { expunge: true })
    expect(await statusOf(eventType.get('a.b'))).toBe(404)
  })
})

describe('svix.message', () => {
  test('publishes, reads back by either id, lists by filter, and expunges', async () => {
    const { message } = app.svix
    const created = await message.create(
      'customer',
      { eventType: 'invoice.paid', eventId: 'event-1', payload: { n: 1 }, channels: ['c'], tags: ['t'] },
      { withContent: true },
    )
    expect(created).toMatchObject({ eventId: 'event-1', payload: { n: 1 }, channels: ['c'], tags: ['t'] })
    expect(await message.get('customer', 'event-1', { withContent: true })).toEqual(created)
    expect(
      await statusOf(message.create('customer', { eventType: 'x', eventId: 'event-1', payload: {} })),
    ).toBe(409)
    for (const filter of [
      { channel: 'c' },
      { tag: 't' },
      { eventTypes: ['invoice.paid', 'other'], limit: 1 },
    ]) {
      expect((await message.list('customer', filter)).data[0]?.id).toBe(created.id)
    }
    expect((await message.list('customer', { channel: 'none' })).data).toEqual([])
    expect(await message.precheck('customer', { eventType: 'invoice.paid' })).toEqual({ active: true })
    await until(async () => (await app.svix.messageAttempt.listByMsg('customer', created.id)).data.length > 0)
    await message.expungeContent('customer', created.id)
    expect((await message.get('customer', created.id, { withContent: true })).payload).toEqual({
      expired: true,
    })
    expect(await statusOf(app.svix.messageAttempt.resend('customer', created.id, 'main'))).toBe(400)
  })

  test('creates the application that it describes', async () => {
    const { message, application } = app.svix
    await message.create('born', { eventType: 'a', payload: {}, application: { name: 'Born', uid: 'born' } })
    expect((await application.get('born')).name).toBe('Born')
    const wrong = { eventType: 'a', payload: {}, application: { name: 'Other', uid: 'other' } }
    expect(await statusOf(message.create('unborn', wrong))).toBe(422)
    await application.delete('born')
  })

  test('sends a raw text where it is asked to', async () => {
    const before = receiver.arrivals.length
    await app.svix.message.create('customer', {
      eventType: 'raw',
      payload: {},
      transformationsParams: { rawPayload: 'plain text' },
    })
    const arrivals = await receiver.arrived(before + 1)
    expect(arrivals.at(-1)?.body).toBe('plain text')
  })

  test('sent again with its idempotency key creates nothing a second time', async () => {
    const { message } = app.svix
    const input = { eventType: 'once', payload: { n: 1 } }
    const first = await message.create('customer', input, { idempotencyKey: 'key-1' })
    expect((await message.create('customer', input, { idempotencyKey: 'key-1' })).id).toBe(first.id)
    const other = { eventType: 'once', payload: { n: 2 } }
    expect(await statusOf(message.create('customer', other, { idempotencyKey: 'key-1' }))).toBe(409)
    expect((await message.list('customer', { eventTypes: ['once'] })).data).toHaveLength(1)
  })
})

describe('svix.messageAttempt', () => {
  test('shows attempts, messages and destinations, resends, and expunges', async () => {
    const { message, messageAttempt } = app.svix
    const { id } = await message.create('customer', { eventType: 'seen', payload: { n: 1 } })
    const [attempt] = await until(async () => {
      const { data } = await messageAttempt.listByMsg('customer', id)
      return data.length > 0 && data
    })
    expect(attempt).toMatchObject({
      msgId: id,
      endpointId: endpoint.id,
      status: 0,
      statusText: 'success',
      triggerType: 0,
    })
    const atEndpoint = await messageAttempt.listByEndpoint('customer', 'main', { withMsg: true, limit: 1 })
    expect(atEndpoint.data[0]?.msg?.id).toBe(id)
    expect((await messageAttempt.get('customer', id, attempt?.id ?? '')).id).toBe(attempt?.id)
    expect(
      (await messageAttempt.listAttemptedMessages('customer', 'main', { limit: 1 })).data[0],
    ).toMatchObject({
      id,
      statusText: 'success',
    })
    const destinations = await messageAttempt.listAttemptedDestinations('customer', id)
    expect(destinations).toMatchObject({ done: true, data: [{ id: endpoint.id, statusText: 'success' }] })
    await messageAttempt.resend('customer', id, 'main')
    await until(async () => (await messageAttempt.listByMsg('customer', id)).data.length === 2)
    await messageAttempt.expungeContent('customer', id, attempt?.id ?? '')
    const { data } = await messageAttempt.listByMsg('customer', id, { withContent: true })
    expect(data.map(({ response }) => response)).toContain('EXPUNGED')
    expect((await messageAttempt.listByMsg('customer', id, { status: 2 })).data).toEqual([])
  })
})

describe('svix.authentication', () => {
  test('gives portal tokens that reach their application alone, and ends them', async () => {
    const access = await app.svix.authentication.appPortalAccess('customer', { sessionId: 'ada' })
    const portal = new Svix(access.token, { serverUrl: app.url })
    expect((await portal.endpoint.list('customer')).data).toHaveLength(1)
    expect(await statusOf(portal.application.list())).toBe(403)
    await app.svix.authentication.expireAll('customer', { sessionIds: ['ada'] })
    expect(await statusOf(portal.endpoint.list('customer'))).toBe(401)
    const again = await app.svix.authentication.appPortalAccess('customer', { sessionId: 'ada' })
    const other = new Svix(again.token, { serverUrl: app.url })
    expect((await other.endpoint.list('customer')).data).toHaveLength(1)
    await other.authentication.logout()
    expect(await statusOf(other.endpoint.list('customer'))).toBe(401)
  })
})

describe('svix.statistics and svix.health', () => {
  test('count deliveries of applications in a background task', async () => {
    const since = new Date(Date.now() - 3_600_000)
    const started = await app.svix.statistics.aggregateAppStats({
      since,
      until: new Date(),
      appIds: ['customer', 'nobody'],
    })
    expect(started.unresolvedAppIds).toEqual(['nobody'])
    const done = await until(async () => {
      const shown = await app.svix.backgroundTask.get(started.id)
      return shown.status === 'finished' && shown
    })
    expect(done.data).toMatchObject({ statistics: [{ appId: customer.id, appUid: 'customer' }] })
  })

  test('health answers', async () => {
    await app.svix.health.get()
  })
})

test('what the client has no method for is documented and answers, too', async () => {
  const ask = (method: string, path: string, body?: object): Promise<number> =>
    fetch(`${app.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).then(({ status }) => status)
  const since = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())
  const upTo = encodeURIComponent(new Date().toISOString())
  const { id } = await app.svix.message.create('customer', { eventType: 'a', payload: {} })
  const [attempt] = (await app.svix.messageAttempt.listByEndpoint('customer', 'main')).data
  for (const path of [
    `/app/customer/msg/${attempt?.msgId}/attempt/${attempt?.id}/headers`,
    `/app/customer/stats/attempts?since=${since}&until=${upTo}`,
    '/app/customer/attempt/endpoint/main/count',
    `/app/customer/msg/${id}/endpoint/main/attempt`,
    '/app/stats/count-active',
    '/app/customer/tail',
    '/stats/endpoint/count',
    '/stats/endpoint/worst',
    '/stats/series',
    '/app/customer/stats/series',
    '/event-type/invoice.paid/retry-schedule',
  ])
    expect(await ask('GET', path), path).toBe(200)
  const retrySchedule = [{ secs: 1, nanos: 0 }]
  expect(await ask('PUT', '/event-type/invoice.paid/retry-schedule', { retrySchedule })).toBe(200)
  expect(await ask('POST', '/app/customer/endpoint/main/cancel-msgs', { createdBefore: new Date() })).toBe(
    204,
  )
  expect(await ask('POST', '/auth/dashboard-access/customer')).toBe(200)
  const messages = [{ eventType: 'a', payload: {} }]
  expect(await ask('POST', '/app/customer/msg/batch', { messages })).toBe(202)
  expect(await ask('HEAD', '/health')).toBe(204)
})

describe('svix.ingest', () => {
  test('creates, reads back, changes, lists and deletes sources', async () => {
    const { source } = app.svix.ingest
    const input = {
      type: 'stripe',
      name: 'Payments',
      uid: 'payments',
      config: { secret: 'whsec_one' },
    } as const
    const created = await source.create({ ...input, metadata: { team: 'money' } })
    expect(created).toMatchObject({
      name: 'Payments',
      uid: 'payments',
      type: 'stripe',
      metadata: { team: 'money' },
    })
    expect(created.ingestUrl).toMatch(/\/in\/[\w-]{32}$/)
    expect(JSON.stringify(created)).not.toContain('whsec_one')
    expect(await source.get('payments')).toEqual(created)
    const renamed = await source.upsert('payments', { ...input, name: 'Money' })
    expect(renamed).toMatchObject({
      id: created.id,
      name: 'Money',
      ingestUrl: created.ingestUrl,
      metadata: {},
    })
    const { ingestUrl } = await source.rotateToken(created.id)
    expect(ingestUrl).not.toBe(created.ingestUrl)
    expect((await source.get(created.id)).ingestUrl).toBe(ingestUrl)
    expect((await source.list({ limit: 250 })).data.map(({ id }) => id)).toContain(created.id)
    expect((await app.svix.application.get(created.id)).name).toBe('Money')
    await source.delete(created.id)
    expect(await statusOf(source.get(created.id))).toBe(404)
    expect(await statusOf(app.svix.application.get(created.id))).toBe(404)
  })

  test('is told what is wrong with a source', async () => {
    const { source } = app.svix.ingest
    const wrong = [
      { type: 'github', name: 'No secret' },
      { type: 'github', name: 'Unknown', config: { secret: 'a', colour: 'red' } },
      { type: 'nobody', name: 'Unknown', config: {} },
      { type: 'generic-webhook', name: 'No row', config: { secret: 'a' } },
      {
        type: 'generic-webhook',
        name: 'Bad row',
        config: { secret: 'a', row: { scheme: { kind: 'hmac' } } },
      },
    ]
    for (const body of wrong) expect(await askIngest('POST', '/source', body)).toBe(422)
    const { id } = await source.create({ type: 'github', name: 'Changed', config: { secret: 'a' } })
    expect(await askIngest('PATCH', `/source/${id}`, { metadata: { a: 'b' } })).toBe(200)
    expect(await askIngest('PATCH', `/source/${id}`, { config: {} })).toBe(422)
    expect(await askIngest('GET', `/source/${id}/log`)).toBe(200)
  })

  test('repeats a creation under one idempotency key', async () => {
    const { source } = app.svix.ingest
    const input = { type: 'github', name: 'Once', config: { secret: 'a' } } as const
    const [first, second] = [
      await source.create(input, { idempotencyKey: 'source-once' }),
      await source.create(input, { idempotencyKey: 'source-once' }),
    ]
    expect(second).toEqual(first)
  })

  test('has endpoints of a source, their secrets, headers and the place of a transformation', async () => {
    const { ingest } = app.svix
    const { id } = await ingest.source.create({ type: 'generic-webhook', name: 'Anybody' })
    const created = await ingest.endpoint.create(id, { url: `${receiver.url}/in`, description: 'In' })
    expect(await ingest.endpoint.get(id, created.id)).toEqual(created)
    const changed = await ingest.endpoint.upsert(id, created.id, { url: `${receiver.url}/other` })
    expect(changed).toMatchObject({ id: created.id, url: `${receiver.url}/other` })
    const before = await ingest.endpoint.getSecret(id, created.id)
    await ingest.endpoint.rotateSecret(id, created.id, {})
    expect(await ingest.endpoint.getSecret(id, created.id)).not.toEqual(before)
    await ingest.endpoint.setHeaders(id, created.id, { headers: { 'x-own': 'a', authorization: 'b' } })
    expect(await ingest.endpoint.getHeaders(id, created.id)).toEqual({
      headers: { 'x-own': 'a' },
      sensitive: ['authorization'],
    })
    expect(await ingest.endpoint.transformation.get(id, created.id)).toMatchObject({ enabled: false })
    await ingest.endpoint.transformation.patch(id, created.id, { enabled: false })
    const code = 'function handler(input) { return input }'
    expect(await statusOf(ingest.endpoint.transformation.patch(id, created.id, { code }))).toBe(422)
    expect((await ingest.endpoint.list(id)).data.map((each) => each.id)).toEqual([created.id])
    const { url, token } = await ingest.authentication.consumerPortalAccess(id, { readOnly: true })
    expect(url).toContain('#key=')
    await expect(new Svix(token, { serverUrl: app.url }).application.get(id)).resolves.toMatchObject({
      uid: id,
    })
    await ingest.endpoint.delete(id, created.id)
    expect(await statusOf(ingest.endpoint.get(id, created.id))).toBe(404)
  })
})

/** What the client has no method for, or would not send. */
async function askIngest(method: string, path: string, body?: object): Promise<number> {
  const response = await fetch(`${app.url}/ingest/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.status
}

describe('what the client has no method for', () => {
  async function asked(method: string, path: string, body?: object) {
    const response = await fetch(`${app.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }

  test('says whose a token is', async () => {
    expect(await asked('GET', '/auth/whoami')).toMatchObject({ permissionSource: 'SvixJwt', readOnly: false })
  })

  test('lists endpoints of all applications', async () => {
    const { data } = await asked('GET', '/endpoint?limit=250')
    expect(data).toContainEqual(expect.objectContaining({ id: endpoint.id, appId: customer.id }))
  })

  test('finds applications, endpoints, messages, attempts, event types and sources', async () => {
    const { id } = await app.svix.message.create(customer.id, { eventType: 'invoice.paid', payload: {} })
    expect(await asked('GET', `/search?q=${id}`)).toMatchObject({ messages: [{ id, appId: customer.id }] })
    const attempts = await until(async () => {
      const { data } = await app.svix.messageAttempt.listByMsg(customer.id, id)
      return data.length > 0 && data
    })
    expect(await asked('GET', `/search?q=${attempts[0]?.id}`)).toMatchObject({ attempts: [{ msgId: id }] })
    await app.svix.ingest.source.create({ type: 'generic-webhook', name: 'Customer by name' })
    expect(await asked('GET', '/search?q=customer')).toMatchObject({
      applications: expect.arrayContaining([expect.objectContaining({ id: customer.id })]),
      sources: [{ name: 'Customer by name' }],
    })
    expect(await asked('GET', '/search?q=invoice')).toMatchObject({ eventTypes: [{ name: 'invoice.paid' }] })
  })

  test('answers a payload as it was published', async () => {
    const { id } = await app.svix.message.create(customer.id, {
      eventType: 'invoice.paid',
      payload: { n: 1 },
    })
    expect(await asked('GET', `/app/${customer.id}/msg/${id}/raw`)).toMatchObject({ payload: '{"n":1}' })
  })

  test('lists messages by a filter in the body', async () => {
    const { data } = await asked('POST', `/app/${customer.id}/msg/search`, { event_types: ['invoice.paid'] })
    expect(data).toContainEqual(expect.objectContaining({ eventType: 'invoice.paid' }))
  })

  test('streams what happens', async () => {
    const path = `/api/v1/app/${customer.id}/live`
    const headers = { authorization: `Bearer ${app.token}` }
    const { status, body } = await plainFetch(`${app.url}${path}`, { headers })
    await body?.cancel()
    expect(validator.check('GET', path, status, '')).toBe('v1.application.live')
  })
})

test('no documented operation was left out', async () => {
  expect([...validator.operations].filter((id) => !validator.succeeded.has(id))).toEqual([])
})
