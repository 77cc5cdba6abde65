import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { freePort } from '#test/support/free-port.ts'
import { buildCopier, copierFolder, startCopier } from '../programs/copier.ts'
import type { Scenario } from '../scenario.ts'
import { jdk, maven } from '../tools.ts'

const uid = 'shop'
const changes = [
  `insert into product (sku, name, price, stock) values ('k-1', 'Kettle', 12.50, 3)`,
  `insert into product (sku, name, price, stock) values ('p-1', 'Pan', 30, 5), ('t-1', 'Toaster', 45.90, 1)`,
  `update product set stock = stock - 1 where sku = 'k-1'`,
  `delete from product where sku = 't-1'`,
] as const
/** Each changed row is one. */
const events = 5

async function connected(connectionString: string): Promise<pg.Client> {
  // The role has the name of Posthorn's schema, and would make its tables there.
  const client = new pg.Client({ connectionString, options: '-c search_path=public' })
  // Said of a connection that breaks off; whoever asks it something is told, too.
  client.on('error', () => {})
  await client.connect()
  return client
}

const sql = (name: string): string => readFileSync(join(copierFolder, name), 'utf8')

async function rowsOf(client: pg.Client): Promise<readonly pg.QueryResultRow[]> {
  const { rows } = await client.query<pg.QueryResultRow>(
    'select sku, name, price, stock, version from product order by sku',
  )
  return rows
}

export const dataSynchronisation: Scenario = {
  name: 'data-synchronisation',
  title: 'a second copy of a table, in Java with JAX-RS',
  needs: [maven, jdk],
  build: buildCopier,
  async play({ stage, posthorn: { svix, databaseUrl }, built, tell }) {
    await using connections = new AsyncDisposableStack()
    const connect = async (url: string) => connections.adopt(await connected(url), (client) => client.end())
    const source = await connect(databaseUrl)
    await source.query('create database copy')
    const copyUrl = new URL(databaseUrl)
    copyUrl.pathname = '/copy'
    const copy = await connect(copyUrl.href)
    await copy.query(sql('copy.sql'))

    const port = await freePort()
    await svix.application.create({ name: 'Shop', uid })
    const endpoint = await svix.endpoint.create(uid, { url: `http://127.0.0.1:${port}/webhooks/data` })
    const { key: secret } = await svix.endpoint.getSecret(uid, endpoint.id)
    const { url } = await startCopier(stage.start, { target: built, databaseUrl: copyUrl.href, secret, port })
    tell('receiver', `listens on ${url}`)

    await source.query(sql('source.sql'))
    for (const change of changes) {
      await source.query(change)
      tell('source', change)
    }
    const rows = await rowsOf(source)
    const answered = await stage.until(async () => {
      const options = { withMsg: true, withContent: true }
      const { data } = await svix.messageAttempt.listByEndpoint(uid, endpoint.id, options)
      const attempts = data.filter(({ response }) => response !== '').toReversed()
      return attempts.length >= events && isDeepStrictEqual(await rowsOf(copy), rows) && attempts
    })
    for (const { msg, msgId, response } of answered) {
      tell('receiver', `${msgId}  ${msg?.eventType}: ${response}`)
    }
    for (const [name, client] of Object.entries({ source, copy })) {
      for (const row of await rowsOf(client)) tell(name, JSON.stringify(row))
    }
    return [
      `the table: psql ${databaseUrl} -c 'table public.product'`,
      `its copy: psql ${copyUrl.href} -c 'table product'`,
    ]
  },
}
