import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import { killableToken, stopped, urlOf } from '#test/support/killable-server.ts'
import { createHookedApplication } from '#test/support/load.ts'
import { startPostgres } from '#test/support/postgres-server.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { asked } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, describe, expect, test } from 'vitest'

const silent = { POSTHORN_DISPATCH: 'false' }
const mute = { POSTHORN_API: 'false' }
const messages = 20

let token: string
beforeAll(async () => {
  token = await killableToken()
})

async function publishMany(url: string, appId: string): Promise<readonly string[]> {
  const ids = Array.from({ length: messages }, async (_, n) => {
    const { status, text } = await callApi(url, token, 'POST', `/app/${appId}/msg`, {
      eventType: 'role',
      payload: { n },
    })
    if (status !== 202) throw new Error(`answered ${status}: ${text}`)
    return (JSON.parse(text) as { readonly id: string }).id
  })
  return await Promise.all(ids)
}

async function ask(url: string, path: string) {
  const response = await fetch(`${url}${path}`)
  return { status: response.status, text: await response.text() }
}

/** How many attempts the process has made itself. */
async function attemptsOf(url: string): Promise<number> {
  const { text } = await ask(url, '/metrics')
  const lines = text.split('\n').filter((line) => line.startsWith('posthorn_attempts_total{'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function pendingIn(databaseUrl: string) {
  return await asked(databaseUrl, 'select leased_by from posthorn.delivery')
}

async function reasonsOf(url: string): Promise<string> {
  return await until(async () => {
    const { status, text } = await ask(url, '/health/ready')
    return status === 503 && (JSON.parse(text) as { readonly reasons: readonly string[] }).reasons.join('; ')
  })
}

describe('of two nodes', () => {
  test(
    'the one without dispatch publishes and the one without an API sends',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const nodes = [cluster.startNode({ env: silent }), cluster.startNode({ env: mute })]
      const [api, sender] = (await Promise.all(nodes.map(urlOf))) as [string, string]
      const appId = await createHookedApplication(api, token, receiver.url)
      const ids = await publishMany(api, appId)
      await receiver.arrived(messages)
      await until(async () => (await pendingIn(cluster.databaseUrl)).length === 0)
      expect(receiver.arrivals.map(messageIdOf).toSorted()).toEqual(ids.toSorted())
      expect(await attemptsOf(api)).toBe(0)
      expect(await attemptsOf(sender)).toBe(messages)
    },
  )

  test('the one without an API answers health and metrics, and 404 to all else', async () => {
    const cluster = await createCluster()
    const url = await urlOf(cluster.startNode({ env: mute }))
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect((await ask(url, path)).status).toBe(200)
    }
    for (const path of ['/api/v1/app', '/api/v1/event-type', '/docs', '/openapi.json', '/']) {
      expect((await ask(url, path)).status).toBe(404)
    }
    const { status } = await callApi(url, token, 'POST', '/app', { name: 'Nobody' })
    expect(status).toBe(404)
  })

  test(
    'the one that may send finds what the other one took alone, and sends it once',
    {
      timeout: 60_000,
    },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const api = await urlOf(cluster.startNode({ env: silent }))
      const appId = await createHookedApplication(api, token, receiver.url)
      const ids = await publishMany(api, appId)
      const waiting = await pendingIn(cluster.databaseUrl)
      expect(waiting).toEqual(Array.from({ length: messages }, () => ({ leased_by: null })))
      expect(receiver.arrivals).toHaveLength(0)
      await urlOf(cluster.startNode({ env: mute }))
      await receiver.arrived(messages)
      await until(async () => (await pendingIn(cluster.databaseUrl)).length === 0)
      expect(receiver.arrivals.map(messageIdOf).toSorted()).toEqual(ids.toSorted())
      expect(await attemptsOf(api)).toBe(0)
    },
  )
})

describe('a node is not ready', () => {
  test(
    'from the moment it is asked to stop, and lives until what is under way has ended',
    {
      timeout: 60_000,
    },
    async () => {
      const gate = Promise.withResolvers<void>()
      await using receiver = await startReceiver(async () => {
        await gate.promise
        return { status: 204 }
      })
      const cluster = await createCluster()
      const node = cluster.startNode()
      const url = await urlOf(node)
      const appId = await createHookedApplication(url, token, receiver.url)
      await callApi(url, token, 'POST', `/app/${appId}/msg`, { eventType: 'held', payload: {} })
      await receiver.arrived(1)
      expect((await ask(url, '/health/ready')).status).toBe(200)
      const ending = node.kill('SIGTERM')
      expect(await reasonsOf(url)).toBe('this process is stopping')
      expect((await ask(url, '/health/live')).status).toBe(200)
      gate.resolve()
      expect(await ending).toEqual(stopped)
      expect(await pendingIn(cluster.databaseUrl)).toEqual([])
    },
  )

  test('while its database is away, and is again by itself', { timeout: 60_000 }, async () => {
    await using receiver = await startReceiver()
    await using database = await startPostgres({ fsync: false })
    const cluster = await createCluster({ url: database.url })
    const node = cluster.startNode()
    const url = await urlOf(node)
    const appId = await createHookedApplication(url, token, receiver.url)
    await database.stop('fast')
    expect(await reasonsOf(url)).toContain('the store takes nothing: the database cannot be reached')
    expect((await ask(url, '/health/live')).status).toBe(200)
    expect((await callApi(url, token, 'GET', `/app/${appId}`)).status).toBe(503)
    await database.start()
    await until(async () => (await ask(url, '/health/ready')).status === 200)
    await publishMany(url, appId)
    await receiver.arrived(messages)
    expect(await node.kill('SIGTERM')).toEqual(stopped)
  })
})
