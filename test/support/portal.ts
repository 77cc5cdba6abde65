import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { openBrowser } from './browser.ts'

export type Theme = 'light' | 'dark'
export type Language = 'en' | 'zh'

export interface PortalOptions {
  /** Where the server answers. */
  readonly url: string
  readonly token: string
  readonly theme?: Theme
  readonly language?: Language
  /** In CSS pixels. */
  readonly width?: number
  readonly height?: number
}

/** The portal in a browser. Disposing it fails where the page wrote an error to the console or a request failed. */
export interface Portal extends AsyncDisposable {
  readonly page: Page
  /** Opens a path as whoever the token is of. */
  open(path: string): Promise<void>
  /** Answers with this status, or failures to connect, are part of what is tested. */
  expectFailures(pattern: RegExp): void
  /** No serious violation of WCAG 2.2 AA on the page as it is. */
  expectAccessible(): Promise<void>
  /** Nothing reaches over the right edge of the window. */
  expectNothingCut(): Promise<void>
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const screenshots = join(import.meta.dirname, '../../docs/screenshots')
const settledMs = 10_000
/** Pages that keep a request open for as long as they are shown. */
const endless = /\/live(\?|$)/
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let browser: Promise<Browser> | null = null

/** One browser for all tests of a file; ends with `closeBrowser`. */
export async function openPortal({
  url,
  token,
  theme = 'light',
  language = 'en',
  width = 1280,
  height = 800,
}: PortalOptions): Promise<Portal> {
  browser ??= openBrowser()
  const context = await (
    await browser
  ).newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  // Before the test's own time is over, so that a failure says what it waited for.
  page.setDefaultTimeout(settledMs)
  const problems = watch(page)
  const expected: RegExp[] = []
  return {
    page,
    async open(path) {
      // A change of the fragment alone loads nothing anew.
      await page.goto('about:blank')
      await page.goto(`${url}${path}#token=${token}`)
      await page.locator('h1').first().waitFor({ timeout: settledMs })
    },
    expectFailures: (pattern) => void expected.push(pattern),
    async expectAccessible() {
      await settle(page)
      await inspect(page)
    },
    async expectNothingCut() {
      await settle(page)
      const over = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(over, 'pixels beyond the right edge').toBe(0)
    },
    async [Symbol.asyncDispose]() {
      await context.close()
      expect(problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)))).toEqual([])
    },
  }
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
  browser = null
}

/** What a page should not do: errors in its console, exceptions, requests that fail or are refused. */
function watch(page: Page): readonly string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('requestfailed', (request) => {
    // The page gives up what it no longer needs.
    if (request.failure()?.errorText === 'net::ERR_ABORTED') return
    problems.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText ?? ''}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`answered ${response.status()}: ${response.url()}`)
  })
  return problems
}

/** Nothing loads or moves any more. */
async function settle(page: Page): Promise<void> {
  if (!endless.test(page.url())) await page.waitForLoadState('networkidle')
  await expect
    .poll(() => page.locator('[role="status"][aria-label], .mantine-Skeleton-root').count(), {
      timeout: settledMs,
    })
    .toBe(0)
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

async function inspect(page: Page): Promise<void> {
  // By the debugger’s way: the page’s own policy lets no script in.
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, ${JSON.stringify({ runOnly: rules })})`,
  )
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html }) => html.slice(0, 200)).slice(0, 3),
    }))
  expect(serious).toEqual([])
}

/** Keeps how the page looks in `docs/screenshots`, where the variable `SCREENSHOTS` asks for it. */
export async function keepScreenshot({ page }: Portal, name: string): Promise<void> {
  if (process.env.SCREENSHOTS === undefined) return
  await settle(page)
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled', caret: 'hide' })
}
