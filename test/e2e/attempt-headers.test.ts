import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { Webhook } from 'standardwebhooks'
import { createValidator } from '#test/support/openapi-validator.ts'
import { type Arrival, messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { isOnPostgres, type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** What an attempt sent and what came back, from the receiver's side and from the API's. */

let app: Running
const validator = createValidator()
beforeAll(async () => {
  app = await start({ env: { POSTHORN_RETRY_SCHEDULE: '60' } })
})
afterAll(() => app[Symbol.asyncDispose]())

interface Shown {
  readonly sentHeaders: Readonly<Record<string, string>>
  readonly responseHeaders: readonly (readonly [string, string])[] | null
  readonly sensitive: readonly string[]
  readonly omittedSentHeaders: number
  readonly omittedResponseHeaders: number
}

const nothing: Shown = {
  sentHeaders: {},
  responseHeaders: null,
  sensitive: [],
  omittedSentHeaders: 0,
  omittedResponseHeaders: 0,
}

async function call<T>(method: string, path: string, server: Running = app): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text}`)
  validator.check(method, `/api/v1${path}`, response.status, text)
  return (text === '' ? null : JSON.parse(text)) as T
}

/** An application with one endpoint at the receiver. */
async function scene(receiver: Receiver, headers: Readonly<Record<string, string>> = {}, server = app) {
  const { id: appId } = await server.svix.application.create({ name: 'Scene' })
  const { id: endpointId } = await server.svix.endpoint.create(appId, {
    url: `${receiver.url}/hook`,
    headers,
  })
  const shown = (path: string) => call<Shown>('GET', `/app/${appId}/msg/${path}/headers`, server)
  return {
    appId,
    endpointId,
    shown,
    /** @returns where an attempt at a new message is, below `/msg` */
    async attempted(): Promise<string> {
      const { id } = await server.svix.message.create(appId, { eventType: 'thing.done', payload: { n: 1 } })
      return firstAttempt(server, appId, id)
    },
  }
}

/** @returns where it is, below `/msg` */
async function firstAttempt(server: Running, appId: string, messageId: string): Promise<string> {
  const { id } = await until(
    async () => (await server.svix.messageAttempt.listByMsg(appId, messageId)).data[0],
  )
  return `${messageId}/attempt/${id}`
}

/** What the receiver saw that is not the connection's, in the letters it came in. */
function seen({ rawHeaders }: Arrival): Readonly<Record<string, string>> {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  )
  return Object.fromEntries(pairs.filter(([name]) => !/^(host|connection|content-length)$/i.test(name)))
}

describe('the headers of an attempt', () => {
  test('are those that the receiver saw, and those that it answered, in order', async () => {
    await using receiver = await startReceiver((_arrival, response) => {
      response.setHeader('Link', ['<a>', '<b>'])
      response.setHeader('Set-Cookie', ['session=cookie-of-the-receiver', 'b=2'])
      response.setHeader('X-Big', 'x'.repeat(5_000))
      response.setHeader('X-Latin', 'caf\u00e9')
      return { status: 200, headers: { 'X-Last': '' } }
    })
    const it = await scene(receiver, { 'X-Team': 'blue: "\\', 'x-mode': '' })
    const shown = await it.shown(await it.attempted())
    const [arrival] = await receiver.arrived(1)
    if (arrival === undefined) throw new Error('nothing arrived')
    expect(shown.sentHeaders).toEqual(seen(arrival))
    expect(shown.sentHeaders).toMatchObject({ 'X-Team': 'blue: "\\', 'x-mode': '' })
    const { key } = await app.svix.endpoint.getSecret(it.appId, it.endpointId)
    expect(() => new Webhook(key).verify(arrival.body, { ...shown.sentHeaders })).not.toThrow()
    expect(
      shown.responseHeaders?.filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name)),
    ).toEqual([
      ['link', '<a>'],
      ['link', '<b>'],
      ['set-cookie', '(hidden)'],
      ['set-cookie', '(hidden)'],
      ['x-latin', 'caf\u00e9'],
      ['x-last', ''],
      ['transfer-encoding', 'chunked'],
    ])
    expect(shown).toMatchObject({ sensitive: [], omittedSentHeaders: 0, omittedResponseHeaders: 1 })
  })

  test('stay what they were when headers and secret of the endpoint change', async () => {
    await using receiver = await startReceiver()
    const it = await scene(receiver, { 'x-team': 'before' })
    const path = await it.attempted()
    const before = await it.shown(path)
    await app.svix.endpoint.patchHeaders(it.appId, it.endpointId, { headers: { 'x-team': 'after' } })
    await app.svix.endpoint.rotateSecret(it.appId, it.endpointId, {})
    expect(await it.shown(path)).toEqual(before)
    expect(before.sentHeaders['x-team']).toBe('before')
  })

  test('bear sensitive ones by name, and nothing in the store holds their values', async () => {
    const value = 'Bearer never-to-be-seen'
    await using receiver = await startReceiver((arrival, response) => {
      response.setHeader('X-Api-Key', String(arrival.headers.authorization))
      response.setHeader('Set-Cookie', 'crumbs-of-the-receiver')
      return { status: 200 }
    })
    await using own = await start()
    const it = await scene(receiver, { Authorization: value, 'x-team': 'to-be-seen' }, own)
    const shown = await it.shown(await it.attempted())
    const [arrival] = await receiver.arrived(1)
    expect(arrival?.headers.authorization).toBe(value)
    expect(shown.sensitive).toEqual(['Authorization'])
    expect(shown.sentHeaders).not.toHaveProperty('Authorization')
    expect(shown.responseHeaders).toContainEqual(['x-api-key', '(hidden)'])
    const stored = await storedText(own)
    expect(stored).toContain('to-be-seen')
    expect(stored).not.toContain('never-to-be-seen')
    expect(stored).not.toContain('crumbs-of-the-receiver')
  })

  test('are bounded where the endpoint has set many', async () => {
    await using receiver = await startReceiver()
    const it = await scene(receiver, { 'x-a': 'a'.repeat(4_000), 'x-b': 'b'.repeat(4_000), 'x-c': 'c' })
    const shown = await it.shown(await it.attempted())
    expect(shown.omittedSentHeaders).toBe(1)
    expect(shown.sentHeaders).toMatchObject({ 'x-a': 'a'.repeat(4_000), 'x-c': 'c' })
    expect(shown.sentHeaders).not.toHaveProperty('x-b')
  })

  test('of an answer that never came are null, and there are none where nothing was sent', async () => {
    await using receiver = await startReceiver((_arrival, response) => {
      response.destroy()
      return 'hold'
    })
    const it = await scene(receiver, { 'x-team': 'blue' })
    const shown = await it.shown(await it.attempted())
    expect(shown).toMatchObject({ responseHeaders: null, sentHeaders: { 'x-team': 'blue' } })
    await using gone = await startReceiver()
    const unreached = await scene(gone, { 'x-team': 'blue' })
    await gone[Symbol.asyncDispose]()
    expect(await unreached.shown(await unreached.attempted())).toEqual(nothing)
  })

  test('go with the answer when that is deleted', async () => {
    await using receiver = await startReceiver(() => ({ status: 200, body: 'ok' }))
    const it = await scene(receiver)
    const path = await it.attempted()
    expect((await it.shown(path)).responseHeaders).not.toBeNull()
    await call('DELETE', `/app/${it.appId}/msg/${path}/content`)
    expect(await it.shown(path)).toEqual(nothing)
  })

  test('are seen through their own application and message only', async () => {
    await using receiver = await startReceiver()
    const it = await scene(receiver)
    const path = await it.attempted()
    const other = await scene(receiver)
    await expect(other.shown(path)).rejects.toThrow('404')
    const [, , attemptId] = path.split('/')
    const [messageId] = (await it.attempted()).split('/')
    await expect(it.shown(`${messageId}/attempt/${attemptId}`)).rejects.toThrow('404')
  })

  test('of a message that was received are the provider’s too, but for those that the endpoint has set', async () => {
    const secret = 'a secret of GitHub’s'
    await using receiver = await startReceiver()
    const source = await app.svix.ingest.source.create({ type: 'github', name: 'Source', config: { secret } })
    const { id } = await app.svix.ingest.endpoint.create(source.id, { url: `${receiver.url}/hook` })
    // The official client does not know it.
    const { appId } = (await (
      await fetch(`${app.url}/ingest/api/v1/source/${source.id}`, {
        headers: { authorization: `Bearer ${app.token}` },
      })
    ).json()) as { readonly appId: string }
    await app.svix.endpoint.patchHeaders(appId, id, { headers: { 'x-github-hook-id': 'ours' } })
    const body = '{"action":"opened"}'
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    const { status } = await fetch(`${app.url}${new URL(source.ingestUrl ?? '').pathname}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'issues',
        'x-github-delivery': 'one',
        'x-github-hook-id': 'theirs',
        'x-hub-signature-256': signature,
      },
      body,
    })
    expect(status).toBe(200)
    const [arrival] = await receiver.arrived(1)
    if (arrival === undefined) throw new Error('nothing arrived')
    const path = await firstAttempt(app, appId, messageIdOf(arrival))
    const shownHeaders = async () =>
      (await call<Shown>('GET', `/app/${appId}/msg/${path}/headers`)).sentHeaders
    expect(await shownHeaders()).toEqual(seen(arrival))
    expect(await shownHeaders()).toMatchObject({ 'x-github-event': 'issues', 'x-github-hook-id': 'ours' })
    // They are content of the message.
    await app.svix.message.expungeContent(appId, messageIdOf(arrival))
    expect(await shownHeaders()).not.toHaveProperty('x-github-event')
    expect(await shownHeaders()).toMatchObject({ 'x-github-hook-id': 'ours' })
  })
})

/** All that the server has stored. */
async function storedText({ config }: Running): Promise<string> {
  if (!isOnPostgres) {
    const files = readdirSync(config.dataDir).filter((name) => name.includes('.db'))
    return files.map((name) => readFileSync(join(config.dataDir, name), 'latin1')).join('\n')
  }
  const client = new pg.Client({ connectionString: config.databaseUrl ?? '' })
  await client.connect()
  try {
    const { rows } = await client.query<{ text: string }>(
      `select table_to_xml(format('%I.%I', table_schema, table_name), true, false, '')::text as text
       from information_schema.tables where table_schema = 'posthorn' and table_type = 'BASE TABLE'`,
    )
    return rows.map(({ text }) => text).join('\n')
  } finally {
    await client.end()
  }
}
