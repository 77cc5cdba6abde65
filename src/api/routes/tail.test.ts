import { idsOf, type Scene, startScene } from '#test/support/start-scene.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

async function tail(appId: string, iterator?: string) {
  const query = iterator === undefined ? '' : `?iterator=${encodeURIComponent(iterator)}`
  return await scene.ask('GET', `/app/${appId}/tail${query}`)
}

describe('an iterator of a tail', () => {
  test('is where the next request begins, that of an answer and that of a message', async () => {
    const appId = await scene.application()
    const begin = (await tail(appId)).json.iterator as string
    const ids = [await scene.publish(appId), await scene.publish(appId)]
    // What other databases of the same server have yet to commit holds the first answer back.
    const first = await until(async () => {
      const answer = await tail(appId, begin)
      return idsOf(answer).length === ids.length && answer
    })
    expect(idsOf(first)).toEqual(ids)
    expect(idsOf(await tail(appId, first.json.data[0].iterator as string))).toEqual(ids.slice(1))
    expect(idsOf(await tail(appId, first.json.iterator as string))).toEqual([])
    expect(first.json.data[1].iterator).toBe(first.json.iterator)
  })

  test('of another application, of another server, or made up, is refused by its name', async () => {
    const [appId, otherId] = [await scene.application(), await scene.application()]
    await scene.publish(appId)
    await using other = await startScene()
    const elsewhere = await other.application()
    const foreign = [
      (await tail(otherId)).json.iterator as string,
      (await other.ask('GET', `/app/${elsewhere}/tail`)).json.iterator as string,
      '1',
      'x'.repeat(64),
    ]
    for (const iterator of foreign) {
      const { status, json } = await tail(appId, iterator)
      expect([iterator, status, json.detail[0]]).toEqual([
        iterator,
        422,
        expect.objectContaining({
          loc: ['query', 'iterator'],
          msg: 'is none that this server gave for this application',
        }),
      ])
    }
  })

  test('does not tell how much others publish', async () => {
    const [appId, otherId] = [await scene.application(), await scene.application()]
    const before = (await tail(appId)).json.iterator as string
    await scene.publish(otherId)
    await scene.publish(appId)
    const { iterator } = (await tail(appId, before)).json as { iterator: string }
    for (const text of [before, iterator]) expect(text).toMatch(/^[\w-]{22}$/)
    expect((await tail(otherId)).json.iterator).not.toBe(iterator)
  })
})
