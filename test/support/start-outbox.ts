import pg from 'pg'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Running, start } from './start-app.ts'
import { createDatabase } from './test-database.ts'

/** A server on a database of its own, with an application whose one endpoint is a receiver. */
export interface OutboxScene extends AsyncDisposable {
  readonly databaseUrl: string
  readonly running: Running
  readonly receiver: Receiver
  readonly appId: string
  /** A connection of another program. */
  readonly client: pg.Client
  readonly connect: () => Promise<pg.Client>
}

export const uid = 'ada'

/** The role of tests has the name of Posthorn's schema, and would make its tables there. */
export const searchPath = '-c search_path=public'

export async function startOutbox(): Promise<OutboxScene> {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await createDatabase())
  const receiver = owned.use(await startReceiver())
  const running = owned.use(await start({ env: { POSTHORN_DATABASE_URL: database.url } }))
  const { id: appId } = await running.svix.application.create({ name: 'Ada', uid })
  await running.svix.endpoint.create(appId, { url: receiver.url })
  const resources = owned.move()
  const connect = async (): Promise<pg.Client> => {
    const made = new pg.Client({ connectionString: database.url, options: searchPath })
    await made.connect()
    resources.defer(() => made.end())
    return made
  }
  const client = await connect()
  return {
    databaseUrl: database.url,
    running,
    receiver,
    appId,
    client,
    connect,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
