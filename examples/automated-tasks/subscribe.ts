import { ApiException, Svix } from 'svix'

/**
 * Prepares a Posthorn server for the builds: an application, an event type, and our URL as an endpoint.
 * `POSTHORN_URL=… POSTHORN_TOKEN=… node subscribe.ts http://127.0.0.1:5001/webhooks/task` prints the secret that
 * server.ts needs. Whoever runs it again gets the same one.
 */

const { POSTHORN_URL, POSTHORN_TOKEN } = process.env
const url = process.argv[2]
if (POSTHORN_URL === undefined || POSTHORN_TOKEN === undefined || url === undefined) {
  throw new Error('usage: POSTHORN_URL=… POSTHORN_TOKEN=… node subscribe.ts URL')
}
const posthorn = new Svix(POSTHORN_TOKEN, { serverUrl: POSTHORN_URL })

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 409) throw error
  }
}

await posthorn.application.getOrCreate({ name: 'Builds', uid: 'builds' })
await unlessThere(() =>
  posthorn.eventType.create({ name: 'build.requested', description: 'Someone wants a build of the site' }),
)
await unlessThere(() =>
  posthorn.endpoint.create('builds', { uid: 'builder', url, eventTypes: ['build.requested'] }),
)
const { key } = await posthorn.endpoint.getSecret('builds', 'builder')
process.stdout.write(`WEBHOOK_SECRET=${key}\n`)
