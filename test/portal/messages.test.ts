import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal } from '#test/support/portal.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

async function application(server: Running, ...urls: readonly string[]): Promise<string> {
  const { id } = await server.svix.application.create({ name: 'Acme', uid: 'acme' })
  for (const url of urls) await server.svix.endpoint.create(id, { url, description: 'Orders' })
  return id
}

/** A customer's token for one application. */
async function customerOf(server: Running, appId: string, capabilities?: ['ViewBase']) {
  const { token } = await server.svix.authentication.appPortalAccess(appId, {
    featureFlags: [],
    ...(capabilities === undefined ? {} : { capabilities }),
  })
  return { url: server.url, token }
}

test('an operator publishes a message by hand, and sees how it arrives', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
    body: '{"ok":true}',
  }))
  await application(server, `${receiver.url}/hooks`)
  await server.svix.eventType.create({
    name: 'order.paid',
    description: 'An order was paid',
    schemas: { '1': { type: 'object', properties: { id: { type: 'string', const: 'ord_1' } } } },
  })
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open('/messages')
  await page.getByRole('link', { name: 'Acme' }).waitFor()
  await portal.expectAccessible()
  await page.getByLabel('Search by name').fill('acm')
  await page.getByRole('link', { name: 'Acme' }).click()
  await page.getByText('No message yet').waitFor()
  await page.getByRole('button', { name: 'Publish a test message' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Event type' }).fill('order.paid')
  await page.keyboard.press('Escape')
  const editor = dialog.getByRole('textbox', { name: 'Payload' })
  await editor.getByText('"ord_1"').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-publish')
  await editor.press('ControlOrMeta+a')
  await page.keyboard.insertText('{"id": 12345678901234567890.10, oops}')
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await dialog.getByText('must be a JSON object').waitFor()
  await editor.press('ControlOrMeta+a')
  await page.keyboard.insertText('{"id": 12345678901234567890.10,  "id": 2}')
  await dialog.getByLabel('Event id').fill('evt-1')
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('heading', { level: 1, name: 'order.paid' }).waitFor()
  const [arrival] = await receiver.arrived(1)
  expect(arrival?.body).toBe('{"id": 12345678901234567890.10,  "id": 2}')
  expect(page.url()).toContain(arrival === undefined ? '' : messageIdOf(arrival))
  await page.getByText('Delivered').waitFor()
  await page.getByRole('group', { name: 'Payload' }).getByText('12345678901234567890.10').waitFor()
  await page.getByRole('button', { name: 'Succeeded' }).click()
  await page.getByText('x-request-id').waitFor()
  await page.getByText('webhook-signature').waitFor()
  await page.getByRole('group', { name: 'Body of the answer' }).getByText('"ok"').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-message')
})

test('a message that fails is sent again by hand, and its payload is deleted', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 500, body: 'out of order' }))
  const appId = await application(server, receiver.url)
  const { id } = await server.svix.message.create(appId, { eventType: 'order.paid', payload: { id: 1 } })
  await receiver.arrived(1)
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(`/app/${appId}/messages/${id}`)
  await page.getByText('Waiting', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Failed 500.*First attempt/ }).waitFor()
  receiver.behave(() => ({ status: 204 }))
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByRole('button', { name: /^Succeeded 204.*Sent by hand/ }).waitFor()
  expect(receiver.arrivals.map(messageIdOf)).toEqual([id, id])
  await page.getByRole('button', { name: 'Delete the payload' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete the payload?' })
  await dialog.waitFor()
  await portal.expectAccessible()
  await dialog.getByRole('button', { name: 'Delete the payload' }).click()
  await page.getByText('The payload is gone').waitFor()
  const answer = await fetch(`${server.url}/api/v1/app/${appId}/msg/${id}/raw`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  expect(await answer.json()).toMatchObject({ payload: '', expired: true })
})

test('messages are found by filters in the address, and by their ids', async () => {
  await using server = await start()
  const appId = await application(server)
  const publish = (eventType: string, more: object) =>
    server.svix.message.create(appId, { eventType, payload: {}, ...more })
  await publish('order.paid', { eventId: 'evt-1', channels: ['shop'], tags: ['vip'] })
  await publish('order.sent', {})
  await publish('user.created', {})
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(`/app/${appId}/messages`)
  const rows = page.getByRole('row')
  await expect.poll(() => rows.count()).toBe(4)
  const eventTypes = page.getByRole('combobox', { name: 'Event types' })
  await eventTypes.fill('order.paid')
  await eventTypes.press('Enter')
  await eventTypes.fill('order.sent')
  await eventTypes.press('Enter')
  await expect.poll(() => rows.count()).toBe(3)
  expect(decodeURIComponent(page.url())).toContain('types=["order.paid","order.sent"]')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'More filters' }).click()
  await page.getByLabel('Channel').fill('shop')
  await page.getByLabel('Channel').press('Enter')
  await expect.poll(() => rows.count()).toBe(2)
  await page.reload()
  await expect.poll(() => rows.count()).toBe(2)
  await page.getByRole('link', { name: 'order.paid' }).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-messages-filtered')
  await page.getByLabel('Published after').fill('2099-01-01T00:00')
  await page.getByText('No message fits').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).last().click()
  await expect.poll(() => rows.count()).toBe(4)
  portal.expectFailures(/404/)
  const search = page.getByLabel('Message id or event id')
  await search.fill('evt-2')
  await search.press('Enter')
  await page.getByText('No message of this application has this id').waitFor()
  await search.fill('evt-1')
  await search.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'order.paid' }).waitFor()
  await page.getByText('This message went to no endpoint').waitFor()
})

test('thousands of messages scroll by with only those in sight on the page', async () => {
  await using server = await start()
  const appId = await application(server)
  const count = 2_000
  for (let from = 0; from < count; from += 1_000) {
    const messages = Array.from({ length: 1_000 }, (_, at) => ({
      eventType: `order.n${from + at}`,
      payload: {},
    }))
    const answer = await fetch(`${server.url}/api/v1/app/${appId}/msg/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    })
    expect(answer.ok).toBe(true)
  }
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(`/app/${appId}/messages`)
  const newest = page.getByRole('link', { name: `order.n${count - 1}`, exact: true })
  await newest.waitFor()
  const oldest = page.getByRole('link', { name: 'order.n0', exact: true })
  const scroll = async (): Promise<number> => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    return await oldest.count()
  }
  await expect.poll(scroll, { interval: 20, timeout: 15_000 }).toBe(1)
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  expect(height).toBeGreaterThan(80_000)
  await expect.poll(() => page.getByRole('row').count()).toBeLessThan(400)
  await page.evaluate(() => scrollTo(0, 0))
  await newest.waitFor()
})

test('a customer sees messages and attempts, and changes nothing without leave', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 400, body: 'no' }))
  const appId = await application(server, receiver.url)
  const { id } = await server.svix.message.create(appId, {
    eventType: 'order.paid',
    payload: { id: 1, items: [{ sku: 'A-1', count: 2 }] },
    tags: ['vip'],
  })
  await receiver.arrived(1)
  await using portal = await openPortal(await customerOf(server, appId, ['ViewBase']))
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(`/app/${appId}/messages`)
  await page.getByRole('link', { name: 'order.paid' }).click()
  // By keyboard alone.
  await page
    .getByRole('button', { name: /^Failed 400/ })
    .last()
    .press('Enter')
  await page.getByRole('group', { name: 'Body of the answer' }).waitFor()
  expect(await page.getByRole('button', { name: /Send again|Delete|Publish/ }).count()).toBe(0)
  await portal.expectAccessible()
  await using phone = await openPortal({
    ...(await customerOf(server, appId)),
    theme: 'dark',
    language: 'zh',
    width: 360,
    height: 740,
  })
  await phone.open(`/app/${appId}/messages`)
  await phone.page.getByRole('link', { name: 'order.paid' }).waitFor()
  await phone.expectNothingCut()
  await phone.expectAccessible()
  await keepScreenshot(phone, 'customer-messages-dark-zh-phone')
  await phone.page.getByRole('link', { name: 'order.paid' }).click()
  await phone.page.getByRole('button', { name: /^失败/ }).last().click()
  await phone.page.getByRole('group', { name: '响应内容' }).waitFor()
  await phone.page.getByRole('button', { name: '重新发送' }).waitFor()
  await phone.expectNothingCut()
  await phone.expectAccessible()
  await keepScreenshot(phone, 'customer-message-dark-zh-phone')
  expect(phone.page.url()).toContain(id)
})

test('an operator on a phone chooses an application and publishes in the dark, in Chinese', async () => {
  await using server = await start()
  const appId = await application(server)
  await using portal = await openPortal({ ...server, theme: 'dark', language: 'zh', width: 360, height: 740 })
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(`/app/${appId}/messages`)
  await page.getByRole('link', { name: '切换应用' }).click()
  await page.getByLabel('按名称或自定义 ID 搜索').fill('nobody')
  await page.getByText('没有这个名称或 ID 的应用').waitFor()
  await page.getByLabel('按名称或自定义 ID 搜索').fill('acme')
  await page.getByRole('link', { name: 'Acme' }).waitFor()
  await portal.expectNothingCut()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-choose-dark-zh-phone')
  await page.getByRole('link', { name: 'Acme' }).click()
  await page.getByRole('button', { name: '发布测试消息' }).first().click()
  const editor = page.getByRole('dialog').getByRole('textbox', { name: '消息内容' })
  await editor.press('ControlOrMeta+a')
  await page.keyboard.insertText('{"id": 1,}')
  await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click()
  await page.getByText('请选择事件类型').waitFor()
  await page.locator('.cm-lint-marker-error').waitFor()
  await portal.expectNothingCut()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-publish-dark-zh-phone')
})
