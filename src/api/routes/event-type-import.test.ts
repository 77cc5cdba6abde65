import { startApi, type TestApi } from '#test/support/start-api.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const importing = (body: unknown) => api.ask('POST', '/api/v1/event-type/import/openapi', { body })
const get = async (name: string) => (await api.ask('GET', `/api/v1/event-type/${name}`)).json
const names = async () =>
  (await api.ask('GET', '/api/v1/event-type')).json.data.map(({ name }: { readonly name: string }) => name)

beforeEach(async () => {
  for (const name of await names()) await api.ask('DELETE', `/api/v1/event-type/${name}?expunge=true`)
})

const webhook = (description: string, schema: unknown = { type: 'object' }) => ({
  post: { description, tags: ['pet'], requestBody: { content: { 'application/json': { schema } } } },
})
const spec = (webhooks: object) => ({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, webhooks })

const yaml = `
openapi: 3.1.0
info: { title: Pets, version: '1' }
webhooks:
  pet.new:
    post:
      summary: A pet has come
      requestBody:
        content:
          application/json:
            schema:
              $ref: "#/components/schemas/Pet"
      responses:
        200: { description: ok }
components:
  schemas:
    Pet:
      type: object
      required: [id]
      properties:
        id: { type: integer }
`

describe('import of an OpenAPI document', () => {
  test('creates event types', async () => {
    const { status, json } = await importing({
      spec: spec({ 'pet.new': webhook('Come'), 'pet.gone': webhook('Gone') }),
    })
    expect(status).toBe(200)
    expect(json).toEqual({ data: { modified: ['pet.new', 'pet.gone'], to_modify: null } })
    expect(await get('pet.new')).toMatchObject({
      name: 'pet.new',
      description: 'Come',
      groupName: 'pet',
      deprecated: false,
      archived: false,
      schemas: { 1: { type: 'object' } },
    })
  })

  test.each([
    ['YAML', yaml],
    [
      'JSON',
      JSON.stringify(
        spec({
          'pet.new': webhook('A pet has come', {
            type: 'object',
            required: ['id'],
            properties: { id: { type: 'integer' } },
          }),
        }),
      ),
    ],
  ])('reads %s', async (_, specRaw) => {
    expect((await importing({ specRaw })).json.data.modified).toEqual(['pet.new'])
    expect(await get('pet.new')).toMatchObject({
      description: 'A pet has come',
      schemas: { 1: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } } },
    })
  })

  test('says in a dry run what would change, and changes nothing', async () => {
    await importing({ spec: spec({ 'pet.new': webhook('Come'), 'pet.gone': webhook('Gone') }) })
    const next = spec({ 'pet.new': webhook('Come'), 'pet.fed': webhook('Fed') })
    const { json } = await importing({ spec: next, dryRun: true, replaceAll: true })
    expect(json.data.modified).toEqual([])
    expect(json.data.to_modify).toMatchObject([
      { name: 'pet.fed', description: 'Fed', archived: false },
      { name: 'pet.gone', description: 'Gone', archived: true },
    ])
    expect(await names()).toEqual(['pet.gone', 'pet.new'])
    const done = await importing({ spec: next, replaceAll: true })
    expect(done.json.data.modified).toEqual(['pet.fed', 'pet.gone'])
    expect(await names()).toEqual(['pet.fed', 'pet.new'])
  })

  test('changes only what differs, keeps what it does not speak of, and brings back what was archived', async () => {
    await api.ask('POST', '/api/v1/event-type', {
      body: {
        name: 'pet.new',
        description: 'Old',
        featureFlags: ['beta'],
        groupName: 'kept',
        archived: true,
      },
    })
    const body = { retrySchedule: [{ secs: 5, nanos: 0 }] }
    await api.ask('PUT', '/api/v1/event-type/pet.new/retry-schedule', { body })
    const bare = spec({ 'pet.new': { post: {} } })
    expect((await importing({ spec: bare })).json.data.modified).toEqual(['pet.new'])
    expect(await get('pet.new')).toMatchObject({
      description: 'Old',
      featureFlags: ['beta'],
      groupName: 'kept',
      archived: false,
    })
    expect((await api.ask('GET', '/api/v1/event-type/pet.new/retry-schedule')).json).toEqual(body)
    expect((await importing({ spec: bare })).json.data.modified).toEqual([])
  })

  test('changes nothing where one webhook is wrong', async () => {
    const { status, json } = await importing({
      spec: spec({ 'pet.new': webhook('Come'), 'pet gone': webhook('Gone') }),
    })
    expect(status).toBe(422)
    expect(json.detail[0].loc).toEqual(['body', 'spec', 'webhooks', 'pet gone'])
    expect(await names()).toEqual([])
  })

  test('of two at the same time stores both', async () => {
    const results = await Promise.all(
      ['a', 'b'].map((word) => importing({ spec: spec({ shared: webhook(word), [word]: webhook(word) }) })),
    )
    expect(results.map(({ status }) => status)).toEqual([200, 200])
    expect(await names()).toEqual(['a', 'b', 'shared'])
  })

  test.each([
    ['neither', {}],
    ['both', { spec: {}, specRaw: '{}' }],
    ['null', { spec: null, specRaw: null }],
  ])('is refused with %s of spec and specRaw', async (_, body) => {
    const { status, json } = await importing(body)
    expect(status).toBe(400)
    expect(json.code).toBe('one_document')
  })

  test.each([
    ['no text of a document', 'a: [', 'neither JSON nor YAML'],
    [
      'a YAML text that repeats itself a billion times',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replaceAll(/./g, (name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[at]}`).join()}]\n`)}`,
      'neither JSON nor YAML',
    ],
    ['a text that is nested too deep', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, ''],
    ['an empty text', '', 'an object'],
  ])('is refused for %s', async (_, specRaw, words) => {
    const { status, json } = await importing({ specRaw })
    expect(status).toBe(422)
    expect(json.detail[0].loc.slice(0, 2)).toEqual(['body', 'specRaw'])
    expect(json.detail[0].msg).toContain(words)
  })
})
