import type { TestProject } from 'vitest/node'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a server that tests may make databases on. */
    readonly postgresUrl: string
  }
}

/** One server for the whole run: that of `POSTHORN_TEST_DATABASE_URL`, else one of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.POSTHORN_TEST_DATABASE_URL
  let server: PostgresServer | null = null
  if (given === undefined) server = await startPostgres({ fsync: false })
  project.provide('postgresUrl', given ?? server?.url ?? '')
  return async () => {
    await server?.[Symbol.asyncDispose]()
  }
}
