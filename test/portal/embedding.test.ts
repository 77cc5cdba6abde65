import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signApplicationToken } from '#api/tokens.ts'
import { closeBrowser, keepScreenshot, openPortal, type Portal } from '#test/support/portal.ts'
import { organisation, type Running, start } from '#test/support/start-app.ts'

/** A site of its own that shows the portal in a frame. */
interface Site extends AsyncDisposable {
  readonly origin: string
}

/** @param frames addresses by path */
async function startSite(frames: (path: string) => string): Promise<Site> {
  const server: Server = createServer((request, response) => {
    const address = frames(request.url ?? '')
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,"><h1>Our product</h1>
      <iframe id="portal" title="Webhooks" width="1100" height="650" src="${address}"></iframe></html>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const logo =
  'data:image/svg+xml;utf8,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28"><rect width="28" height="28" fill="#0ea5e9"/></svg>',
  )

let server: Running
let token: string
let ours: Site
let stranger: Site
let query = ''

beforeAll(async () => {
  const frames = (path: string): string => `${server.url}${path}${query}#token=${token}`
  ours = await startSite(frames)
  stranger = await startSite(frames)
  server = await start({ env: { POSTHORN_PORTAL_FRAME_ORIGINS: ours.origin } })
  const { id } = await server.svix.application.create({ name: 'Acme', uid: 'acme' })
  token = await signApplicationToken(
    server.secrets.jwtKeys,
    {
      orgId: organisation,
      appId: id,
      expiresInSeconds: 3600,
      capabilities: null,
      featureFlags: [],
      sessionId: null,
    },
    Date.now(),
  )
})
afterAll(async () => {
  for (const each of [server, ours, stranger]) await each[Symbol.asyncDispose]()
  await closeBrowser()
})

/** The frame on the site’s page. */
async function frameOn({ page }: Portal, site: Site, search = ''): Promise<Frame> {
  query = search
  await page.goto(`${site.origin}/`)
  const frame = await (await page.locator('#portal').elementHandle())?.contentFrame()
  if (frame == null) throw new Error('the site has no frame')
  return frame
}

const schemeOf = (frame: Frame): Promise<string | null> =>
  frame.locator('html').getAttribute('data-mantine-color-scheme')

/** What the page has of a variable of the theme. */
const variableOf = (frame: Frame, name: string): Promise<string> =>
  frame.evaluate((each) => getComputedStyle(document.documentElement).getPropertyValue(each), name)

test('a site that is allowed shows the portal in its colors, font, logo and language', async () => {
  await using portal = await openPortal({ url: server.url, token })
  const search = `?theme=dark&color=%230ea5e9&font=Georgia&logo=${encodeURIComponent(logo)}&lang=zh`
  const frame = await frameOn(portal, ours, search)
  await frame.locator('h1').first().waitFor()
  expect(await schemeOf(frame)).toBe('dark')
  expect(await frame.locator('html').getAttribute('lang')).toBe('zh-Hans')
  expect(await variableOf(frame, '--mantine-color-brand-6')).toBe('#0ea5e9')
  expect(await variableOf(frame, '--mantine-font-family')).toMatch(/^"?Georgia/)
  expect(await frame.locator('header img').getAttribute('src')).toBe(logo)
  expect(
    await frame.locator('header img').evaluate((image) => (image as HTMLImageElement).naturalWidth),
  ).toBe(28)
  await keepScreenshot(portal, 'customer-embedded-dark-zh')
})

test('a site that is not allowed shows nothing', async () => {
  await using portal = await openPortal({ url: server.url, token })
  portal.expectFailures(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE/)
  const refused = portal.page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
  const frame = await frameOn(portal, stranger)
  await refused
  expect(await frame.locator('#portal').count()).toBe(0)
})

test('the look follows the messages of the parent, and of nobody else', async () => {
  await using portal = await openPortal({ url: server.url, token })
  const { page } = portal
  const frame = await frameOn(portal, ours, '?theme=light')
  await frame.locator('h1').first().waitFor()
  const heard = frame.evaluate(
    () =>
      new Promise<string>((resolve) =>
        addEventListener('message', ({ origin }) => resolve(origin), { once: true }),
      ),
  )
  await frame.evaluate(() => postMessage({ type: 'posthorn:appearance', theme: 'dark' }, '*'))
  expect(await heard).toBe(server.url)
  expect(await schemeOf(frame)).toBe('light')
  await page.evaluate((origin) => {
    const element = document.querySelector<HTMLIFrameElement>('#portal')
    element?.contentWindow?.postMessage({ type: 'something else', theme: 'dark' }, origin)
    element?.contentWindow?.postMessage(
      { type: 'posthorn:appearance', color: 'red;}*{display:none', logo: 'https://elsewhere.example/x.png' },
      origin,
    )
  }, server.url)
  await page.evaluate((origin) => {
    const element = document.querySelector<HTMLIFrameElement>('#portal')
    element?.contentWindow?.postMessage(
      { type: 'posthorn:appearance', theme: 'dark', color: '#7c3aed' },
      origin,
    )
  }, server.url)
  await expect.poll(() => schemeOf(frame)).toBe('dark')
  await expect.poll(() => variableOf(frame, '--mantine-color-brand-6')).toBe('#7c3aed')
  expect(await frame.locator('header img').getAttribute('src')).toBe('/favicon.svg')
})

test('a site that is not allowed has no say in the look of a window that it opens', async () => {
  await using portal = await openPortal({ url: server.url, token })
  const { page } = portal
  portal.expectFailures(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE/)
  await frameOn(portal, stranger)
  const [opened] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate((url) => {
      Object.assign(globalThis, { opened: open(url) })
    }, `${server.url}/?theme=light#token=${token}`),
  ])
  await opened.locator('h1').first().waitFor()
  await page.evaluate(() => {
    const { opened: other } = globalThis as unknown as { readonly opened: Window }
    other.postMessage({ type: 'posthorn:appearance', theme: 'dark' }, '*')
  })
  await opened.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  expect(await opened.locator('html').getAttribute('data-mantine-color-scheme')).toBe('light')
})

test('the token leaves the address and is kept by this tab alone', async () => {
  await using portal = await openPortal({ url: server.url, token })
  const { page } = portal
  await portal.open('/')
  await page.waitForURL(/\/app\/app_\w+\/endpoints$/)
  expect(await page.evaluate(() => location.href)).not.toContain(token)
  const kept = await page.evaluate(() => ({
    session: Object.values(sessionStorage),
    local: JSON.stringify(localStorage),
    cookie: document.cookie,
    history: JSON.stringify(history.state),
  }))
  expect(kept.session).toContain(token)
  for (const elsewhere of [kept.local, kept.cookie, kept.history]) expect(elsewhere).not.toContain(token)
  await page.reload()
  await page.locator('h1').first().waitFor()
  const other = await page.context().newPage()
  await other.goto(server.url)
  await other.getByRole('heading', { name: 'Sign in to Posthorn' }).waitFor()
})
