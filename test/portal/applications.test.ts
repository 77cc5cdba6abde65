import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal } from '#test/support/portal.ts'
import { start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

test('an operator creates an application and finds it among the others', async () => {
  await using server = await start()
  await server.svix.application.create({ name: 'Acme', uid: 'acme' })
  await using portal = await openPortal(server)
  await portal.open('/applications')
  const { page } = portal
  await page.getByRole('link', { name: 'Acme' }).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'applications')
  await page.getByRole('button', { name: 'Create an application' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Globex')
  await dialog.getByLabel('Your id').fill('acme')
  portal.expectFailures(/409/)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByLabel('Your id').fill('globex')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/app\/app_\w+\/endpoints$/)
  await page.getByText('Globex', { exact: true }).waitFor()
  const created = await server.svix.application.get('globex')
  expect(page.url()).toContain(created.id)
  await portal.open('/applications')
  await page.getByRole('link', { name: 'Globex' }).waitFor()
})
