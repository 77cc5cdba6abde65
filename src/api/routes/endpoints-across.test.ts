import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

let api: TestApi
const ids: string[] = []

beforeAll(async () => {
  api = await startApi()
  for (const uid of ['blue', 'green']) {
    await api.ask('POST', '/api/v1/app', { body: { name: `Customer ${uid}`, uid } })
    for (const disabled of [false, true]) {
      const body = { url: `https://${uid}.example/${disabled ? 'off' : 'on'}`, disabled }
      ids.unshift((await api.ask('POST', `/api/v1/app/${uid}/endpoint`, { body })).json.id)
    }
  }
})
afterAll(() => api[Symbol.asyncDispose]())

async function listed(query = ''): Promise<readonly string[]> {
  const { json } = await api.ask('GET', `/api/v1/endpoint${query}`)
  return json.data.map(({ id }: { readonly id: string }) => id)
}

test('endpoints of all applications come newest first, with their application', async () => {
  const { status, json } = await api.ask('GET', '/api/v1/endpoint')
  expect(status).toBe(200)
  expect(json.data.map(({ id }: { readonly id: string }) => id)).toEqual(ids)
  expect(json.data[0]).toMatchObject({
    id: ids[0],
    url: 'https://green.example/off',
    disabled: true,
    failingSince: null,
    appId: expect.stringMatching(/^app_/),
    appName: 'Customer green',
    appUid: 'green',
  })
  expect(json).toMatchObject({ done: true, iterator: ids[3], prevIterator: `-${ids[0]}` })
})

test('pages follow each other in both directions', async () => {
  const first = (await api.ask('GET', '/api/v1/endpoint?limit=3')).json
  expect(first).toMatchObject({ done: false, iterator: ids[2] })
  expect(await listed(`?limit=3&iterator=${first.iterator}`)).toEqual(ids.slice(3))
  expect(await listed(`?limit=2&iterator=-${ids[3]}`)).toEqual(ids.slice(1, 3))
})

test('only some are listed by state and by a part of the URL', async () => {
  expect(await listed('?state=disabled')).toEqual([ids[0], ids[2]])
  expect(await listed('?state=enabled&search=BLUE')).toEqual([ids[3]])
  expect(await listed('?state=failing')).toEqual([])
})

test.each([
  ['a state that there is not', 'state=broken', 'state'],
  ['one letter', 'search=a', 'search'],
  ['an iterator of another list', 'iterator=ep_000000000000000000000000000', 'iterator'],
])('%s is refused', async (_, query, field) => {
  const { status, json } = await api.ask('GET', `/api/v1/endpoint?${query}`)
  expect(status).toBe(422)
  expect(json.detail[0].loc).toEqual(['query', field])
})
