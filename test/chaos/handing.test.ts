import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import { killableToken, urlOf } from '#test/support/killable-server.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { asked } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

const cutListeners = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'posthorn listener' and datname = current_database()`
const unheard = 40
const backlog = 400
/** What a lane takes in hand until its endpoint has answered well, and one that is under way. */
const mostUnproven = 65

/** Two nodes, one of which sends all that is published at the other. */
async function setUp(hook: string) {
  const token = await killableToken()
  const cluster = await createCluster()
  const owner = await urlOf(cluster.startNode())
  const publisher = await urlOf(cluster.startNode({ env: { POSTHORN_DISPATCH: 'false' } }))
  const created = await callApi(owner, token, 'POST', '/app', { name: 'Handed over' })
  const { id: appId } = JSON.parse(created.text) as { readonly id: string }
  await callApi(owner, token, 'POST', `/app/${appId}/endpoint`, { url: hook })
  return {
    publish: async (): Promise<void> => {
      const body = { eventType: 'load', payload: {} }
      expect((await callApi(publisher, token, 'POST', `/app/${appId}/msg`, body)).status).toBe(202)
    },
    deliveries: async (condition: 'true' | 'leased_by is not null'): Promise<number> => {
      return (await asked(cluster.databaseUrl, `select 1 from posthorn.delivery where ${condition}`)).length
    },
    cutListeners: () => asked(cluster.databaseUrl, cutListeners),
  }
}

function together(count: number, publish: () => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, publish))
}

test(
  'what is handed to a node while it cannot hear arrives once it hears again, and arrives once',
  { timeout: 60_000 },
  async () => {
    await using receiver = await startReceiver()
    const nodes = await setUp(receiver.url)
    await nodes.publish()
    await receiver.arrived(1)
    await nodes.cutListeners()
    await together(unheard, nodes.publish)
    expect(await nodes.deliveries('leased_by is not null')).toBeGreaterThan(0)
    const arrivals = await receiver.arrived(unheard + 1)
    expect(new Set(arrivals.map(messageIdOf)).size).toBe(unheard + 1)
    await until(async () => (await nodes.deliveries('true')) === 0)
    expect(receiver.arrivals).toHaveLength(unheard + 1)
  },
)

test(
  'an endpoint that hangs is handed no more than its lane takes, and gets all of it, once, when it answers',
  { timeout: 60_000 },
  async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    await using receiver = await startReceiver(async () => {
      await answered
      return { status: 204 }
    })
    const nodes = await setUp(receiver.url)
    for (let published = 0; published < backlog; published += 50) await together(50, nodes.publish)
    await until(async () => (await nodes.deliveries('leased_by is not null')) <= mostUnproven)
    expect(await nodes.deliveries('true')).toBe(backlog)
    answer()
    const arrivals = await receiver.arrived(backlog)
    expect(new Set(arrivals.map(messageIdOf)).size).toBe(backlog)
    await until(async () => (await nodes.deliveries('true')) === 0)
    expect(receiver.arrivals).toHaveLength(backlog)
  },
)
