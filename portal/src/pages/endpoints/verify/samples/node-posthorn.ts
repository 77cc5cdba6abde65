import type { Sample } from './sample.ts'

/** Knows both kinds of signatures and both names of the headers, reads the raw body and drops duplicates by itself. */
export const nodePosthorn: Sample = {
  name: 'Node.js · posthorn',
  install: 'npm install posthorn',
  fileName: 'receiver.mjs',
  run: 'node receiver.mjs',
  code: ({ path, comments }) => `import { createServer } from 'node:http'
import { createMemoryStore } from 'posthorn/receiver'
import { createNodeListener } from 'posthorn/receiver/adapters/node'

const options = {
  secret: process.env.WEBHOOK_SECRET,
  // ${comments.duplicates}
  idempotency: createMemoryStore(),
}

const receive = createNodeListener(options, (message) => {
  // ${comments.work}
  console.log(message.id, message.text())
})

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname !== '${path}') return response.writeHead(404).end()
  receive(request, response)
})

server.listen(process.env.PORT ?? 3000)
`,
}
