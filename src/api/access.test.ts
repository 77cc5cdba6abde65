import { newId } from '#core/ids.ts'
import { organisation } from '#test/support/start-app.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from './routes.ts'
import { capabilities, type Capability, signApplicationToken, signOrganisationToken } from './tokens.ts'

/** What each operation takes of a portal token; `null` where none is enough. */
const needs: Readonly<Record<string, Capability | null>> = {
  'v1.application.list': null,
  'v1.application.create': null,
  'v1.application.count-active': null,
  'v1.application.get': 'ViewBase',
  'v1.application.upsert': null,
  'v1.application.patch': null,
  'v1.application.delete': null,
  'v1.application.stats.attempts': 'ViewBase',
  'v1.application.live': 'ViewBase',
  'v1.application.stats.series': 'ViewBase',
  'v1.authentication.app-portal-access': null,
  'v1.authentication.dashboard-access': null,
  'v1.authentication.expire-all': null,
  'v1.background-task.get': null,
  'v1.background-task.list': null,
  'v1.endpoint.list': 'ViewBase',
  'v1.endpoint.list-all': null,
  'v1.endpoint.create': 'ManageEndpoint',
  'v1.endpoint.get': 'ViewBase',
  'v1.endpoint.upsert': 'ManageEndpoint',
  'v1.endpoint.patch': 'ManageEndpoint',
  'v1.endpoint.delete': 'ManageEndpoint',
  'v1.endpoint.get-headers': 'ViewBase',
  'v1.endpoint.set-headers': 'ManageEndpoint',
  'v1.endpoint.patch-headers': 'ManageEndpoint',
  'v1.endpoint.get-secret': 'ViewEndpointSecret',
  'v1.endpoint.rotate-secret': 'ManageEndpointSecret',
  'v1.endpoint.get-stats': 'ViewBase',
  'v1.endpoint.recover': 'CreateAttempts',
  'v1.endpoint.replay-missing': 'CreateAttempts',
  'v1.endpoint.bulk-replay': 'CreateAttempts',
  'v1.endpoint.cancel-msgs': 'CreateAttempts',
  'v1.endpoint.send-example': 'CreateAttempts',
  'v1.event-type.list': 'ViewBase',
  'v1.event-type.create': null,
  'v1.event-type.get': 'ViewBase',
  'v1.event-type.upsert': null,
  'v1.event-type.patch': null,
  'v1.event-type.delete': null,
  'v1.event-type.import-openapi': null,
  'v1.event-type.get-retry-schedule': null,
  'v1.event-type.set-retry-schedule': null,
  'v1.ingest.authentication.consumer-portal-access': null,
  'v1.ingest.endpoint.list': null,
  'v1.ingest.endpoint.create': null,
  'v1.ingest.endpoint.get': null,
  'v1.ingest.endpoint.upsert': null,
  'v1.ingest.endpoint.delete': null,
  'v1.ingest.endpoint.get-headers': null,
  'v1.ingest.endpoint.set-headers': null,
  'v1.ingest.endpoint.get-secret': null,
  'v1.ingest.endpoint.rotate-secret': null,
  'v1.ingest.endpoint.transformation.get': null,
  'v1.ingest.endpoint.transformation.patch': null,
  'v1.ingest.log.list': null,
  'v1.ingest.source.list': null,
  'v1.ingest.source.create': null,
  'v1.ingest.source.get': null,
  'v1.ingest.source.upsert': null,
  'v1.ingest.source.patch': null,
  'v1.ingest.source.delete': null,
  'v1.ingest.source.rotate-token': null,
  'v1.message.create': null,
  'v1.message.create-batch': null,
  'v1.message.list': 'ViewBase',
  'v1.message.get': 'ViewBase',
  'v1.message.search': 'ViewBase',
  'v1.message.get-raw-payload': 'ViewBase',
  'v1.message.expunge-content': null,
  'v1.message.precheck': null,
  'v1.message.tail': 'ManageEndpoint',
  'v1.message-attempt.resend': 'CreateAttempts',
  'v1.message-attempt.list-by-endpoint': 'ViewBase',
  'v1.message-attempt.count-by-endpoint': 'ViewBase',
  'v1.message-attempt.list-by-msg': 'ViewBase',
  'v1.message-attempt.list-by-endpoint-deprecated': 'ViewBase',
  'v1.message-attempt.list-attempted-messages': 'ViewBase',
  'v1.message-attempt.list-attempted-destinations': 'ViewBase',
  'v1.message-attempt.get': 'ViewBase',
  'v1.message-attempt.get-headers': 'ViewBase',
  'v1.message-attempt.expunge-content': null,
  'v1.search': 'ViewBase',
  'v1.statistics.aggregate-app-stats': null,
  'v1.statistics.endpoint-count': null,
  'v1.statistics.series': null,
  'v1.statistics.worst-endpoints': null,
}

/** Any portal token may end itself, and ask what it is. */
const anyTokens = new Set(['v1.authentication.logout', 'v1.authentication.whoami'])

const since = new Date(Date.now() - 3_600_000).toISOString()
const until = new Date().toISOString()
const bodies: Readonly<Record<string, unknown>> = {
  'v1.application.create': { name: 'New' },
  'v1.application.upsert': { name: 'Target', uid: 'target' },
  'v1.application.patch': { metadata: {} },
  'v1.endpoint.create': { url: 'https://customer.example/' },
  'v1.endpoint.upsert': { url: 'https://customer.example/', uid: 'main' },
  'v1.endpoint.patch': { description: 'Changed' },
  'v1.endpoint.set-headers': { headers: {} },
  'v1.endpoint.patch-headers': { headers: {} },
  'v1.endpoint.recover': { since },
  'v1.endpoint.replay-missing': { since },
  'v1.endpoint.bulk-replay': { since },
  'v1.endpoint.cancel-msgs': { createdBefore: since },
  'v1.endpoint.send-example': { eventType: 'svix.ping' },
  'v1.event-type.create': { name: 'made.here', description: '' },
  'v1.event-type.upsert': { description: '' },
  'v1.event-type.patch': {},
  'v1.event-type.import-openapi': { spec: { openapi: '3.1.0', webhooks: {} } },
  'v1.event-type.set-retry-schedule': { retrySchedule: null },
  'v1.ingest.source.create': { name: 'New', type: 'generic-webhook' },
  'v1.ingest.source.upsert': { name: 'Source', uid: 'source', type: 'generic-webhook' },
  'v1.ingest.source.patch': { metadata: {} },
  'v1.ingest.endpoint.create': { url: 'https://customer.example/' },
  'v1.ingest.endpoint.upsert': { url: 'https://customer.example/', uid: 'inner' },
  'v1.ingest.endpoint.set-headers': { headers: {} },
  'v1.ingest.endpoint.transformation.patch': { enabled: false },
  'v1.message.create': { eventType: 'a.b', payload: {} },
  'v1.message.create-batch': { messages: [{ eventType: 'a.b', payload: {} }] },
  'v1.message.precheck': { eventType: 'a.b' },
  'v1.message.search': {},
  'v1.statistics.aggregate-app-stats': { since, until },
}
const queries: Readonly<Record<string, string>> = {
  'v1.search': '?q=secret-host',
  'v1.application.stats.attempts': `?since=${since}&until=${until}`,
}

let api: TestApi
let appId = ''
let endpointId = ''
let messageId = ''
let sourceId = ''
let sourceEndpointId = ''

async function portal(only: readonly Capability[] | null, of = appId, orgId = organisation): Promise<string> {
  return await signApplicationToken(
    api.jwtKeys,
    { orgId, appId: of, expiresInSeconds: 600, capabilities: only, featureFlags: [], sessionId: null },
    Date.now(),
  )
}

beforeAll(async () => {
  api = await startApi()
  appId = (await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })).json.id
  await api.ask('POST', '/api/v1/event-type', { body: { name: 'a.b', description: 'confidential' } })
  endpointId = (
    await api.ask('POST', '/api/v1/app/target/endpoint', {
      body: { url: 'https://secret-host.example/', uid: 'main', metadata: { note: 'confidential' } },
    })
  ).json.id
  messageId = (
    await api.ask('POST', '/api/v1/app/target/msg', {
      body: { eventType: 'a.b', payload: { note: 'confidential' }, eventId: 'first' },
    })
  ).json.id
  const source = { name: 'confidential', uid: 'source', type: 'generic-webhook' }
  sourceId = (await api.ask('POST', '/ingest/api/v1/source', { body: source })).json.id
  sourceEndpointId = (
    await api.ask('POST', '/ingest/api/v1/source/source/endpoint', {
      body: { url: 'https://secret-host.example/', uid: 'inner' },
    })
  ).json.id
})
afterAll(() => api[Symbol.asyncDispose]())

test('every operation has its row in the table', () => {
  const listed = [...Object.keys(needs), ...anyTokens]
  expect(routes.map(({ operationId }) => operationId).toSorted()).toEqual(listed.toSorted())
})

/** What must never be in the answer to a stranger. */
const secrets = ['confidential', 'secret-host', 'whsec_']

// What deletes comes last: the others need what it takes away.
const operations = routes
  .filter(({ operationId }) => !anyTokens.has(operationId))
  .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'))
  .map(({ method, path, operationId }) => ({
    method,
    path,
    operationId,
    need: needs[operationId] ?? null,
    isOfApplication: path.includes('{app_id}'),
    isOfSource: path.includes('{source_id}'),
  }))
type Operation = (typeof operations)[number]

function ask({ method, path, operationId, isOfSource }: Operation, token: string | null) {
  const values: Readonly<Record<string, string>> = {
    app_id: appId,
    endpoint_id: isOfSource ? sourceEndpointId : endpointId,
    source_id: sourceId,
    msg_id: messageId,
    attempt_id: newId('atmpt_', Date.now()),
    event_type_name: 'a.b',
    task_id: newId('qtask_', Date.now()),
  }
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x')
  return api.ask(method, `${filled}${queries[operationId] ?? ''}`, { token, body: bodies[operationId] })
}

describe.each(operations)('$operationId', (operation) => {
  const { operationId, need, isOfApplication, isOfSource } = operation
  const isUpsert = ['v1.application.upsert', 'v1.ingest.source.upsert'].includes(operationId)

  test('is refused without a token, and to one that has expired', async () => {
    const refused = { status: 401, json: { code: 'authentication_failed' } }
    expect(await ask(operation, null)).toMatchObject(refused)
    const twoHoursAgo = Date.now() - 7_200_000
    const expired = await signOrganisationToken(api.jwtKeys, organisation, twoHoursAgo, 3_600)
    expect(await ask(operation, expired)).toMatchObject(refused)
  })

  test('shows another organisation nothing', async () => {
    const other = await signOrganisationToken(api.jwtKeys, 'org_other', Date.now())
    const { status, text } = await ask(operation, other)
    // Where nothing is named, or what is named may be made, the answer is about the other organisation's own.
    const expected = (isOfApplication || isOfSource) && !isUpsert ? [404] : [200, 201, 202, 204, 404]
    expect(expected).toContain(status)
    for (const each of [...secrets, appId, sourceId]) expect(text).not.toContain(each)
  })

  test('shows a portal token of another organisation nothing', async () => {
    const { status, text } = await ask(operation, await portal(null, appId, 'org_other'))
    // Event types are found by name: the other organisation may have one of this name by now.
    const expected = need === null ? [403] : isOfApplication ? [404] : [200, 404]
    expect(expected).toContain(status)
    for (const each of [...secrets, appId, sourceId]) expect(text).not.toContain(each)
  })

  test('shows a portal token of another application nothing but the organisation’s event types', async () => {
    const { status, text } = await ask(operation, await portal(null, newId('app_', Date.now())))
    expect(status).toBe(need === null ? 403 : isOfApplication ? 404 : 200)
    for (const each of isOfApplication ? secrets : ['whsec_', appId]) expect(text).not.toContain(each)
  })
})

const ofPortals = operations.filter(({ need }) => need !== null)
const ofOrganisations = operations.filter(({ need }) => need === null)
const insufficient = { status: 403, json: { code: 'insufficient access' } }

test.each(ofOrganisations)('$operationId is refused to every portal token', async (operation) => {
  expect(await ask(operation, await portal(null))).toMatchObject(insufficient)
})

// No attempt was made: whoever may look is told that there is none.
const missing = new Set(['v1.message-attempt.get', 'v1.message-attempt.get-headers'])

test.each(ofPortals)('$operationId takes $need, and nothing else will do', async (operation) => {
  const { need, operationId } = operation
  const others = capabilities.filter((each) => each !== need)
  expect(await ask(operation, await portal(others))).toMatchObject(insufficient)
  expect(await ask(operation, await portal([]))).toMatchObject(insufficient)
  const { status } = await ask(operation, await portal(capabilities.filter((each) => each === need)))
  expect(missing.has(operationId) ? [404] : [200, 201, 202, 204]).toContain(status)
})
