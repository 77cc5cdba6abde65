import { AppPortalCapability } from 'svix'
import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal, type PortalOptions } from '#test/support/portal.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

afterAll(closeBrowser)

/** A customer's way in: a link for one application. */
async function customerOf(
  server: Running,
  appId: string,
  capabilities: AppPortalCapability[] = Object.values(AppPortalCapability),
): Promise<Pick<PortalOptions, 'url' | 'token'>> {
  const { token } = await server.svix.authentication.appPortalAccess(appId, {
    featureFlags: [],
    capabilities,
  })
  return { url: server.url, token }
}

async function published(server: Running, appId: string, eventType: string): Promise<string> {
  const { id } = await server.svix.message.create(appId, { eventType, payload: { n: 1 } })
  return id
}

test('a customer adds an endpoint, sees its secret, and gets the next message', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const app = await server.svix.application.create({ name: 'Acme' })
  await server.svix.eventType.create({ name: 'order.created', description: 'An order was placed' })
  await server.svix.eventType.create({ name: 'order.paid', description: 'An order was paid' })
  await using portal = await openPortal(await customerOf(server, app.id))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints`)
  await page.getByText('No endpoint yet').waitFor()
  await keepScreenshot(portal, 'customer-endpoints-empty')
  await page.getByRole('link', { name: 'Add an endpoint' }).first().click()
  await page.getByRole('heading', { name: 'Add an endpoint', level: 1 }).waitFor()
  await page.getByRole('textbox', { name: 'URL' }).fill('receiver.example')
  await page.getByRole('button', { name: 'Add the endpoint' }).click()
  await page.getByText('Give a whole address').waitFor()
  await page.getByRole('textbox', { name: 'URL' }).fill(`${receiver.url}/hooks`)
  await page.getByLabel('Description').fill('Orders to the warehouse')
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-new-endpoint')
  // By keyboard alone.
  await page.getByLabel('Description').press('Enter')
  await page.getByText('The endpoint is ready').waitFor()
  const [endpoint] = (await server.svix.endpoint.list(app.id)).data
  expect(endpoint).toMatchObject({ url: `${receiver.url}/hooks`, description: 'Orders to the warehouse' })
  const { key } = await server.svix.endpoint.getSecret(app.id, endpoint?.id ?? '')
  await page.getByText(key).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-made')
  await page.getByRole('link', { name: 'Send an example' }).waitFor()
  const messageId = await published(server, app.id, 'order.created')
  await receiver.arrived(1)
  await page.getByRole('tab', { name: 'Deliveries' }).click()
  const row = page.getByRole('row').filter({ hasText: messageId })
  await row.getByText('Succeeded').waitFor()
  await row.getByRole('button', { name: 'order.created' }).click()
  await page.getByRole('dialog').getByText('204').first().waitFor()
})

test('a failed delivery is found by its filters, explained, and sent again', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({
    status: 500,
    headers: { 'x-trace': 'abc-123' },
    body: '<b>database</b> is away',
  }))
  const app = await server.svix.application.create({ name: 'Acme' })
  await server.svix.eventType.create({ name: 'order.created', description: '' })
  await server.svix.eventType.create({ name: 'order.paid', description: '' })
  const endpoint = await server.svix.endpoint.create(app.id, { url: `${receiver.url}/hooks` })
  const failed = await published(server, app.id, 'order.created')
  await receiver.arrived(1)
  receiver.behave(() => ({ status: 200, body: 'thank you' }))
  const paid = await published(server, app.id, 'order.paid')
  await receiver.arrived(2)
  await using portal = await openPortal(await customerOf(server, app.id))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints/${endpoint.id}?tab=deliveries`)
  await page.getByRole('row').filter({ hasText: paid }).waitFor()
  await page.getByRole('row').filter({ hasText: failed }).waitFor()
  await keepScreenshot(portal, 'customer-endpoint-deliveries')
  await portal.expectAccessible()
  await page.getByRole('combobox', { name: 'Status' }).click()
  await page.getByRole('option', { name: 'Failed' }).click()
  await page.getByRole('row').filter({ hasText: paid }).waitFor({ state: 'detached' })
  expect(page.url()).toContain('status=fail')
  await page.getByRole('button', { name: 'order.created' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('<b>database</b> is away').waitFor()
  await drawer.getByText('x-trace').waitFor()
  await drawer.getByText('webhook-signature').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-attempt')
  // What is open stands in the address.
  await page.reload()
  const before = receiver.arrivals.length
  await drawer.getByRole('button', { name: 'Send again' }).click()
  await receiver.arrived(before + 1)
  expect(receiver.arrivals.at(-1)?.headers['webhook-id']).toBe(failed)
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
})

test('settings are changed, and an endpoint is disabled, enabled and deleted', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const app = await server.svix.application.create({ name: 'Acme' })
  const endpoint = await server.svix.endpoint.create(app.id, {
    url: `${receiver.url}/hooks`,
    metadata: { team: 'orders' },
  })
  const { id } = endpoint
  await using portal = await openPortal(await customerOf(server, app.id))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints/${id}?tab=settings`)
  await page.getByRole('textbox', { name: 'URL' }).fill('http://10.0.0.1/hooks')
  portal.expectFailures(/422/)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(() => page.getByRole('textbox', { name: 'URL' }).getAttribute('aria-invalid'))
    .toBe('true')
  await page.getByRole('textbox', { name: 'URL' }).fill(`${receiver.url}/other`)
  await page.getByLabel('Deliveries a second, at most').fill('5')
  await page.getByLabel('Channels').first().fill('eu')
  await page.keyboard.press('Enter')
  await page.getByLabel('A schedule of its own').check()
  await page.getByLabel('Waits before each further attempt').fill('10 s, 2 min')
  await page.getByText('3 attempts').waitFor()
  await page.getByLabel('Must hold a text').check()
  await page.getByLabel('Text', { exact: true }).fill('ok')
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-settings')
  await page.getByRole('button', { name: 'Save' }).click()
  // The words of an earlier success may still be there.
  await expect
    .poll(async () => (await server.svix.endpoint.get(app.id, id)).url)
    .toBe(`${receiver.url}/other`)
  expect(await server.svix.endpoint.get(app.id, id)).toMatchObject({
    url: `${receiver.url}/other`,
    throttleRate: 5,
    channels: ['eu'],
    metadata: { team: 'orders' },
  })
  const raw = await fetch(`${server.url}/api/v1/app/${app.id}/endpoint/${id}`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  expect(await raw.json()).toMatchObject({
    retrySchedule: [10, 120],
    successRule: { body: { contains: 'ok' } },
  })
  await page.getByRole('button', { name: 'Disable the endpoint' }).click()
  await page.getByRole('button', { name: 'Enable the endpoint' }).waitFor()
  expect((await server.svix.endpoint.get(app.id, id)).disabled).toBe(true)
  await page.getByRole('tab', { name: 'Overview' }).click()
  await page.getByText('Disabled by hand').waitFor()
  await page.getByRole('button', { name: 'Enable it again' }).click()
  await page.getByText('Disabled by hand').waitFor({ state: 'detached' })
  expect((await server.svix.endpoint.get(app.id, id)).disabled).toBe(false)
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Delete the endpoint' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No endpoint yet').waitFor()
  expect((await server.svix.endpoint.list(app.id)).data).toEqual([])
})

test('the secret is shown on demand and rotated with a grace period; headers are set and hidden', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const app = await server.svix.application.create({ name: 'Acme' })
  const { id } = await server.svix.endpoint.create(app.id, { url: receiver.url })
  const old = (await server.svix.endpoint.getSecret(app.id, id)).key
  await using portal = await openPortal(await customerOf(server, app.id))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints/${id}?tab=signing`)
  expect(await page.getByText(old).count()).toBe(0)
  await page.getByRole('button', { name: 'Show the secret' }).click()
  await page.getByText(old).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-signing')
  await page.getByRole('button', { name: 'Rotate the secret' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'The old secret stays valid for' }).click()
  await page.getByRole('option', { name: '1 hour' }).click()
  await keepScreenshot(portal, 'customer-endpoint-rotate')
  await dialog.getByRole('button', { name: 'Rotate the secret' }).click()
  await dialog.waitFor({ state: 'detached' })
  const { key } = await server.svix.endpoint.getSecret(app.id, id)
  expect(key).not.toBe(old)
  await page.getByText(key).waitFor()
  await published(server, app.id, 'order.created')
  const [arrival] = await receiver.arrived(1)
  expect(String(arrival?.headers['webhook-signature']).split(' ')).toHaveLength(2)

  await page.getByRole('tab', { name: 'Headers' }).click()
  await page.getByText('No custom header').waitFor()
  for (const [name, value] of [
    ['x-team', 'orders'],
    ['authorization', 'Bearer hush-hush'],
  ] as const) {
    await page.getByRole('button', { name: 'Add a header' }).click()
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByLabel('Value').fill(value)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: name }).waitFor()
  }
  expect(await page.getByText('hush-hush').count()).toBe(0)
  await page.getByText('Set, and never shown').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-headers')
  await published(server, app.id, 'order.created')
  const arrivals = await receiver.arrived(2)
  expect(arrivals.at(-1)?.headers).toMatchObject({ 'x-team': 'orders', authorization: 'Bearer hush-hush' })
  await page.getByRole('button', { name: 'Add a header' }).click()
  await dialog.getByLabel('Name').fill('content-length')
  await dialog.getByLabel('Value').fill('1')
  portal.expectFailures(/422/)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('it belongs to the exchange itself').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove x-team' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('row').filter({ hasText: 'x-team' }).waitFor({ state: 'detached' })
  expect(await server.svix.endpoint.getHeaders(app.id, id)).toEqual({
    headers: {},
    sensitive: ['authorization'],
  })
})

test('who may only look is told so, and is offered nothing else', async () => {
  await using server = await start()
  const app = await server.svix.application.create({ name: 'Acme' })
  const { id } = await server.svix.endpoint.create(app.id, { url: 'https://receiver.example/hooks' })
  await using portal = await openPortal(await customerOf(server, app.id, [AppPortalCapability.ViewBase]))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints`)
  await page.getByText('You may look at everything here').waitFor()
  expect(await page.getByRole('link', { name: 'Add an endpoint' }).count()).toBe(0)
  await portal.open(`/app/${app.id}/endpoints/${id}?tab=settings`)
  await page.getByText('You may look at these settings').waitFor()
  expect(await page.getByRole('textbox', { name: 'URL' }).isDisabled()).toBe(true)
  expect(await page.getByRole('button', { name: /Save|Delete|Disable/ }).count()).toBe(0)
  await page.getByRole('tab', { name: 'Signing' }).click()
  await page.getByText('Your access does not include the secret.').waitFor()
  expect(await page.getByRole('button', { name: /Rotate|Show the secret/ }).count()).toBe(0)
  await page.getByRole('tab', { name: 'Headers' }).click()
  await page.getByText('No custom header').waitFor()
  expect(await page.getByRole('button', { name: 'Add a header' }).count()).toBe(0)
})

test('an operator finds an endpoint among those of all applications', async () => {
  await using server = await start()
  const acme = await server.svix.application.create({ name: 'Acme', uid: 'acme' })
  const globex = await server.svix.application.create({ name: 'Globex' })
  await server.svix.endpoint.create(acme.id, {
    url: 'https://acme.example/hooks',
    description: 'Warehouse',
  })
  const off = await server.svix.endpoint.create(globex.id, {
    url: 'https://globex.example/hooks',
    disabled: true,
  })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/endpoints')
  await page.getByRole('link', { name: 'https://acme.example/hooks' }).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-endpoints')
  await page.getByText('Disabled', { exact: true }).first().click()
  await page.getByRole('link', { name: 'https://acme.example/hooks' }).waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: /Search URL/ }).fill('nowhere')
  await page.getByText('No endpoint fits these filters').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('textbox', { name: /Search URL/ }).fill('globex')
  await page.getByRole('link', { name: 'https://acme.example/hooks' }).waitFor({ state: 'detached' })
  expect(page.url()).toContain('q=globex')
  await page.getByRole('link', { name: 'Globex', exact: true }).waitFor()
  await page.getByRole('link', { name: off.url }).click()
  await page.getByText('Disabled by hand').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-endpoint-overview')
  expect(page.url()).toContain(`/app/${globex.id}/endpoints/${off.id}`)
})

/** A server with endpoints that work and fail, and the pages of them. */
async function startWithTraffic() {
  const server = await start()
  const receiver = await startReceiver(({ path }) => ({ status: path === '/bad' ? 503 : 200 }))
  const app = await server.svix.application.create({ name: 'Acme' })
  await server.svix.eventType.create({ name: 'order.created', description: '' })
  const good = await server.svix.endpoint.create(app.id, {
    url: `${receiver.url}/warehouse/webhooks/incoming/with/a/rather/long/path`,
    description: 'Orders to the warehouse',
    eventTypes: ['order.created'],
  })
  const bad = await server.svix.endpoint.create(app.id, { url: `${receiver.url}/bad` })
  await server.svix.endpoint.create(app.id, { url: 'https://old.example/hooks', disabled: true })
  for (let at = 0; at < 5; at += 1) await published(server, app.id, 'order.created')
  await receiver.arrived(10)
  await until(async () => (await server.svix.endpoint.getStats(app.id, bad.id)).fail >= 5)
  await until(async () => (await server.svix.endpoint.getStats(app.id, good.id)).success >= 5)
  return {
    customer: await customerOf(server, app.id),
    paths: [
      ['endpoints', `/app/${app.id}/endpoints`],
      ['new-endpoint', `/app/${app.id}/endpoints/new`],
      ['endpoint-overview', `/app/${app.id}/endpoints/${bad.id}`],
      ['endpoint-deliveries', `/app/${app.id}/endpoints/${bad.id}?tab=deliveries`],
      ['endpoint-settings', `/app/${app.id}/endpoints/${good.id}?tab=settings`],
      ['endpoint-signing', `/app/${app.id}/endpoints/${good.id}?tab=signing`],
      ['endpoint-headers', `/app/${app.id}/endpoints/${good.id}?tab=headers`],
    ] as const,
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('the pages can be read in the dark and in Chinese', async () => {
  await using scene = await startWithTraffic()
  await using portal = await openPortal({ ...scene.customer, theme: 'dark', language: 'zh' })
  for (const [name, path] of scene.paths) {
    await portal.open(path)
    await portal.expectAccessible()
    await keepScreenshot(portal, `customer-${name}-dark-zh`)
  }
})

test('the pages fit a phone', async () => {
  await using scene = await startWithTraffic()
  await using phone = await openPortal({ ...scene.customer, width: 360, height: 780 })
  for (const [name, path] of scene.paths) {
    await phone.open(path)
    await phone.expectNothingCut()
    await keepScreenshot(phone, `customer-${name}-phone`)
  }
})

test('the list and the overview tell how endpoints are', async () => {
  await using scene = await startWithTraffic()
  await using portal = await openPortal(scene.customer)
  const { page } = portal
  const [[, list], , [, overview]] = scene.paths
  await portal.open(list)
  await page.getByRole('row').filter({ hasText: '/bad' }).getByText('0% of 5 succeeded').waitFor()
  await page.getByRole('row').filter({ hasText: '/warehouse' }).getByText('100% of 5 succeeded').waitFor()
  await page.getByRole('row').filter({ hasText: 'old.example' }).getByText('Nothing sent').waitFor()
  await keepScreenshot(portal, 'customer-endpoints')
  await portal.open(overview)
  await page.getByText('Deliveries fail').waitFor()
  await page.getByText('28 days').click()
  await page.waitForURL(/days=28/)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-endpoint-overview')
  await page.getByRole('link', { name: 'order.created' }).first().click()
  await page.getByRole('dialog').getByText('503').first().waitFor()
})

test('an endpoint that said it is gone is enabled again and gets the next message', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 410 }))
  const app = await server.svix.application.create({ name: 'Acme' })
  const { id } = await server.svix.endpoint.create(app.id, { url: `${receiver.url}/hooks` })
  await published(server, app.id, 'order.created')
  await until(async () => (await server.svix.endpoint.get(app.id, id)).disabled)
  receiver.behave(() => ({ status: 204 }))
  await using portal = await openPortal(await customerOf(server, app.id))
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints/${id}`)
  await page.getByText('Disabled, since it answered 410 Gone').waitFor()
  await portal.expectAccessible()
  await page.getByRole('button', { name: 'Enable it again' }).click()
  await page.getByText('Disabled, since it answered 410 Gone').waitFor({ state: 'detached' })
  const next = await published(server, app.id, 'order.created')
  const arrivals = await receiver.arrived(2)
  expect(arrivals.at(-1)?.headers['webhook-id']).toBe(next)
})
