import pg from 'pg'
import { publish } from '../../src/outbox/publish.ts'

/**
 * Stores an order and announces it, both or neither. An application with the uid `ada` must exist. Run it with
 * `DATABASE_URL=postgres://… node examples/outbox/publish.ts`.
 */

const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
try {
  await client.query('create table if not exists "order" (id text primary key, customer text not null)')
  const id = crypto.randomUUID()
  await client.query('begin')
  try {
    await client.query('insert into "order" (id, customer) values ($1, $2)', [id, 'ada'])
    const messageId = await publish(client, {
      application: 'ada',
      eventType: 'order.placed',
      eventId: `order-${id}`,
      payload: { order: id },
    })
    await client.query('commit')
    process.stdout.write(`announced as ${messageId}\n`)
  } catch (error) {
    await client.query('rollback')
    throw error
  }
} finally {
  await client.end()
}
