import { callApi } from '#test/support/call-api.ts'
import {
  killed,
  killableToken,
  startKillable,
  stopped,
  directoryOfTest,
} from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

/** More than one transaction makes deliveries for. */
const endpoints = 1_200
/** The commit before which each process dies: the message's own, a slice's, those of what was sent meanwhile. */
const deathsAt = [5, 6, 7, 8]

test(
  'a message to more endpoints than one transaction serves reaches each, whenever the server dies',
  { timeout: 60_000 },
  async () => {
    const dataDir = directoryOfTest()
    const token = await killableToken()
    await using receiver = await startReceiver()
    const first = startKillable(dataDir)
    const url = (await first.url) ?? ''
    const appId = await createHookedApplication(url, token, `${receiver.url}/0`)
    let made = 1
    const create = async (): Promise<void> => {
      while (made < endpoints) {
        const hook = `${receiver.url}/${made++}`
        const { status } = await callApi(url, token, 'POST', `/app/${appId}/endpoint`, { url: hook })
        expect(status).toBe(201)
      }
    }
    await Promise.all(Array.from({ length: 16 }, create))
    expect(await first.kill('SIGTERM')).toEqual(stopped)

    const load = new Load(token)
    const arrivedEverywhere = (ids: readonly string[]): boolean => {
      const arrived = Map.groupBy(receiver.arrivals, messageIdOf)
      return ids.every((id) => new Set(arrived.get(id)?.map(({ path }) => path)).size === endpoints)
    }
    for (const visits of deathsAt) {
      const dying = startKillable(dataDir, { crashAt: { point: 'before-commit', visits } })
      const dyingUrl = await dying.url
      if (dyingUrl !== null) await load.publishUntil({ url: dyingUrl, appId }, () => false)
      expect(await dying.ended).toEqual(killed)

      // The next one is asked for nothing new: what it finds in the store is all that it has to go on.
      const next = startKillable(dataDir)
      const nextUrl = (await next.url) ?? ''
      const { text } = await callApi(nextUrl, token, 'GET', `/app/${appId}/msg`)
      const stored = (JSON.parse(text) as { readonly data: readonly { readonly id: string }[] }).data.map(
        ({ id }) => id,
      )
      await until(() => Promise.resolve(arrivedEverywhere(stored)))
      await load.settle(nextUrl)
      const accepted = [...load.accepted.values()].flatMap((ids) => [...ids])
      expect(accepted).toHaveLength(load.accepted.size)
      await until(() => Promise.resolve(arrivedEverywhere(accepted)))
      expect(await next.kill('SIGTERM')).toEqual(stopped)
    }
  },
)
