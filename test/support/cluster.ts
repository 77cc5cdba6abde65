import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createDatabase } from './test-database.ts'
import {
  directoryOfTest,
  type KillableOptions,
  type KillableServer,
  startKillable,
} from './killable-server.ts'

/** Processes on one database, each of which a test can kill, stop and wake. They do not outlive the test. */
export interface Cluster {
  readonly databaseUrl: string
  startNode(options?: KillableOptions): KillableServer
}

const encryptionKey = randomBytes(32).toString('base64')

/** @param url of an empty database; one of the server that all tests share where it is left out */
export async function createCluster(
  options: { readonly url?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Cluster> {
  let { url } = options
  if (url === undefined) {
    const database = await createDatabase()
    onTestFinished(() => database[Symbol.asyncDispose]())
    url = database.url
  }
  const databaseUrl = url
  return {
    databaseUrl,
    startNode: (own = {}) =>
      startKillable(directoryOfTest(), {
        ...own,
        env: {
          POSTHORN_DATABASE_URL: databaseUrl,
          POSTHORN_ENCRYPTION_KEY: encryptionKey,
          ...options.env,
          ...own.env,
        },
      }),
  }
}
