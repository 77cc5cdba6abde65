import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import {
  directoryOfTest,
  type KillableServer,
  killableToken,
  startKillable,
  stopped,
  urlOf,
} from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { describe, expect, test } from 'vitest'

const publishers = 24
const rounds = 4

async function failedAttempts(url: string, token: string, appId: string): Promise<readonly unknown[]> {
  const endpoints = await callApi(url, token, 'GET', `/app/${appId}/endpoint`)
  const [endpoint] = (JSON.parse(endpoints.text) as { readonly data: readonly { readonly id: string }[] })
    .data
  const { text } = await callApi(url, token, 'GET', `/app/${appId}/attempt/endpoint/${endpoint?.id}?status=2`)
  return (JSON.parse(text) as { readonly data: readonly unknown[] }).data
}

describe.each([
  {
    store: 'the embedded store',
    prepare: (): Promise<() => KillableServer> => {
      const dataDir = directoryOfTest()
      return Promise.resolve(() => startKillable(dataDir))
    },
  },
  {
    store: 'PostgreSQL',
    prepare: async (): Promise<() => KillableServer> => {
      const cluster = await createCluster()
      return () => cluster.startNode()
    },
  },
])('a server on $store that is asked to stop while messages come in', ({ prepare }) => {
  test(
    'sends each message once, by itself or after its next start, and interrupts none',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const token = await killableToken()
      const startOne = await prepare()
      let server = startOne()
      let url = await urlOf(server)
      const appId = await createHookedApplication(url, token, receiver.url)
      const load = new Load(token)
      for (let round = 0; round < rounds; round++) {
        const at = { url, appId }
        const publishing = Array.from({ length: publishers }, () => load.publishUntil(at, () => false))
        await receiver.arrived(receiver.arrivals.length + 200)
        expect(await server.kill('SIGTERM')).toEqual(stopped)
        await Promise.all(publishing)
        server = startOne()
        url = await urlOf(server)
      }
      await load.settle(url)
      const ids = [...load.accepted.values()].flatMap((each) => [...each])
      await receiver.arrived(ids.length)
      expect(await failedAttempts(url, token, appId)).toEqual([])
      expect(await server.kill('SIGTERM')).toEqual(stopped)
      const times = Map.groupBy(receiver.arrivals, messageIdOf)
      expect(ids.filter((id) => !times.has(id))).toEqual([])
      expect([...times].filter(([, arrivals]) => arrivals.length > 1).map(([id]) => id)).toEqual([])
    },
  )
})
