import { createServer } from 'node:http'
import { createNodeListener } from '#src/receiver/adapters/node.ts'

/** Prints each webhook that is signed with the secret, and answers that it was taken. */
const secret = process.env.WEBHOOK_SECRET
if (secret === undefined) {
  console.log('WEBHOOK_SECRET is not set: the endpoint’s secret, such as whsec_…')
  process.exit(1)
}

const port = Number(process.env.PORT ?? 8072)
const listener = createNodeListener({ secret }, (message) => {
  console.log(`${message.id}  ${message.text()}`)
})

createServer(listener).listen(port, '127.0.0.1', () => {
  console.log(`receiving at http://127.0.0.1:${port}/`)
})
