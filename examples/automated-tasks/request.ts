import { Svix } from 'svix'

/**
 * Asks for a build of each revision: `POSTHORN_URL=… POSTHORN_TOKEN=… node request.ts REVISION…` publishes one
 * `build.requested` event for each of them.
 */

const { POSTHORN_URL, POSTHORN_TOKEN } = process.env
const revisions = process.argv.slice(2)
if (POSTHORN_URL === undefined || POSTHORN_TOKEN === undefined || revisions.length === 0) {
  throw new Error('usage: POSTHORN_URL=… POSTHORN_TOKEN=… node request.ts REVISION…')
}
const posthorn = new Svix(POSTHORN_TOKEN, { serverUrl: POSTHORN_URL })

await Promise.all(
  revisions.map(async (revision) => {
    const { id } = await posthorn.message.create('builds', {
      eventType: 'build.requested',
      payload: { revision },
    })
    process.stdout.write(`published  ${id}  ${revision}\n`)
  }),
)
