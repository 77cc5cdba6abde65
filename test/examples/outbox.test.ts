import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageIdOf } from '#test/support/receiver.ts'
import { type OutboxScene, startOutbox } from '#test/support/start-outbox.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../examples/outbox')

let scene: OutboxScene
beforeEach(async () => {
  scene = await startOutbox()
})
afterEach(() => scene[Symbol.asyncDispose]())

async function eventTypes(): Promise<readonly string[]> {
  const { data } = await scene.running.svix.message.list(scene.appId)
  return data.map(({ eventType }) => eventType).toReversed()
}

test('the example in SQL announces what it commits', async () => {
  // One by one, as psql sends them.
  for (const statement of readFileSync(join(folder, 'outbox.sql'), 'utf8').split(/;\n/)) {
    await scene.client.query(statement)
  }
  const arrivals = await scene.receiver.arrived(4)
  expect(await eventTypes()).toEqual([
    'invoice.drafted',
    'invoice.created',
    'invoice.updated',
    'invoice.deleted',
  ])
  expect(arrivals.map(({ body }) => body)).toContain('{ "amount": 12.50, "currency": "EUR" }')
})

test('the example in TypeScript stores an order and announces it', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'publish.ts')], {
    env: { PATH: process.env.PATH, DATABASE_URL: scene.databaseUrl },
  })
  const [arrival] = await scene.receiver.arrived(1)
  expect(await eventTypes()).toEqual(['order.placed'])
  if (arrival === undefined) throw new Error('nothing arrived')
  expect(stdout).toBe(`announced as ${messageIdOf(arrival)}\n`)
})
