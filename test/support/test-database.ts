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

async function asked(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
