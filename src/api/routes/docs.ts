import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { openapiDocument } from '../openapi.ts'

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Posthorn API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

/** A portal link carries its token behind the \`#\`, which browsers keep to themselves. */
const start = `const ui = SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#api', deepLinking: false, docExpansion: 'none', tryItOutEnabled: true,
  validatorUrl: null, persistAuthorization: false,
  onComplete() {
    const key = new URLSearchParams(location.hash.slice(1)).get('key')
    if (!key) return
    const { token } = JSON.parse(atob(key.replaceAll('-', '+').replaceAll('_', '/')))
    ui.preauthorizeApiKey('HTTPBearer', token)
  },
})
`

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The document, and a page to read it at that needs nothing from elsewhere. */
export function registerDocs(api: FastifyInstance): void {
  let document: string | null = null
  api.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(openapiDocument())
    return reply.header('content-type', 'application/json').send(document)
  })
  const secured = {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
  api.get('/docs', (_request, reply) => reply.headers(secured).type('text/html').send(page))
  api.get('/docs/start.js', (_request, reply) => reply.headers(secured).type('text/javascript').send(start))
  for (const [name, type] of Object.entries(assets)) {
    const file = new URL(import.meta.resolve(`swagger-ui-dist/${name}`))
    api.get(`/docs/${name}`, async (_request, reply) =>
      reply
        .headers({ ...secured, 'cache-control': 'public, max-age=86400' })
        .type(type)
        .send(await readFile(file)),
    )
  }
}
