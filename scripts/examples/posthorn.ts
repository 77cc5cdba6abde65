import { join } from 'node:path'
import { Svix } from 'svix'
import type { Stage } from './stage.ts'

export interface Posthorn {
  readonly url: string
  /** Of an organisation. */
  readonly token: string
  /** The official client, pointed at this server. */
  readonly svix: Svix
  /** Of the database that it runs on. */
  readonly databaseUrl: string
}

const main = join(import.meta.dirname, '../../src/main.ts')

/** The server as `npm start` runs it, once it listens. */
export async function startPosthorn(stage: Stage, databaseUrl: string): Promise<Posthorn> {
  const server = stage.start({
    command: [process.execPath, main, 'serve'],
    env: {
      POSTHORN_LISTEN: '127.0.0.1:0',
      POSTHORN_DATA_DIR: join(stage.directory, 'posthorn'),
      POSTHORN_DATABASE_URL: databaseUrl,
      POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8',
      POSTHORN_RETRY_SCHEDULE: '0.5,1,2,5',
      POSTHORN_LOG_LEVEL: 'warn',
      // Then it greets with its address and a token.
      POSTHORN_LOG_FORMAT: 'pretty',
    },
  })
  const ready = 'Posthorn is ready at '
  const [greeting = ''] = await server.printed(new RegExp(`^${ready}`))
  const [token = ''] = await server.printed(/^eyJ/)
  const url = greeting.slice(ready.length)
  return { url, token, svix: new Svix(token, { serverUrl: url }), databaseUrl }
}
