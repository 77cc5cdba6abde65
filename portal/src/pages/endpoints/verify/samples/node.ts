import type { Sample } from './sample.ts'

export const node: Sample = {
  name: 'Node.js',
  install: 'npm install standardwebhooks',
  fileName: 'receiver.mjs',
  run: 'node receiver.mjs',
  code: ({ path, headerPrefix, comments }) => `import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const webhook = new Webhook(process.env.WEBHOOK_SECRET)
// ${comments.duplicates}
const seen = new Set()

const server = createServer(async (request, response) => {
  const answer = (status) => response.writeHead(status).end()
  const { pathname } = new URL(request.url, 'http://localhost')
  if (request.method !== 'POST' || pathname !== '${path}') return answer(404)

  // ${comments.rawBody}
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)

  const id = request.headers['${headerPrefix}-id']
  let message
  try {
    message = webhook.verify(body, {
      'webhook-id': id,
      'webhook-timestamp': request.headers['${headerPrefix}-timestamp'],
      'webhook-signature': request.headers['${headerPrefix}-signature'],
    })
  } catch {
    return answer(401)
  }

  if (!seen.has(id)) {
    seen.add(id)
    // ${comments.work}
    console.log(id, message)
  }
  answer(204)
})

server.listen(process.env.PORT ?? 3000)
`,
}
