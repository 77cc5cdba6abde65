import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ApiParts } from '../parts.ts'

const builtFiles = join(import.meta.dirname, '../../../portal/dist')
const yearMs = 31_536_000_000

/** What the page needs to know of the server before it asks anything. */
interface PageSettings {
  readonly version: string
  readonly publicUrl: string
  readonly frameOrigins: readonly string[]
}

/**
 * The portal: static files, and one page that is answered at every path that is nobody else’s. Its address decides
 * inside the browser what it shows. Nothing is answered where the portal was not built.
 *
 * @returns whether it was built
 */
export async function registerPortal(
  api: FastifyInstance,
  { config, version, publicUrl }: ApiParts,
): Promise<boolean> {
  if (!existsSync(join(builtFiles, 'index.html'))) return false
  const page = readFileSync(join(builtFiles, 'index.html'), 'utf8')
  const frameOrigins = config.portalFrameOrigins
  const settings = attribute(JSON.stringify({ version, publicUrl, frameOrigins } satisfies PageSettings))
  await api.register(fastifyStatic, {
    root: join(builtFiles, 'assets'),
    prefix: '/assets/',
    // Their names tell their contents.
    preCompressed: true,
    immutable: true,
    maxAge: yearMs,
    index: false,
    setHeaders: (response) => void response.header('x-content-type-options', 'nosniff'),
  })
  api.get('/favicon.svg', (_request, reply) =>
    reply.headers({ 'cache-control': 'public, max-age=86400' }).sendFile('favicon.svg', builtFiles),
  )
  for (const path of ['/', '/*']) {
    api.get(path, (request, reply) => {
      if (!wantsPage(request.headers.accept)) return reply.callNotFound()
      return answerPage(reply)
    })
  }
  return true

  function answerPage(reply: FastifyReply): FastifyReply {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .headers({
        'content-security-policy': policyOf(nonce, frameOrigins),
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
      })
      .type('text/html; charset=utf-8')
      .send(
        page
          .replace('name="csp-nonce" nonce=""', `name="csp-nonce" nonce="${nonce}"`)
          .replace('content="{}"', `content="${settings}"`),
      )
  }
}

/** Whoever asks for anything but a page is told what there is not. */
function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true
}

/** Styles are made while the page runs: they carry the nonce, and no other may. */
function policyOf(nonce: string, frameOrigins: readonly string[]): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data: ${frameOrigins.join(' ')}`.trimEnd(),
    `font-src 'self'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors ${frameOrigins.length === 0 ? `'self'` : `'self' ${frameOrigins.join(' ')}`}`,
  ].join('; ')
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
