import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal, type Portal } from '#test/support/portal.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { type Running, start, temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

afterAll(closeBrowser)

const deliveries = 12

/** Publishes to one endpoint that works and one that answers 500, until all attempts are recorded. */
async function exchange(server: Running): Promise<{ readonly appId: string; readonly badId: string }> {
  await using receiver = await startReceiver(({ path }) => ({ status: path === '/bad' ? 500 : 204 }))
  const { svix } = server
  const app = await svix.application.create({ name: 'Acme', uid: 'acme' })
  await svix.endpoint.create('acme', { url: `${receiver.url}/good` })
  const bad = await svix.endpoint.create('acme', { url: `${receiver.url}/bad` })
  for (let n = 0; n < deliveries; n++) {
    await svix.message.create('acme', { eventType: 'invoice.paid', payload: { n } })
  }
  await receiver.arrived(2 * deliveries)
  for (const [id, status] of [
    [bad.id, 2],
    [(await svix.endpoint.list('acme')).data.find((each) => each.id !== bad.id)?.id ?? '', 0],
  ] as const) {
    await until(async () => {
      const { data } = await svix.messageAttempt.listByEndpoint('acme', id, { status })
      return data.length >= deliveries
    })
  }
  return { appId: app.id, badId: bad.id }
}

const dataDir = temporaryDirectory()
let server: Running
let made: Awaited<ReturnType<typeof exchange>>

/** What was counted is written when a server stops. */
beforeAll(async () => {
  const first = await start({ dataDir })
  made = await exchange(first)
  await first.stop()
  server = await start({ dataDir })
})
afterAll(async () => {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** The values of a chart, as those read them who do not see it. */
async function columnOf({ page }: Portal, chart: string, series: string): Promise<readonly string[]> {
  const table = page.getByRole('figure', { name: chart }).getByRole('table')
  const titles = await table.locator('thead th').allTextContents()
  return await table.locator(`tbody tr td:nth-child(${titles.indexOf(series) + 1})`).allTextContents()
}

test('an operator sees what was sent, how it arrived and which endpoint hurts', async () => {
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/')
  const figures = page.getByRole('list', { name: 'Figures' })
  await figures.getByText(`${2 * deliveries} deliveries made of them`).waitFor()
  await figures
    .getByRole('listitem')
    .filter({ hasText: 'Delivered' })
    .getByText('12', { exact: true })
    .waitFor()
  await figures.getByText('50%').waitFor()
  const messages = await columnOf(portal, 'Messages and deliveries', 'Messages')
  expect(messages).toHaveLength(60)
  expect(messages.reduce((sum, each) => sum + Number(each), 0)).toBe(deliveries)
  const again = await columnOf(portal, 'Failures', 'Attempts made again')
  expect(again.reduce((sum, each) => sum + Number(each), 0)).toBe(deliveries)
  expect(await columnOf(portal, 'Time from publishing to arrival', 'Median')).toContainEqual(
    expect.stringMatching(/^\d+ ms$/),
  )
  await page.getByRole('radio', { name: '24 hours' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForURL(/\?range=7d$/)
  await expect
    .poll(async () => (await columnOf(portal, 'Messages and deliveries', 'Messages')).length)
    .toBe(168)
  await portal.expectAccessible()
  await page
    .getByRole('table', { name: 'Endpoints that fail most' })
    .getByRole('link', { name: '/bad' })
    .click()
  await page.waitForURL(new RegExp(`/app/${made.appId}/endpoints/${made.badId}$`))
})

test('the charts are for keyboards, themes, languages and narrow screens, too', async () => {
  for (const [theme, language, width] of [
    ['light', 'en', 1280],
    ['dark', 'en', 1280],
    ['light', 'zh', 1280],
    ['dark', 'zh', 360],
  ] as const) {
    await using portal = await openPortal({ ...server, theme, language, width, height: 1100 })
    const { page } = portal
    await portal.open('/')
    const chart = page
      .getByRole('img')
      .filter({ has: page.locator('canvas') })
      .first()
    await chart.locator('canvas').waitFor()
    const asDrawn = await chart.screenshot()
    await chart.focus()
    await page.keyboard.press('ArrowLeft')
    await chart.locator('.chart-tooltip').waitFor()
    await keepScreenshot(
      portal,
      `operator-overview${theme === 'dark' ? '-dark' : ''}${language === 'zh' ? '-zh' : ''}${width < 700 ? '-phone' : ''}`,
    )
    await page.keyboard.press('Tab')
    await chart.locator('.chart-tooltip').waitFor({ state: 'detached' })
    await portal.expectAccessible()
    await portal.expectNothingCut()
    if (theme === 'light' && language === 'en') {
      await chart.hover()
      await chart.locator('.chart-tooltip').waitFor()
      await page.emulateMedia({ colorScheme: 'dark' })
      await chart.locator('.chart-tooltip').waitFor({ state: 'detached' })
      expect((await chart.screenshot()).equals(asDrawn)).toBe(false)
      await page.setViewportSize({ width: 700, height: 900 })
      await expect
        .poll(async () => (await chart.locator('canvas').boundingBox())?.width, { timeout: 10_000 })
        .toBeLessThan(600)
    }
  }
})

test('a new installation shows commands that send the first message as they are', async () => {
  await using fresh = await start()
  await using portal = await openPortal(fresh)
  const { page } = portal
  await portal.open('/')
  await page.getByRole('heading', { name: 'Send your first message' }).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-first-steps')
  const commands = page.getByRole('region', { name: /^Command \d$/ })
  expect(await commands.count()).toBe(3)
  for (const text of await commands.allTextContents()) await run(text, fresh)
  const [message] = (await fresh.svix.message.list('acme')).data
  expect(message?.eventType).toBe('invoice.paid')
  expect((await fresh.svix.endpoint.list('acme')).data).toHaveLength(1)
  await page.getByRole('button', { name: 'Copy Command 1' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`curl ${fresh.url}/api/v1/app`)
  await portal.open('/')
  await page.getByRole('list', { name: 'Figures' }).waitFor()
})

/** What curl would do with the command, in so far as these commands use it. */
async function run(command: string, { token }: Running): Promise<void> {
  const [, url = ''] = /^curl (\S+)/.exec(command) ?? []
  const [, body = ''] = /-d '(.+)'$/.exec(command) ?? []
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  expect(response.status).toBeLessThan(300)
}

test('a server whose statistics fail says so and tries again', async () => {
  await using portal = await openPortal(server)
  const { page } = portal
  let isBroken = true
  await page.route('**/api/v1/stats/series*', async (route) => {
    if (isBroken) await route.fulfill({ status: 400, json: { code: 'bad', detail: 'it broke' } })
    else await route.continue()
  })
  portal.expectFailures(/400/)
  await portal.open('/')
  await page.getByRole('alert').getByText('it broke').waitFor()
  isBroken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('list', { name: 'Figures' }).waitFor()
})
