import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** A database of its own on the server that all tests share; it goes when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
}

export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const name = `posthorn_test_${randomBytes(6).toString('hex')}`
  await asked(server, `create database ${name} strategy file_copy`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await asked(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** As if the lease of every node had run out: none of them knows it yet. */
export async function declareAllDead(url: string): Promise<void> {
  await asked(
    url,
    `with gone as (delete from posthorn.node returning number),
      freed as (update posthorn.lane set owner = null)
      insert into posthorn.dead_node select number from gone on conflict do nothing`,
  )
}

/** Runs a statement, or several. @returns the rows of a single one */
export async function asked<Row extends pg.QueryResultRow>(
  url: string,
  statement: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Row>(statement)
    return rows
  } finally {
    await client.end()
  }
}
