import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

let api: TestApi
const ids: string[] = []

beforeAll(async () => {
  api = await startApi()
  await api.ask('POST', '/api/v1/app', { body: { name: 'Customer', uid: 'customer' } })
  for (const eventType of ['order.paid', 'order.sent', 'order.lost']) {
    const body = {
      eventType,
      payload: { of: eventType },
      channels: [eventType === 'order.paid' ? 'eu' : 'us'],
      tags: ['all', eventType],
    }
    ids.unshift((await api.ask('POST', '/api/v1/app/customer/msg', { body })).json.id)
  }
})
afterAll(() => api[Symbol.asyncDispose]())

const search = (body: object) => api.ask('POST', '/api/v1/app/customer/msg/search', { body })

async function found(body: object): Promise<readonly string[]> {
  return (await search(body)).json.data.map(({ id }: { readonly id: string }) => id)
}

test('without a filter it is the list of messages', async () => {
  const { status, text } = await search({ with_content: true })
  expect(status).toBe(200)
  expect(text).toBe((await api.ask('GET', '/api/v1/app/customer/msg')).text)
  expect((await search({})).json.data[0].payload).toEqual({})
})

test('it filters as the list does, and null is no filter', async () => {
  expect(await found({ event_types: ['order.paid', 'order.lost'] })).toEqual([ids[0], ids[2]])
  expect(await found({ channel: 'eu' })).toEqual([ids[2]])
  expect(await found({ tag: 'order.sent' })).toEqual([ids[1]])
  expect(await found({ before: '2020-01-01T00:00:00Z' })).toEqual([])
  const nothing = { channel: null, tag: null, event_types: null, before: null, after: null, iterator: null }
  expect(await found(nothing)).toEqual(ids)
})

test('it gives pages', async () => {
  const { json } = await search({ limit: 2 })
  expect(json).toMatchObject({ iterator: ids[1], done: false })
  expect(await found({ limit: 2, iterator: json.iterator })).toEqual([ids[2]])
})

test.each([
  ['too long a page', { limit: 251 }, 'limit'],
  ['an iterator of another list', { iterator: 'msg_000000000000000000000000000' }, 'iterator'],
  ['a time that is none', { after: 'yesterday' }, 'after'],
])('%s is refused', async (_, body, field) => {
  const { status, json } = await search(body)
  expect(status).toBe(422)
  expect(json.detail[0].loc).toEqual(['body', field])
})
