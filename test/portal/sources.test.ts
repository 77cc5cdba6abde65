import { createHmac } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal } from '#test/support/portal.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

const secret = 'It is a secret of GitHub'

/** Sends what GitHub would send to the path of a source’s URL: the server knows its port only since its start. */
async function send(server: Running, url: string, body: string, key = secret): Promise<number> {
  const signature = createHmac('sha256', key).update(body).digest('hex')
  const response = await fetch(server.url + new URL(url).pathname, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  })
  return response.status
}

test('an operator sets up a source, and what the provider sends reaches its endpoint', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/sources')
  await page.getByText('No source yet').waitFor()
  await page.getByRole('button', { name: 'Create a source' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Provider' }).fill('git')
  await page.getByRole('option', { name: 'GitHub', exact: true }).click()
  await dialog.getByLabel('Name').fill('Our repositories')
  await dialog.getByLabel('Secret').first().fill(secret)
  await dialog.getByLabel('Your id').fill('src_bad')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect.poll(() => dialog.getByLabel('Your id').getAttribute('aria-invalid')).toBe('true')
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-source-new')
  await dialog.getByLabel('Your id').fill('repositories')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/sources\/src_\w+$/)
  await page.getByRole('heading', { level: 1, name: 'Our repositories' }).waitFor()

  await page.getByRole('button', { name: 'Add an endpoint' }).click()
  await page.getByRole('dialog').getByLabel('URL').fill(`${receiver.url}/github`)
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
  await page.getByRole('link', { name: `${receiver.url}/github` }).waitFor()
  await page.getByRole('button', { name: 'Copy URL for the provider' }).click()
  const url = await page.evaluate(() => navigator.clipboard.readText())
  expect(await send(server, url, '{"ref":"main"}')).toBe(200)
  const [arrival] = await receiver.arrived(1)
  expect(arrival?.body).toBe('{"ref":"main"}')

  await page.getByRole('button', { name: 'Replace the URL' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Replace the URL' }).click()
  await page.getByText('The source has another URL.').waitFor()
  expect(await send(server, url, '{}')).toBe(404)
  const { ingestUrl } = await server.svix.ingest.source.get('repositories')
  await page.getByText(ingestUrl ?? '', { exact: true }).waitFor()
  expect(await send(server, ingestUrl ?? '', '{"again":true}')).toBe(200)
  await receiver.arrived(2)

  await page.getByRole('button', { name: `Delete the endpoint ${receiver.url}/github` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No endpoint yet').waitFor()
  expect((await server.svix.ingest.endpoint.list('repositories')).data).toEqual([])
})

test('a refused request is shown with its reason and contents, as text', async () => {
  await using server = await start()
  const { ingestUrl, id } = await server.svix.ingest.source.create({
    name: 'Our repositories',
    type: 'github',
    config: { secret },
  })
  const evil = '{"title":"<img src=x onerror=alert(1)>"}'
  expect(await send(server, ingestUrl ?? '', evil, 'wrong')).toBe(401)
  for (const [theme, language, width] of [
    ['light', 'en', 1280],
    ['dark', 'zh', 360],
  ] as const) {
    await using portal = await openPortal({ ...server, theme, language, width })
    const { page } = portal
    await portal.open(`/sources/${id}?tab=rejected`)
    await page.getByText('bad_signature').waitFor()
    await portal.expectAccessible()
    await portal.expectNothingCut()
    const suffix = theme === 'dark' ? '-dark-zh-phone' : ''
    await keepScreenshot(portal, `operator-source-rejected${suffix}`)
    await page.getByRole('button', { name: /Open the request of|查看 / }).focus()
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.getByText('x-github-event').waitFor()
    await drawer.getByText('onerror=alert(1)').first().waitFor()
    expect(await drawer.locator('img').count()).toBe(0)
    await portal.expectAccessible()
    await keepScreenshot(portal, `operator-source-request${suffix}`)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  }
})

test('a source is renamed, gets another secret, and is deleted', async () => {
  await using server = await start()
  const { ingestUrl, id } = await server.svix.ingest.source.create({
    name: 'Our repositories',
    type: 'github',
    config: { secret },
  })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open(`/sources/${id}?tab=settings`)
  await page.getByRole('textbox', { name: 'Name' }).fill('All repositories')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'All repositories' }).waitFor()
  await page.getByLabel('Secret').first().fill('another secret')
  await page.getByRole('button', { name: 'Replace', exact: true }).click()
  await expect.poll(() => page.getByLabel('Secret').first().inputValue()).toBe('')
  expect(await send(server, ingestUrl ?? '', '{}')).toBe(401)
  expect(await send(server, ingestUrl ?? '', '{}', 'another secret')).toBe(200)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-source-settings')
  await page.getByRole('button', { name: 'Delete the source' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/\/sources$/)
  await page.getByText('No source yet').waitFor()
  expect(await send(server, ingestUrl ?? '', '{}', 'another secret')).toBe(410)
})

test('a provider asks for what it needs, and any other sender for how it signs', async () => {
  await using server = await start()
  for (const [theme, language] of [
    ['dark', 'en'],
    ['light', 'zh'],
  ] as const) {
    await using portal = await openPortal({ ...server, theme, language, width: 360 })
    const { page } = portal
    await portal.open('/sources')
    await page
      .getByRole('button', { name: /Create a source|创建来源/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox').fill('sns')
    await page.getByRole('option').first().click()
    await dialog.getByLabel(/Topic ARN|主题 ARN/).waitFor()
    expect(await dialog.getByLabel(/^(Secret|密钥)/).count()).toBe(0)
    await dialog.getByRole('combobox').fill('discord')
    await page.getByRole('option').first().click()
    await dialog.getByLabel(/^(Public key|公钥)/).fill('no key')
    await dialog.getByLabel(/^(Name|名称)/).fill('Ours')
    portal.expectFailures(/422/)
    await dialog.getByRole('button', { name: /^(Create|创建)$/ }).click()
    await dialog.getByText('must be the provider').waitFor()
    await dialog.getByRole('combobox').fill(language === 'en' ? 'other sender' : '其他')
    await page.getByRole('option').first().click()
    await dialog.getByLabel(/How the sender signs|签名方式/).fill('{')
    await dialog.getByLabel(/^(Name|名称)/).fill('Ours')
    await dialog.getByRole('button', { name: /^(Create|创建)$/ }).click()
    await dialog.getByText(/This is no JSON|这不是有效的 JSON/).waitFor()
    await portal.expectAccessible()
    await portal.expectNothingCut()
    if (language === 'en') {
      await dialog.getByLabel('How the sender signs').fill('')
      await dialog.getByRole('button', { name: 'Create' }).click()
      await page.waitForURL(/\/sources\/src_\w+$/)
      await portal.expectAccessible()
      await portal.expectNothingCut()
    }
  }
  expect((await server.svix.ingest.source.list()).data.map(({ type }) => type)).toEqual(['generic-webhook'])
})
