import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '#test/support/free-port.ts'
import { closeBrowser, keepScreenshot, openPortal } from '#test/support/portal.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

test('what happens appears by itself, can be held, and leads to its message', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const { id: appId } = await server.svix.application.create({ name: 'Acme', uid: 'acme' })
  await server.svix.endpoint.create(appId, { url: `${receiver.url}/hooks` })
  const publish = (eventType: string) => server.svix.message.create(appId, { eventType, payload: {} })
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(8_000)
  await portal.open('/live')
  await page.getByRole('link', { name: 'Acme' }).click()
  await page.getByText('Listening', { exact: true }).waitFor()
  await page.getByText('Nothing has happened yet').waitFor()
  const rows = page.getByRole('list', { name: 'What happened' }).getByRole('listitem')
  await publish('order.paid')
  await expect.poll(() => rows.count(), { timeout: 8_000 }).toBe(2)
  await rows.filter({ hasText: 'Succeeded 204' }).filter({ hasText: '/hooks' }).waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await publish('order.sent')
  await page.getByRole('button', { name: 'Continue (2 new)' }).waitFor()
  expect(await rows.count()).toBe(2)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect.poll(() => rows.count()).toBe(4)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-live')
  await page.getByText('Attempts', { exact: true }).click()
  await expect.poll(() => rows.count()).toBe(2)
  expect(page.url()).toContain('kind=attempt')
  await rows.first().getByRole('link', { name: 'order.sent' }).click()
  await page.getByRole('heading', { level: 1, name: 'order.sent' }).waitFor()
  // The page of the navigation goes on with the application that was looked at last.
  await page.getByRole('navigation').getByRole('link', { name: 'Live' }).click()
  await page.waitForURL(/\/app\/app_\w+\/live/)
})

test('only chosen event types are shown, on a phone and in Chinese as well', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 500 }))
  const { id: appId } = await server.svix.application.create({ name: 'Acme' })
  await server.svix.endpoint.create(appId, { url: `${receiver.url}/a/path/that/is/rather/long/for/a/phone` })
  const { token } = await server.svix.authentication.appPortalAccess(appId, { featureFlags: [] })
  await using portal = await openPortal({
    url: server.url,
    token,
    theme: 'dark',
    language: 'zh',
    width: 360,
    height: 740,
  })
  const { page } = portal
  page.setDefaultTimeout(8_000)
  await portal.open(`/app/${appId}/live?types=["order.paid"]`)
  await page.getByText('正在监听', { exact: true }).waitFor()
  await server.svix.message.create(appId, { eventType: 'user.created', payload: {} })
  await server.svix.message.create(appId, { eventType: 'order.paid', payload: {} })
  await page.getByRole('link', { name: 'order.paid' }).nth(1).waitFor()
  expect(await page.getByText('user.created').count()).toBe(0)
  await portal.expectNothingCut()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-live-dark-zh-phone')
})

test('nothing is missed while the server is away', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'posthorn-live-'))
  const env = { POSTHORN_LISTEN: `127.0.0.1:${await freePort()}` }
  const first = await start({ dataDir, env })
  const { id: appId } = await first.svix.application.create({ name: 'Acme' })
  await using portal = await openPortal(first)
  portal.expectFailures(/ERR_|503/)
  const { page } = portal
  page.setDefaultTimeout(15_000)
  await portal.open(`/app/${appId}/live`)
  await page.getByText('Listening', { exact: true }).waitFor()
  await first.svix.message.create(appId, { eventType: 'before.stop', payload: {} })
  await page.getByRole('link', { name: 'before.stop' }).waitFor()
  await first.stop()
  await page.getByText('The connection broke').waitFor()
  await keepScreenshot(portal, 'operator-live-broken')
  await using second = await start({ dataDir, env })
  await second.svix.message.create(appId, { eventType: 'while.away', payload: {} })
  await page.getByRole('link', { name: 'while.away' }).waitFor()
  expect(await page.getByRole('link', { name: 'before.stop' }).count()).toBe(1)
  rmSync(dataDir, { recursive: true, force: true })
})
