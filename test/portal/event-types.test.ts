import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { callApi } from '#test/support/call-api.ts'
import {
  closeBrowser,
  keepScreenshot,
  type Language,
  openPortal,
  type PortalOptions,
  type Theme,
} from '#test/support/portal.ts'
import { type Running, start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

const invoiceSchema = {
  type: 'object',
  required: ['id', 'amount', 'state'],
  properties: {
    id: { type: 'string', description: 'The invoice.', examples: ['inv_1'] },
    amount: { type: 'integer', description: 'In cents.', minimum: 100 },
    state: { enum: ['open', 'paid'], description: 'As it is now.' },
    paidAt: { type: ['string', 'null'], format: 'date-time' },
    customer: { $ref: '#/$defs/customer' },
    lines: {
      type: 'array',
      items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
    },
    legacyId: { type: 'string', deprecated: true, description: '<script>alert(1)</script>' },
  },
  $defs: {
    customer: {
      type: 'object',
      required: ['email'],
      properties: { email: { type: 'string', format: 'email', description: 'Where the invoice went.' } },
    },
  },
}

const openapi = `openapi: 3.1.0
info: { title: Shop, version: '1' }
webhooks:
  order.shipped: { post: { description: It is on its way., requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } } }
  ping: { post: { description: Only to see whether somebody listens. } }
  user.merged: { post: { description: Two have become one. } }
components: { schemas: { Order: { type: object, properties: { id: { type: string } } } } }
`

async function withCatalogue(): Promise<Running> {
  const server = await start()
  const { eventType } = server.svix
  await eventType.create({
    name: 'invoice.paid',
    description: 'All of an invoice has been paid.',
    groupName: 'billing',
    schemas: { 1: { type: 'object' }, 2: invoiceSchema },
  })
  await eventType.create({
    name: 'invoice.created',
    description: 'An invoice was made.',
    groupName: 'billing',
  })
  await eventType.create({ name: 'invoice.voided', description: '', groupName: 'billing', deprecated: true })
  await eventType.create({ name: 'user.created', description: 'Somebody has signed up.' })
  await eventType.create({ name: 'user.deleted', description: 'Somebody has gone, with all of their data.' })
  await eventType.create({ name: 'ping', description: 'Nothing has happened.' })
  await eventType.create({ name: 'user.merged', description: 'No longer made.', archived: true })
  return server
}

async function customerOf(server: Running): Promise<PortalOptions> {
  const app = await server.svix.application.create({ name: 'Acme' })
  const { token } = await server.svix.authentication.appPortalAccess(app.id, {})
  return { url: server.url, token }
}

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

test('an operator makes an event type, gives it schemas and a retry schedule, and takes it back', async () => {
  await using server = await start()
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/event-types')
  await page.getByText('No event type yet').waitFor()
  await page.getByRole('button', { name: 'Create an event type' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('no spaces please')
  portal.expectFailures(/422/)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.locator('.mantine-InputWrapper-error').waitFor()
  await dialog.getByLabel('Name').fill('order.shipped')
  await dialog.getByLabel('Description').fill('It is on its way.')
  await dialog.getByLabel('Group').fill('orders')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/event-types\/order\.shipped$/)

  await page.getByRole('button', { name: 'Add a schema' }).click()
  const editor = dialog.locator('.cm-content')
  await editor.click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText('{"type": "object", ')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('This is no JSON yet').waitFor()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(JSON.stringify(invoiceSchema))
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('row').filter({ hasText: 'customer.email' }).getByText('text (email)').waitFor()

  await page.getByRole('button', { name: 'New version' }).click()
  await dialog.getByLabel('Version').waitFor()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL(/version=/)
  await page.getByLabel('Version of the schema').first().waitFor()
  const made = await server.svix.eventType.get('order.shipped')
  expect(made).toMatchObject({ description: 'It is on its way.', groupName: 'orders' })
  expect(made.schemas).toEqual({ 1: invoiceSchema, 2: invoiceSchema })

  await page.getByLabel('A schedule of its own').check()
  await page.getByLabel('Waits between attempts').fill('soon')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Write numbers with units').waitFor()
  await page.getByLabel('Waits between attempts').fill('5 s, 2 min, 1 h')
  await page.getByText('4 attempts in all').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(() => callApi(server.url, server.token, 'GET', '/event-type/order.shipped/retry-schedule'))
    .toMatchObject({
      text: JSON.stringify({ retrySchedule: [5, 120, 3600].map((secs) => ({ secs, nanos: 0 })) }),
    })

  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Archive' }).click()
  await page.getByText('Customers do not see it, and cannot choose it.').waitFor()
  expect((await server.svix.eventType.get('order.shipped')).archived).toBe(true)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete the event type' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/\/event-types$/)
  expect((await server.svix.eventType.list({ includeArchived: true })).data).toEqual([])
})

test('an operator finds event types by words, group and standing, at an address that can be passed on', async () => {
  await using server = await withCatalogue()
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/event-types')
  await row(page, 'invoice.paid').getByText('Version 2').waitFor()
  await row(page, 'invoice.voided').getByText('Deprecated').waitFor()
  expect(await row(page, 'user.merged').count()).toBe(0)
  await keepScreenshot(portal, 'operator-event-types')
  await page.getByLabel('Archived ones, too').check()
  await row(page, 'user.merged').getByText('Archived', { exact: true }).waitFor()
  await page.getByLabel('Search event types').fill('USER data')
  await page.getByText('1 event type', { exact: true }).waitFor()
  await page.waitForURL(/q=USER/)
  await portal.open(new URL(page.url()).pathname + new URL(page.url()).search)
  await row(page, 'user.deleted').waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
  await page.getByLabel('Search event types').fill('no such words')
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('combobox', { name: 'Group' }).click()
  await page.getByRole('option', { name: 'billing' }).click()
  await page.getByText('3 event types', { exact: true }).waitFor()
})

test('a customer reads what the event types mean, and can change nothing', async () => {
  await using server = await withCatalogue()
  await using portal = await openPortal(await customerOf(server))
  const { page } = portal
  await portal.open('/event-types')
  expect(await page.getByRole('button', { name: 'Create an event type' }).count()).toBe(0)
  expect(await page.getByLabel('Archived ones, too').count()).toBe(0)
  await page.getByRole('link', { name: 'invoice.paid' }).click()
  const field = (path: string) => page.getByRole('row').filter({ hasText: path })
  await field('customer.email').getByText('text (email)').waitFor()
  await field('amount').getByText('whole number').waitFor()
  await field('state').getByText('"paid"').waitFor()
  // What the organisation writes is shown as it is.
  await field('legacyId').getByText('<script>alert(1)</script>').waitFor()
  await page.getByRole('tab', { name: 'Example' }).click()
  const example = page.getByRole('group', { name: 'Example of invoice.paid' })
  await example.getByText('inv_1').waitFor()
  await page.waitForURL(/view=example/)
  expect(await page.getByRole('button', { name: /New version|Edit|More actions/ }).count()).toBe(0)
  await portal.open('/event-types/user.merged').catch(() => undefined)
  portal.expectFailures(/404/)
  await page.getByRole('alert').waitFor()
})

test('event types are imported from an OpenAPI document, after a look at what would change', async () => {
  await using server = await withCatalogue()
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/event-types')
  await page.getByRole('button', { name: 'Import' }).click()
  const dialog = page.getByRole('dialog')
  const look = dialog.getByRole('button', { name: 'Show what would change' })
  await dialog.getByLabel('OpenAPI document').fill('openapi: 3.1.0\nwebhooks: [')
  portal.expectFailures(/4\d\d/)
  await look.click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByLabel('Choose a file').setInputFiles({
    name: 'openapi.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from(openapi),
  })
  await look.click()
  const change = (name: string) => dialog.getByRole('listitem').filter({ hasText: name })
  await change('order.shipped').getByText('New').waitFor()
  await change('ping').getByText('Changed').waitFor()
  await change('user.merged').getByText('Restored').waitFor()
  expect(await dialog.getByRole('listitem').count()).toBe(3)
  // Nothing has happened yet.
  expect((await server.svix.eventType.list()).data.map(({ name }) => name)).not.toContain('order.shipped')
  await dialog.getByLabel('Archive those that the document lacks').check()
  await look.click()
  await change('invoice.paid').getByText('Archived').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-event-types-import')
  await dialog.getByRole('button', { name: 'Import' }).click()
  await row(page, 'order.shipped').waitFor()
  const { data } = await server.svix.eventType.list({ withContent: true })
  expect(data.map(({ name }) => name)).toEqual(['order.shipped', 'ping', 'user.merged'])
  expect(data[0]?.schemas).toMatchObject({ 1: { properties: { id: { type: 'string' } } } })
})

test('event types are chosen from a tree by keyboard alone', async () => {
  await using server = await withCatalogue()
  const customer = await customerOf(server)
  const app = (await server.svix.application.list()).data[0]
  if (app === undefined) throw new Error('no application')
  const endpoint = await server.svix.endpoint.create(app.id, {
    url: 'http://127.0.0.1:9/',
    eventTypes: ['ping', 'user.deleted'],
  })
  await server.svix.eventType.delete('user.deleted')
  await using portal = await openPortal(customer)
  const { page } = portal
  await portal.open(`/app/${app.id}/endpoints/${endpoint.id}?tab=settings`)
  const item = (name: string) => page.getByRole('treeitem', { name })
  await item('ping').waitFor()
  // An archived one is no longer offered, yet it is seen, and can be taken away.
  await page.getByRole('button', { name: 'Remove user.deleted' }).press('Enter')
  await page.getByRole('treeitem').first().focus()
  await page.keyboard.press('Space')
  await expect.poll(() => item('billing 3 event types').getAttribute('aria-checked')).toBe('true')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect.poll(() => item('billing 3 event types').getAttribute('aria-checked')).toBe('mixed')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  expect(await item('billing 3 event types').getAttribute('aria-expanded')).toBe('false')
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => page.locator(':focus').textContent()).toMatch(/^ping/)
  await page.keyboard.press('Enter')
  await page.getByText('2 chosen').waitFor()
  await keepScreenshot(portal, 'customer-event-type-picker')
  await page.getByLabel('All event types, also future ones').check()
  await page.getByRole('tree').waitFor({ state: 'detached' })
  await page.getByLabel('Only those chosen here').check()
  await page.getByText('2 chosen').waitFor()
  await page.getByRole('button', { name: 'Save' }).first().click()
  await expect
    .poll(async () => (await server.svix.endpoint.get(app.id, endpoint.id)).eventTypes?.toSorted())
    .toEqual(['invoice.paid', 'invoice.voided'])
})

test('2,000 event types are searched and chosen at once', async () => {
  await using server = await start()
  const names = Array.from(
    { length: 2_000 },
    (_, each) => `area-${each % 40}.thing-${each % 200}.event-${each}`,
  )
  for (const part of [names.slice(0, 1_000), names.slice(1_000)]) {
    const webhooks = Object.fromEntries(
      part.map((name) => [name, { post: { description: `About ${name}` } }]),
    )
    const spec = { openapi: '3.1.0', info: { title: 'All', version: '1' }, webhooks }
    const made = await callApi(server.url, server.token, 'POST', '/event-type/import/openapi', { spec })
    expect(made.status).toBe(200)
  }
  const app = await server.svix.application.create({ name: 'Acme' })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/event-types')
  await page.getByText('2,000 event types').waitFor()
  await page.getByRole('link', { name: names[0] ?? '', exact: true }).waitFor()
  await portal.open(`/app/${app.id}/endpoints/new`)
  await page.getByLabel('Only those chosen here').check()
  await page.getByRole('treeitem').first().waitFor()
  expect(await page.getByRole('treeitem').count()).toBe(40)
  const search = page.getByLabel('Search event types')
  await search.fill('area-7.')
  await page.getByRole('treeitem', { name: 'area-7 50 event types' }).click()
  await page.getByText('50 chosen').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-event-type-picker')
  await search.fill('event')
  await page.getByRole('treeitem', { name: 'area-39.thing-199.event-1999' }).waitFor()
})

test.each([
  ['light', 'en'],
  ['dark', 'zh'],
] satisfies [Theme, Language][])('the pages can be used by all, %s and %s', async (theme, language) => {
  await using server = await withCatalogue()
  await using wide = await openPortal({ ...server, theme, language })
  const suffix = `${theme === 'dark' ? '-dark' : ''}${language === 'zh' ? '-zh' : ''}`
  await wide.open('/event-types')
  await wide.page.getByRole('link', { name: 'invoice.paid' }).waitFor()
  await wide.expectAccessible()
  if (suffix !== '') await keepScreenshot(wide, `operator-event-types${suffix}`)
  await wide.open('/event-types/invoice.paid')
  await wide.page.getByText('customer.').first().waitFor()
  await wide.expectAccessible()
  await keepScreenshot(wide, `operator-event-type${suffix}`)
  await wide.open('/event-types/invoice.paid?view=example')
  await wide.page.getByText('inv_1').waitFor()
  await wide.expectAccessible()
  await using phone = await openPortal({ ...(await customerOf(server)), theme, language, width: 360 })
  for (const [path, name] of [
    ['/event-types', 'event-types'],
    ['/event-types/invoice.paid', 'event-type'],
  ] as const) {
    await phone.open(path)
    await phone.page.getByText('invoice.paid').first().waitFor()
    await phone.expectNothingCut()
    await keepScreenshot(phone, `customer-${name}${suffix}-phone`)
  }
})
