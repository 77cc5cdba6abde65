import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEvents } from '#test/support/event-stream.ts'
import { type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'

let app: Running
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  app = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.05' } })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

test('a live tail shows a message, each attempt at its endpoint, and ends with the server', async () => {
  const { id: appId } = await app.svix.application.create({ name: 'Watched' })
  const { id: endpointId } = await app.svix.endpoint.create(appId, { url: receiver.url })
  let calls = 0
  receiver.behave(() => ({ status: calls++ === 0 ? 500 : 200 }))
  const stream = await openEvents(`${app.url}/api/v1/app/${appId}/live`, app.token)
  const { id } = await app.svix.message.create(appId, { eventType: 'thing.done', payload: {} })
  await stream.when(({ events }) => events.length >= 3)
  const [message, failed, succeeded] = stream.events
  expect(message).toMatchObject({ name: 'message', data: { id, eventType: 'thing.done' } })
  expect(failed).toMatchObject({
    name: 'attempt',
    data: {
      msgId: id,
      endpointId,
      url: expect.stringContaining(receiver.url),
      triggerType: 0,
      statusText: 'fail',
      responseStatusCode: 500,
    },
  })
  expect(succeeded).toMatchObject({
    name: 'attempt',
    data: { msgId: id, endpointId, statusText: 'success', responseStatusCode: 200 },
  })
  await app.stop()
  expect(await stream.ended).toBe('ended')
})
