import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const create = (body: object) => api.ask('POST', '/api/v1/app', { body })

describe('an application', () => {
  test('that is created is shown as documented, its uid absent rather than null', async () => {
    const { status, json } = await create({ name: 'Plain' })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.stringMatching(/^app_[0-9A-Za-z]{27}$/) as string,
      name: 'Plain',
      throttleRate: null,
      metadata: {},
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      updatedAt: json.createdAt,
    })
  })

  test('is changed by PATCH only where a field is given, and null clears', async () => {
    const { json } = await create({ name: 'One', uid: 'patch', throttleRate: 5, metadata: { a: '1' } })
    const patch = (body: object) => api.ask('PATCH', `/api/v1/app/${json.id}`, { body })
    expect((await patch({})).json).toMatchObject({
      name: 'One',
      uid: 'patch',
      throttleRate: 5,
      metadata: { a: '1' },
    })
    expect((await patch({ name: 'Two' })).json).toMatchObject({ name: 'Two', uid: 'patch', throttleRate: 5 })
    expect((await patch({ throttleRate: null, metadata: { b: '2' } })).json).toMatchObject({
      uid: 'patch',
      throttleRate: null,
      metadata: { b: '2' },
    })
    expect((await patch({ uid: null })).json).not.toHaveProperty('uid')
    expect((await api.ask('GET', '/api/v1/app/patch')).status).toBe(404)
    expect((await patch({ name: null })).json.detail[0].loc).toEqual(['body', 'name'])
  })

  test('is replaced by PUT as a whole: what is not given is cleared', async () => {
    const { json } = await create({ name: 'One', uid: 'put', throttleRate: 5, metadata: { a: '1' } })
    const put = await api.ask('PUT', '/api/v1/app/put', { body: { name: 'Two' } })
    expect(put.status).toBe(200)
    expect(put.json).toMatchObject({ id: json.id, name: 'Two', throttleRate: null, metadata: {} })
    expect(put.json).not.toHaveProperty('uid')
    expect(put.json.createdAt).toBe(json.createdAt)
  })

  test('is created by PUT where there is none, with the uid that the body gives', async () => {
    const made = await api.ask('PUT', '/api/v1/app/new', { body: { name: 'New', uid: 'new' } })
    expect(made).toMatchObject({ status: 201, json: { uid: 'new' } })
    const nameless = await api.ask('PUT', '/api/v1/app/newer', { body: { name: 'Newer' } })
    expect(nameless.status).toBe(201)
    expect((await api.ask('GET', '/api/v1/app/newer')).status).toBe(404)
  })

  test('keeps its uid from every other, until it is deleted', async () => {
    const { json } = await create({ name: 'First', uid: 'taken' })
    const second = await create({ name: 'Second', uid: 'second' })
    const conflict = { status: 409, json: { code: 'conflict' } }
    expect(await create({ name: 'Third', uid: 'taken' })).toMatchObject(conflict)
    expect(await api.ask('PATCH', '/api/v1/app/second', { body: { uid: 'taken' } })).toMatchObject(conflict)
    expect(await api.ask('PUT', '/api/v1/app/second', { body: { name: 'x', uid: 'taken' } })).toMatchObject(
      conflict,
    )
    expect(await api.ask('PUT', '/api/v1/app/third', { body: { name: 'x', uid: 'taken' } })).toMatchObject(
      conflict,
    )
    expect((await api.ask('GET', `/api/v1/app/${second.json.id}`)).json).toMatchObject({
      name: 'Second',
      uid: 'second',
    })
    expect((await api.ask('DELETE', '/api/v1/app/taken')).status).toBe(204)
    expect((await api.ask('DELETE', '/api/v1/app/taken')).status).toBe(404)
    expect((await api.ask('GET', `/api/v1/app/${json.id}`)).status).toBe(404)
    expect((await create({ name: 'Fourth', uid: 'taken' })).status).toBe(201)
  })

  test('that exists is given back where that is asked for', async () => {
    const first = await create({ name: 'First', uid: 'again' })
    const again = (body: object) => api.ask('POST', '/api/v1/app?get_if_exists=true', { body })
    expect(await again({ name: 'Other', uid: 'again' })).toMatchObject({ status: 200, json: first.json })
    expect((await again({ name: 'Other', uid: 'not-yet' })).status).toBe(201)
    expect((await again({ name: 'Other' })).status).toBe(201)
  })

  test('takes the changes of two writers at once', async () => {
    await create({ name: 'Busy', uid: 'busy' })
    const writes = Array.from({ length: 5 }, (_, n) =>
      api.ask('PATCH', '/api/v1/app/busy', {
        body: n % 2 === 0 ? { metadata: { n: String(n) } } : { throttleRate: n },
      }),
    )
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const { json } = await api.ask('GET', '/api/v1/app/busy')
    expect(json.throttleRate).not.toBeNull()
    expect(json.metadata).not.toEqual({})
  })
})

test('active are the applications with an endpoint that is enabled', async () => {
  const count = async (query = '') =>
    (await api.ask('GET', `/api/v1/app/stats/count-active${query}`)).json.count
  const before = await count()
  for (const [uid, disabled] of [
    ['on', false],
    ['off', true],
  ] as const) {
    await create({ name: uid, uid })
    await api.ask('POST', `/api/v1/app/${uid}/endpoint`, { body: { url: 'https://a.example/', disabled } })
  }
  expect(await count()).toBe(before + 1)
  expect(await count('?exclude_disabled=false')).toBe(before + 2)
})
