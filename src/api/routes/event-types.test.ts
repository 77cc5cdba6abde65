import { organisation } from '#test/support/start-app.ts'
import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signApplicationToken, signOrganisationToken } from '../tokens.ts'

let api: TestApi
let appId = ''

beforeAll(async () => {
  api = await startApi()
  appId = (await api.ask('POST', '/api/v1/app', { body: { name: 'Target' } })).json.id
})
afterAll(() => api[Symbol.asyncDispose]())

const create = (body: object) => api.ask('POST', '/api/v1/event-type', { body: { description: '', ...body } })
const at = (name: string) => `/api/v1/event-type/${name}`

describe('an event type', () => {
  test('that is created is shown as it was given', async () => {
    const schemas = { 1: { type: 'object', examples: [{ big: 1 }] } }
    const made = await create({ name: 'invoice.paid', schemas, groupName: 'invoice', featureFlags: ['beta'] })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      name: 'invoice.paid',
      archived: false,
      deprecated: false,
      schemas,
      groupName: 'invoice',
      featureFlags: ['beta'],
      featureFlag: 'beta',
    })
    expect((await api.ask('GET', at('invoice.paid'))).json).toEqual(made.json)
  })

  test('is created once; one that is archived comes back as it is now described', async () => {
    await create({ name: 'once', description: 'First' })
    expect(await create({ name: 'once' })).toMatchObject({ status: 409, json: { code: 'event_type_exists' } })
    expect((await api.ask('DELETE', at('once'))).status).toBe(204)
    expect((await api.ask('GET', at('once'))).json).toMatchObject({ archived: true, description: 'First' })
    expect(await create({ name: 'once', description: 'Second' })).toMatchObject({
      status: 201,
      json: { archived: false, description: 'Second' },
    })
  })

  test('is gone for good when it is expunged', async () => {
    await create({ name: 'gone' })
    expect((await api.ask('DELETE', `${at('gone')}?expunge=true`)).status).toBe(204)
    expect((await api.ask('GET', at('gone'))).status).toBe(404)
    expect((await api.ask('DELETE', `${at('gone')}?expunge=true`)).status).toBe(404)
    expect((await api.ask('DELETE', at('gone'))).status).toBe(404)
  })

  test('is changed by PATCH only where a field is given, and null clears', async () => {
    const all = { description: 'First', schemas: { 1: {} }, groupName: 'group', featureFlags: ['one', 'two'] }
    await create({ name: 'patched', ...all })
    const patch = async (body: object) => (await api.ask('PATCH', at('patched'), { body })).json
    expect(await patch({})).toMatchObject(all)
    expect(await patch({ description: 'Second', deprecated: true })).toMatchObject({
      ...all,
      description: 'Second',
      deprecated: true,
    })
    expect(await patch({ schemas: null, groupName: null, featureFlags: null })).toMatchObject({
      description: 'Second',
      schemas: null,
      groupName: null,
      featureFlags: null,
      featureFlag: null,
    })
    expect(await patch({ featureFlag: 'older' })).toMatchObject({
      featureFlags: ['older'],
      featureFlag: 'older',
    })
    expect(await patch({ archived: true })).toMatchObject({ archived: true })
  })

  test('is created by PUT, then replaced as a whole, but for its retry schedule', async () => {
    const put = (body: object) => api.ask('PUT', at('put'), { body })
    expect((await put({ description: 'First', groupName: 'group' })).status).toBe(201)
    const retrySchedule = [{ secs: 1, nanos: 500_000_000 }]
    expect((await api.ask('PUT', `${at('put')}/retry-schedule`, { body: { retrySchedule } })).status).toBe(
      200,
    )
    expect(await put({ description: 'Second' })).toMatchObject({ status: 200, json: { groupName: null } })
    expect((await api.ask('GET', `${at('put')}/retry-schedule`)).json).toEqual({ retrySchedule })
    const cleared = await api.ask('PUT', `${at('put')}/retry-schedule`, { body: { retrySchedule: null } })
    expect(cleared.json).toEqual({ retrySchedule: null })
  })

  test('of one organisation is none of another', async () => {
    await create({ name: 'private', description: 'confidential' })
    const token = await signOrganisationToken(api.jwtKeys, 'org_other', Date.now())
    expect((await api.ask('GET', at('private'), { token })).status).toBe(404)
    expect((await api.ask('GET', '/api/v1/event-type', { token })).json.data).toEqual([])
    expect((await api.ask('DELETE', `${at('private')}?expunge=true`, { token })).status).toBe(404)
    expect((await api.ask('GET', at('private'))).status).toBe(200)
  })
})

describe('a portal token', () => {
  const portal = (featureFlags: readonly string[]) =>
    signApplicationToken(
      api.jwtKeys,
      {
        orgId: organisation,
        appId,
        expiresInSeconds: 600,
        capabilities: null,
        featureFlags,
        sessionId: null,
      },
      Date.now(),
    )

  test('sees what has no flag or one of its own, and nothing that is archived', async () => {
    await create({ name: 'seen.by.all' })
    await create({ name: 'seen.with.flag', featureFlags: ['blue', 'red'] })
    await create({ name: 'seen.by.none', archived: true })
    const names = async (flags: readonly string[]): Promise<readonly string[]> => {
      const token = await portal(flags)
      const { json } = await api.ask('GET', '/api/v1/event-type?limit=250&include_archived=true', { token })
      return json.data
        .map(({ name }: { readonly name: string }) => name)
        .filter((name: string) => name.startsWith('seen.'))
    }
    expect(await names([])).toEqual(['seen.by.all'])
    expect(await names(['green'])).toEqual(['seen.by.all'])
    expect(await names(['red', 'green'])).toEqual(['seen.by.all', 'seen.with.flag'])
    const status = async (name: string, flags: readonly string[]) =>
      (await api.ask('GET', at(name), { token: await portal(flags) })).status
    expect(await status('seen.with.flag', ['green'])).toBe(404)
    expect(await status('seen.with.flag', ['blue'])).toBe(200)
    expect(await status('seen.by.none', [])).toBe(404)
    expect(await status('seen.by.all', [])).toBe(200)
  })
})

test('content is listed only where it is asked for', async () => {
  await create({ name: 'a.first', schemas: { 1: { title: 'shown' } } })
  const list = async (query: string) =>
    (await api.ask('GET', `/api/v1/event-type?limit=1${query}`)).json.data[0]
  expect(await list('')).toMatchObject({ name: 'a.first', schemas: null })
  expect(await list('&with_content=true')).toMatchObject({ schemas: { 1: { title: 'shown' } } })
})
