import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import { killableToken, stopped, urlOf } from '#test/support/killable-server.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { asked } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, describe, expect, test } from 'vitest'

let token: string
beforeAll(async () => {
  token = await killableToken()
})

/** An application whose endpoints all go to the receiver, each to a path of its own. */
async function setUp(url: string, hook: string, endpoints: number): Promise<string> {
  const { text } = await callApi(url, token, 'POST', '/app', { name: 'Taken over' })
  const { id } = JSON.parse(text) as { readonly id: string }
  for (let n = 0; n < endpoints; n++) {
    await callApi(url, token, 'POST', `/app/${id}/endpoint`, { url: `${hook}/${n}`, channels: [`c${n}`] })
  }
  return id
}

async function publish(url: string, appId: string, n: number): Promise<string> {
  const body = { eventType: 'load', payload: { n }, channels: [`c${n}`] }
  const { status, text } = await callApi(url, token, 'POST', `/app/${appId}/msg`, body)
  if (status !== 202) throw new Error(`answered ${status}: ${text}`)
  return (JSON.parse(text) as { readonly id: string }).id
}

const owners = `select endpoint.url, lane.owner from posthorn.lane join posthorn.endpoint on endpoint.id = lane.endpoint_id`
/** So many that each of three nodes is all but certain to own one. */
const endpoints = 36

describe('lanes of three nodes', () => {
  test(
    'deliver elsewhere within 20 s of the death of their owner, and all of them do',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const nodes = [cluster.startNode(), cluster.startNode(), cluster.startNode()]
      const [one, two] = (await Promise.all(nodes.map(urlOf))) as [string, string, string]
      const appId = await setUp(one, receiver.url, endpoints)
      for (let n = 0; n < endpoints; n++) await publish(one, appId, n)
      await receiver.arrived(endpoints)
      await until(async () => {
        const rows = await asked<{ owner: number }>(cluster.databaseUrl, owners)
        return new Set(rows.map(({ owner }) => owner)).size === 3
      })
      const killedAt = Date.now()
      await nodes[2]?.kill('SIGKILL')
      for (let n = 0; n < endpoints; n++) await publish(n % 2 === 0 ? one : two, appId, n)
      const arrivals = await receiver.arrived(2 * endpoints)
      expect(Math.max(...arrivals.map(({ at }) => at)) - killedAt).toBeLessThan(20_000)
      expect(arrivals).toHaveLength(2 * endpoints)
      const left = await asked<{ owner: number }>(cluster.databaseUrl, owners)
      expect(new Set(left.map(({ owner }) => owner)).size).toBe(2)
    },
  )

  test(
    'deliver elsewhere within a second of the end of an owner that is asked to stop',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const nodes = [cluster.startNode(), cluster.startNode(), cluster.startNode()]
      const [one, two] = (await Promise.all(nodes.map(urlOf))) as [string, string, string]
      const appId = await setUp(one, receiver.url, endpoints)
      for (let n = 0; n < endpoints; n++) await publish(one, appId, n)
      await receiver.arrived(endpoints)
      const ending = nodes[2]?.kill('SIGTERM')
      const askedAt = Date.now()
      for (let n = 0; n < endpoints; n++) await publish(n % 2 === 0 ? one : two, appId, n)
      const arrivals = await receiver.arrived(2 * endpoints)
      expect(Math.max(...arrivals.map(({ at }) => at)) - askedAt).toBeLessThan(1_000)
      expect(await ending).toEqual(stopped)
      expect(arrivals).toHaveLength(2 * endpoints)
    },
  )

  test(
    'move to a node that joins, and what is published meanwhile arrives once',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster()
      const one = await urlOf(cluster.startNode())
      const appId = await setUp(one, receiver.url, endpoints)
      for (let n = 0; n < endpoints; n++) await publish(one, appId, n)
      await urlOf(cluster.startNode())
      let published = endpoints
      const shares = await until(async () => {
        await publish(one, appId, published++ % endpoints)
        const rows = await asked<{ owner: number }>(cluster.databaseUrl, owners)
        return new Set(rows.map(({ owner }) => owner)).size === 2 && rows
      })
      expect(shares).toHaveLength(endpoints)
      const arrivals = await receiver.arrived(published)
      expect(new Set(arrivals.map(messageIdOf)).size).toBe(published)
      expect(receiver.arrivals).toHaveLength(published)
    },
  )
})

describe('a node that is stopped for longer than its lease', () => {
  test('begins no attempt when it wakes, and writes nothing down', { timeout: 60_000 }, async () => {
    const gate = Promise.withResolvers<void>()
    let isHolding = true
    await using receiver = await startReceiver(async () => {
      if (isHolding) await gate.promise
      return { status: 204 }
    })
    const cluster = await createCluster({ env: { POSTHORN_LEASE_MS: '3000' } })
    const [frozen, other] = [cluster.startNode(), cluster.startNode()]
    const [one, two] = (await Promise.all([frozen, other].map(urlOf))) as [string, string]
    const appId = await setUp(one, receiver.url, endpoints)
    // One under way on each lane, and others that wait behind it in memory.
    const ids: string[] = []
    for (let n = 0; n < 4 * endpoints; n++) ids.push(await publish(one, appId, n % endpoints))
    await receiver.arrived(endpoints)
    const [{ number }] = (await asked<{ number: number }>(
      cluster.databaseUrl,
      `select number from posthorn.node where name like '%:${frozen.pid}'`,
    )) as [{ number: number }]
    const own = (await asked<{ url: string; owner: number }>(cluster.databaseUrl, owners)).filter(
      ({ owner }) => owner === number,
    )
    expect(own.length).toBeGreaterThan(0)
    const begunBefore = receiver.arrivals.length
    frozen.freeze()
    await until(async () => {
      const rows = await asked<{ number: number }>(cluster.databaseUrl, 'select number from posthorn.node')
      return rows.every((row) => row.number !== number)
    })
    isHolding = false
    gate.resolve()
    // The other node sends all: what was under way in the frozen one a second time.
    await receiver.arrived(ids.length + own.length)
    await until(async () => {
      const [row] = await asked<{ count: number }>(
        cluster.databaseUrl,
        'select count(*)::int as count from posthorn.delivery',
      )
      return row?.count === 0
    })
    const attemptsBefore = await asked<{ id: string }>(cluster.databaseUrl, 'select id from posthorn.attempt')
    const arrivedBefore = receiver.arrivals.length
    frozen.thaw()
    // It has seen that it was declared dead once it is back under another number.
    await until(async () => {
      const rows = await asked<{ number: number }>(cluster.databaseUrl, 'select number from posthorn.node')
      return rows.length === 2
    })
    await callApi(one, token, 'GET', `/app/${appId}`)
    expect(receiver.arrivals).toHaveLength(arrivedBefore)
    const attempts = await asked<{ id: string }>(cluster.databaseUrl, 'select id from posthorn.attempt')
    expect(attempts).toHaveLength(attemptsBefore.length)
    const counts = Map.groupBy(receiver.arrivals, messageIdOf)
    expect([...counts.keys()].toSorted()).toEqual(ids.toSorted())
    const repeated = [...counts].filter(([, all]) => all.length > 1)
    expect(repeated.length).toBeLessThanOrEqual(begunBefore)
    for (const [id, all] of repeated) {
      const { text } = await callApi(two, token, 'GET', `/app/${appId}/attempt/msg/${id}`)
      const { data } = JSON.parse(text) as { readonly data: readonly { readonly response: string }[] }
      const interrupted = data.filter(({ response }) => response.startsWith('the server died'))
      expect(all.length - 1).toBe(interrupted.length)
    }
    // It is a node like any other again.
    await publish(one, appId, 0)
    await receiver.arrived(arrivedBefore + 1)
  })
})
