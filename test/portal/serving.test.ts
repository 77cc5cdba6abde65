import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, start } from '#test/support/start-app.ts'

let server: Running
beforeAll(async () => {
  server = await start({
    env: { POSTHORN_PORTAL_FRAME_ORIGINS: 'https://app.example.com,http://localhost:3000' },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

async function get(path: string, headers: Readonly<Record<string, string>> = { accept: 'text/html,*/*' }) {
  const { statusCode, headers: answered, body } = await request(`${server.url}${path}`, { headers })
  return { status: statusCode, headers: answered, bytes: Buffer.from(await body.arrayBuffer()) }
}

const built = join(import.meta.dirname, '../../portal/dist')
const maxFirstLoadBytes = 300_000

describe('the portal’s page', () => {
  test.each(['/', '/applications', '/app/app_1/endpoints/ep_1?tab=settings', '/nothing/here'])(
    'is answered at %s',
    async (path) => {
      const { status, headers, bytes } = await get(path)
      expect(status).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(bytes.toString()).toContain('<div id="portal">')
    },
  )

  test.each(['/api/v1/nothing', '/nothing'])(
    'is not answered to a program that asks for %s',
    async (path) => {
      const { status, headers } = await get(path, { accept: 'application/json' })
      expect(status).toBe(404)
      expect(headers['content-type']).toBe('application/json')
    },
  )

  test('lets in no script and no style but its own, and no page around it but those that are named', async () => {
    const policies = await Promise.all(
      ['/', '/'].map(async (path) => String((await get(path)).headers['content-security-policy'])),
    )
    for (const policy of policies) {
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("connect-src 'self';")
      expect(policy).toMatch(/style-src 'self' 'nonce-[\w+/=]{24}';/)
      expect(policy).toMatch(/frame-ancestors 'self' https:\/\/app\.example\.com http:\/\/localhost:3000$/)
      expect(policy).not.toContain('unsafe')
    }
    expect(policies[0]).not.toBe(policies[1])
  })

  test('carries the nonce of its policy and the server’s settings, and is not kept', async () => {
    const { headers, bytes } = await get('/')
    const nonce = /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1] ?? ''
    const page = bytes.toString()
    expect(page).toContain(`nonce="${nonce}"`)
    expect(page).toContain('&quot;frameOrigins&quot;:[&quot;https://app.example.com&quot;')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })
})

describe('its files', () => {
  test('are kept for ever, and come compressed', async () => {
    const [script = ''] = firstLoad()
    const plain = await get(script, { 'accept-encoding': 'identity' })
    const compressed = await get(script, { 'accept-encoding': 'br' })
    expect(plain.status).toBe(200)
    expect(plain.headers['content-type']).toContain('javascript')
    expect(plain.headers['cache-control']).toContain('immutable')
    expect(plain.headers['x-content-type-options']).toBe('nosniff')
    expect(compressed.headers['content-encoding']).toBe('br')
    expect(compressed.bytes.length).toBeLessThan(plain.bytes.length / 2)
  })

  test.each(['/assets/nothing.js', '/assets/../index.html', '/assets/%2e%2e/%2e%2e/package.json'])(
    '%s is none of them',
    async (path) => {
      const { status, bytes } = await get(path, { accept: '*/*' })
      expect(status).toBe(404)
      expect(bytes.toString()).not.toContain('"name"')
    },
  )

  test(`take at most ${maxFirstLoadBytes} bytes of compressed script before the first page is there`, async () => {
    const sizes = await Promise.all(
      firstLoad().map(async (path) => (await get(path, { 'accept-encoding': 'gzip' })).bytes.length),
    )
    expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThanOrEqual(maxFirstLoadBytes)
  })
})

/** The page’s own scripts with all that they import at once, and the larger of the languages. */
function firstLoad(): readonly string[] {
  const page = readFileSync(join(built, 'index.html'), 'utf8')
  const found = new Set(
    [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path ?? ''),
  )
  for (const path of found) {
    const script = readFileSync(join(built, path), 'utf8')
    for (const [, name] of script.matchAll(/from\s*["']\.\/([^"']+\.js)["']/g))
      found.add(`/assets/${name ?? ''}`)
  }
  return [...found]
}
