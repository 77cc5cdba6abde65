import { rmSync } from 'node:fs'
import { callApi } from '#test/support/call-api.ts'
import { killed, killableToken, startKillable, stopped } from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

/** More than one transaction makes deliveries for. */
const endpoints = 1_200
/** The commit before which each process dies: the message's own, a slice's, those of what was sent meanwhile. */
const deathsAt = [6, 7, 8, 9, 12]

test(
  'a message to more endpoints than one transaction serves reaches each, whenever the server dies',
  { timeout: 60_000 },
  async () => {
    const dataDir = temporaryDirectory()
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
    for (const visits of deathsAt) {
      const server = startKillable(dataDir, { crashAt: { point: 'before-commit', visits } })
      const at = await server.url
      if (at !== null) await load.publishUntil({ url: at, appId }, () => false)
      expect(await server.ended).toEqual(killed)
    }
    const last = startKillable(dataDir)
    await load.settle({ url: (await last.url) ?? '', appId })
    const ids = [...load.accepted.values()].flatMap((all) => [...all])
    expect(ids.length).toBe(load.accepted.size)
    await until(() => {
      const arrived = Map.groupBy(receiver.arrivals, messageIdOf)
      return Promise.resolve(
        ids.every((id) => new Set(arrived.get(id)?.map(({ path }) => path)).size === endpoints),
      )
    })
    expect(await last.kill('SIGTERM')).toEqual(stopped)
    rmSync(dataDir, { recursive: true, force: true })
  },
)
