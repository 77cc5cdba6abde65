import { describe, expect, test } from 'vitest'
import { type Arrival, messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { start } from '#test/support/start-app.ts'

describe('too much for memory', () => {
  test('waits in the store and arrives when the endpoint takes it', async () => {
    await using small = await start({
      env: { POSTHORN_MAX_LANE_DELIVERIES: '20', POSTHORN_MAX_IN_FLIGHT: '40' },
    })
    const gate = Promise.withResolvers<void>()
    await using receiver = await startReceiver(async () => {
      await gate.promise
      return { status: 204 }
    })
    const { id } = await small.svix.application.create({ name: 'Flood' })
    await small.svix.endpoint.create(id, { url: receiver.url })
    const messages = Array.from({ length: 500 }, (_, n) => ({ eventType: 'a', payload: { n } }))
    for (let batch = 0; batch < 4; batch++) {
      const response = await fetch(`${small.url}/api/v1/app/${id}/msg/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${small.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messages }),
      })
      expect(response.status).toBe(202)
    }
    gate.resolve()
    const arrivals = await receiver.arrived(2_000)
    expect(new Set(arrivals.map(messageIdOf)).size).toBe(2_000)
  })

  test('of endpoints that hang leaves room for the others', async () => {
    const gate = Promise.withResolvers<void>()
    await using receiver = await startReceiver(async ({ path }) => {
      if (path === '/hangs') await gate.promise
      return { status: 204 }
    })
    const bytes = 400_000
    await using app = await start({ config: { maxMemoryBytes: bytes } })
    const { id } = await app.svix.application.create({ name: 'Crowd' })
    for (const name of ['good', 'bad']) await app.svix.eventType.create({ name, description: name })
    const hanging = { url: `${receiver.url}/hangs`, eventTypes: ['bad'] }
    await Promise.all(Array.from({ length: 20 }, () => app.svix.endpoint.create(id, hanging)))
    await app.svix.endpoint.create(id, { url: `${receiver.url}/good`, eventTypes: ['good'] })
    const isGood = ({ path }: Arrival): boolean => path === '/good'
    const publish = (eventType: string) =>
      app.svix.message.create(id, { eventType, payload: { data: 'x'.repeat(1_000) } })
    // The first before it is proven, the second after.
    for (let round = 1; round <= 2; round++) {
      await Promise.all(Array.from({ length: 40 }, () => publish('bad')))
      await publish('good')
      await receiver.arrived(round, isGood)
    }
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    const held = Number(/^posthorn_deliveries_in_memory (\d+)$/m.exec(metrics)?.[1])
    expect(held).toBeGreaterThan(200)
    expect(held * 1_000).toBeLessThan(bytes)
    gate.resolve()
    await receiver.arrived(20 * 80, ({ path }) => path === '/hangs')
  })

  test('goes to more endpoints than one transaction makes deliveries for, each once', async () => {
    await using receiver = await startReceiver()
    await using app = await start()
    const { id } = await app.svix.application.create({ name: 'Wide' })
    for (let batch = 0; batch < 12; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          app.svix.endpoint.create(id, { url: `${receiver.url}/${batch}/${n}` }),
        ),
      )
    }
    await app.svix.message.create(id, { eventType: 'a', payload: { wide: true } })
    const arrivals = await receiver.arrived(1_200)
    expect(new Set(arrivals.map(({ path }) => path)).size).toBe(1_200)
  })
})
