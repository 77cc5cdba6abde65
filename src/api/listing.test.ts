import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const count = 10
let api: TestApi

beforeAll(async () => {
  api = await startApi()
  await api.ask('POST', '/api/v1/app', { body: { name: 'Target', uid: 'target' } })
  for (let n = 0; n < count; n++) {
    await api.ask('POST', '/api/v1/app', { body: { name: `App ${n}`, uid: `listed-${n}` } })
    await api.ask('POST', '/api/v1/app/target/endpoint', {
      body: { url: 'https://a.example/', uid: `e-${n}` },
    })
    await api.ask('POST', '/api/v1/event-type', { body: { name: `type-${n}`, description: '' } })
    await api.ask('POST', '/api/v1/app/target/msg', { body: { eventType: 'a', payload: { n } } })
  }
})
afterAll(() => api[Symbol.asyncDispose]())

interface List {
  readonly data: readonly Readonly<Record<string, unknown>>[]
  readonly iterator: string | null
  readonly prevIterator: string | null
  readonly done: boolean
}

async function list(path: string, query: Readonly<Record<string, string | number>>): Promise<List> {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  ).toString()
  const answer = await api.ask('GET', `${path}?${text}`)
  expect(answer.status).toBe(200)
  return answer.json as List
}

describe.each([
  ['applications', '/api/v1/app', 'id', 'ascending', true],
  ['endpoints', '/api/v1/app/target/endpoint', 'id', 'descending', true],
  ['event types', '/api/v1/event-type', 'name', 'ascending', true],
  ['messages', '/api/v1/app/target/msg', 'id', 'descending', false],
] as const)('the list of %s', (_, path, key, order, isReversible) => {
  const keys = ({ data }: List) => data.map((entry) => entry[key])

  test('walks forwards through everything, once, and says when it is done', async () => {
    const whole = await list(path, { limit: 250 })
    expect(whole.done).toBe(true)
    expect(whole.data.length).toBeGreaterThanOrEqual(count)
    const seen: unknown[] = []
    let iterator: string | null = null
    for (;;) {
      const page: List = await list(path, { limit: 3, ...(iterator === null ? {} : { iterator }) })
      seen.push(...keys(page))
      iterator = page.iterator
      if (page.done) break
      expect(page.data).toHaveLength(3)
    }
    expect(seen).toEqual(keys(whole))
    // What follows the end is nothing, and stays so.
    const beyond = await list(path, { limit: 3, iterator: iterator ?? '' })
    expect(beyond).toMatchObject({ data: [], iterator, done: true })
  })

  test('is done on a page that ends with the last entry', async () => {
    const { data } = await list(path, { limit: 250 })
    expect((await list(path, { limit: data.length })).done).toBe(true)
    expect((await list(path, { limit: data.length - 1 })).done).toBe(false)
  })

  test('walks backwards over the same pages, in the list’s own order', async () => {
    const whole = keys(await list(path, { limit: 250 }))
    const first = await list(path, { limit: 6 })
    const second = await list(path, { limit: 6, iterator: first.iterator ?? '' })
    const back = await list(path, { limit: 3, iterator: second.prevIterator ?? '' })
    expect(keys(back)).toEqual(whole.slice(3, 6))
    const start = await list(path, { limit: 50, iterator: back.prevIterator ?? '' })
    expect(keys(start)).toEqual(whole.slice(0, 3))
    const forward = await list(path, { limit: 3, iterator: start.iterator ?? '' })
    expect(keys(forward)).toEqual(whole.slice(3, 6))
  })

  test.runIf(isReversible)('is walked in the other order just the same', async () => {
    const whole = keys(await list(path, { limit: 250 })).toReversed()
    const other = order === 'ascending' ? 'descending' : 'ascending'
    const first = await list(path, { limit: 3, order: other })
    const second = await list(path, { limit: 3, order: other, iterator: first.iterator ?? '' })
    const back = await list(path, { limit: 3, order: other, iterator: second.prevIterator ?? '' })
    expect([...keys(first), ...keys(second)]).toEqual(whole.slice(0, 6))
    expect(back.data).toEqual(first.data)
  })

  test('does not take an iterator that is none', async () => {
    for (const iterator of ['BAD-$$$ITERATOR', 'a b', '%'])
      expect((await api.ask('GET', `${path}?iterator=${encodeURIComponent(iterator)}`)).status).toBe(422)
  })
})

test('applications are created in the order of the list, endpoints against it', async () => {
  const apps = await list('/api/v1/app', { limit: 250 })
  const uids = apps.data.map(({ uid }) => uid).filter((uid) => String(uid).startsWith('listed-'))
  expect(uids).toEqual(Array.from({ length: count }, (_, n) => `listed-${n}`))
  const endpoints = await list('/api/v1/app/target/endpoint', {})
  expect(endpoints.data.map(({ uid }) => uid)).toEqual(
    Array.from({ length: count }, (_, n) => `e-${count - 1 - n}`),
  )
})

test('applications without endpoints, or with one that is disabled, are left out where that is asked for', async () => {
  const uids = async (query: Readonly<Record<string, string>>) =>
    (await list('/api/v1/app', { limit: 250, ...query })).data.map(({ uid }) => uid)
  expect(await uids({ exclude_apps_with_no_endpoints: 'true' })).toEqual(['target'])
  await api.ask('POST', '/api/v1/app/listed-0/endpoint', {
    body: { url: 'https://a.example/', disabled: true },
  })
  expect(await uids({ exclude_apps_with_no_endpoints: 'true' })).toEqual(['target', 'listed-0'])
  expect(await uids({ exclude_apps_with_disabled_endpoints: 'true' })).not.toContain('listed-0')
})

test('an empty list has no iterators and is done', async () => {
  expect(await list('/api/v1/app/listed-5/endpoint', {})).toEqual({
    data: [],
    iterator: null,
    prevIterator: null,
    done: true,
  })
})
