import { callApi } from '#test/support/call-api.ts'
import {
  killed,
  killableToken,
  startKillable,
  stopped,
  directoryOfTest,
} from '#test/support/killable-server.ts'
import { createHookedApplication } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

const deathsUntilHeldBack = 6

test('a message at which the server dies again and again is held back at the sixth death, alone', async () => {
  const dataDir = directoryOfTest()
  const token = await killableToken()
  await using receiver = await startReceiver()
  const ask = async <T>(url: string, method: string, path: string, body?: object): Promise<T> =>
    JSON.parse((await callApi(url, token, method, path, body)).text) as T
  const event = { eventType: 'a', payload: {} }
  let appId = ''

  for (let death = 1; death <= deathsUntilHeldBack; death++) {
    const server = startKillable(dataDir, { crashAt: { point: 'after-send', visits: 1 } })
    const url = await server.url
    if (appId === '' && url !== null) {
      appId = await createHookedApplication(url, token, receiver.url)
      // The server may be gone before it has read the answer out.
      await ask(url, 'POST', `/app/${appId}/msg`, event).catch(() => null)
    }
    expect(await server.ended).toEqual(killed)
  }
  const poisonous = [...new Set(receiver.arrivals.map(messageIdOf))]
  expect(poisonous).toHaveLength(1)
  expect(receiver.arrivals).toHaveLength(deathsUntilHeldBack)

  const server = startKillable(dataDir)
  const url = (await server.url) ?? ''
  const healthy = await ask<{ id: string }>(url, 'POST', `/app/${appId}/msg`, event)
  await receiver.arrived(1, (arrival) => messageIdOf(arrival) === healthy.id)
  const attempts = `/app/${appId}/attempt/msg/${poisonous[0]}`
  interface Shown {
    readonly data: readonly { readonly response: string; readonly endpointId: string }[]
  }
  const { data } = await ask<Shown>(url, 'GET', attempts)
  expect(data.map(({ response }) => response.slice(0, 9))).toEqual([
    'held back',
    ...Array.from({ length: deathsUntilHeldBack - 1 }, () => 'the serve'),
  ])
  expect(receiver.arrivals).toHaveLength(deathsUntilHeldBack + 1)

  // By hand it goes out.
  const resend = `/app/${appId}/msg/${poisonous[0]}/endpoint/${data[0]?.endpointId}/resend`
  expect((await callApi(url, token, 'POST', resend)).status).toBe(202)
  await receiver.arrived(deathsUntilHeldBack + 1, (arrival) => messageIdOf(arrival) === poisonous[0])
  await until(async () => (await ask<Shown>(url, 'GET', attempts)).data.length === deathsUntilHeldBack + 1)
  expect(await server.kill('SIGTERM')).toEqual(stopped)
})
