import { afterAll, beforeAll, expect, test } from 'vitest'
import { signApplicationToken } from '#api/tokens.ts'
import { closeBrowser, keepScreenshot, openPortal, type Portal } from '#test/support/portal.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { organisation, type Running, start } from '#test/support/start-app.ts'

let server: Running
let appId: string

beforeAll(async () => {
  server = await start()
  appId = (await server.svix.application.create({ name: 'Acme', uid: 'acme', metadata: { plan: 'gold' } })).id
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await closeBrowser()
})

/** The token of a portal link, whose address may name another port than the test’s. */
function tokenOf(link: string): string {
  const key = new URLSearchParams(new URL(link).hash.slice(1)).get('key') ?? ''
  return (JSON.parse(Buffer.from(key, 'base64url').toString()) as { token: string }).token
}

async function statusFor(token: string, path: string, method = 'GET'): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/app/${appId}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify({ url: 'https://acme.example/hook' }) } : {}),
  })
  return response.status
}

async function linkIn({ page }: Portal): Promise<string> {
  await page.getByRole('button', { name: 'Copy Link' }).click()
  return await page.evaluate(() => navigator.clipboard.readText())
}

test('a link that may only look is made once, works, and ends with the others', async () => {
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open(`/app/${appId}/access`)
  await page.getByRole('radio', { name: 'Look, and nothing else' }).check()
  await page.getByLabel('Session id').fill('support-1')
  await keepScreenshot(portal, 'operator-application-access')
  await portal.expectAccessible()
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByText('It is shown once and kept nowhere.').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-link-ready')
  const token = tokenOf(await linkIn(portal))
  await page.getByRole('region', { name: 'Piece of HTML' }).getByText('<iframe').waitFor()
  expect(await statusFor(token, '/endpoint')).toBe(200)
  expect(await statusFor(token, '/endpoint', 'POST')).toBe(403)

  await page.getByRole('button', { name: 'Make another' }).click()
  await page.getByLabel('Session id').fill('')
  await page.getByRole('radio', { name: 'What you choose' }).check()
  await page.getByRole('checkbox', { name: 'Create, change and delete endpoints' }).check()
  await page.getByRole('button', { name: 'Make the link' }).click()
  const other = tokenOf(await linkIn(portal))
  expect(await statusFor(other, '/endpoint', 'POST')).toBe(201)
  expect(await statusFor(other, '/endpoint/x/secret')).toBe(403)

  await page.getByLabel('Only this session').fill('support-1')
  await page.getByRole('button', { name: 'End the links' }).click()
  await page.getByRole('dialog').getByText('“support-1”').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'End the links' }).click()
  await page.getByText('The links have ended.').waitFor()
  expect([await statusFor(token, '/endpoint'), await statusFor(other, '/endpoint')]).toEqual([401, 200])
  await page.getByLabel('Only this session').fill('')
  await page.getByRole('button', { name: 'End the links' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End the links' }).click()
  await expect.poll(() => statusFor(other, '/endpoint')).toBe(401)
})

test('from the page for access a link is made for any application, by keyboard', async () => {
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/access')
  await page.getByText(organisation, { exact: true }).first().waitFor()
  await page.getByRole('region', { name: 'Command: Make a token' }).waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-access')
  await page.getByRole('combobox', { name: 'Application' }).focus()
  await page.keyboard.type('acm')
  await page.getByRole('option', { name: 'Acme' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Make the link' }).focus()
  await page.keyboard.press('Enter')
  const token = tokenOf(await linkIn(portal))
  expect(await statusFor(token, '')).toBe(200)
})

test('an application is renamed, limited, and deleted by typing its name', async () => {
  const { id } = await server.svix.application.create({ name: 'Globex', metadata: { plan: 'gold' } })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open(`/app/${id}/settings`)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Globex Inc.')
  await page.getByRole('textbox', { name: 'Your id' }).fill('acme')
  await page.getByLabel('Messages a second, at most').fill('50')
  await page.getByRole('textbox', { name: 'Text 1' }).fill('silver')
  await page.getByRole('button', { name: 'Add an entry' }).click()
  await page.getByRole('textbox', { name: 'Name 2' }).fill('region')
  await page.getByRole('textbox', { name: 'Text 2' }).fill('eu')
  portal.expectFailures(/409/)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByRole('textbox', { name: 'Your id' }).fill('globex')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  expect(await server.svix.application.get('globex')).toMatchObject({
    id,
    name: 'Globex Inc.',
    throttleRate: 50,
    metadata: { plan: 'silver', region: 'eu' },
  })
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-application-settings')
  await page.getByRole('button', { name: 'Delete the application' }).click()
  const dialog = page.getByRole('dialog')
  const does = dialog.getByRole('button', { name: 'Delete' })
  await does.waitFor()
  expect(await does.isDisabled()).toBe(true)
  await dialog.getByLabel('Type “Globex Inc.” to confirm').fill('Globex Inc.')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/applications$/)
  expect((await server.svix.application.list()).data.map((each) => each.id)).not.toContain(id)
})

test('a replay is seen among the background tasks until it is finished', async () => {
  await using receiver = await startReceiver()
  await server.svix.message.create('acme', { eventType: 'invoice.paid', payload: {} })
  const endpoint = await server.svix.endpoint.create('acme', { url: receiver.url })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/tasks')
  await page.getByText('No task yet').waitFor()
  await server.svix.endpoint.replayMissing('acme', endpoint.id, { since: new Date(Date.now() - 60_000) })
  await receiver.arrived(1)
  await page.reload()
  const row = page.getByRole('row').filter({ hasText: 'Send messages that were missed' })
  await row.getByText('Finished').waitFor()
  await row.getByText('1 delivery made').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-tasks')
  await page.getByLabel('Status').selectOption('failed')
  await page.waitForURL(/\?status=failed$/)
  await page.getByText('No task has this status.').waitFor()
})

test('the settings say what the server is and whether it is ready', async () => {
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/settings')
  await page.getByText('Ready', { exact: true }).waitFor()
  await page.getByText('None but its own.').waitFor()
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-settings')
  await page.route('**/health/ready', (route) =>
    route.fulfill({ status: 503, json: { status: 'not ready', reasons: ['the disk is full'] } }),
  )
  portal.expectFailures(/503/)
  await portal.open('/settings')
  await page.getByText('the disk is full').waitFor()
  await page.getByText('Not ready', { exact: true }).waitFor()
})

/** Opens the search and types, once the keys go there. */
async function search({ page }: Portal, words: string): Promise<void> {
  await page.keyboard.press('Control+k')
  const field = page.getByRole('textbox', { name: 'Search ids' })
  await field.and(page.locator(':focus')).waitFor()
  await page.keyboard.type(words)
}

test('whatever there is is found by the keyboard alone', async () => {
  const created = await server.svix.endpoint.create('acme', { url: 'https://needle.example/hook' })
  const message = await server.svix.message.create('acme', { eventType: 'invoice.paid', payload: {} })
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open('/settings')
  const find = async (words: string, found: RegExp): Promise<void> => {
    await search(portal, words)
    await page.getByRole('dialog').getByText('Overview').waitFor({ state: 'detached' })
    await page.getByRole('dialog').getByText(found).first().waitFor()
  }
  await find('needle', /needle\.example/)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-search')
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`/app/${appId}/endpoints/${created.id}$`))
  await find(message.id, /invoice\.paid/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`/app/${appId}/messages/${message.id}$`))
  await find('background', /Background tasks/)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/tasks$/)
  await search(portal, 'there is no such thing')
  await page.getByText('Nothing found.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Search ids' }).waitFor({ state: 'detached' })
})

test('a customer finds what is theirs and nothing of others', async () => {
  const other = await server.svix.application.create({ name: 'Initech' })
  await server.svix.endpoint.create(other.id, { url: 'https://findable.example/theirs' })
  await server.svix.endpoint.create('acme', { url: 'https://findable.example/ours' })
  const token = await signApplicationToken(
    server.secrets.jwtKeys,
    {
      orgId: organisation,
      appId,
      expiresInSeconds: 3600,
      capabilities: ['ViewBase'],
      featureFlags: [],
      sessionId: null,
    },
    Date.now() + 2_000,
  )
  await using portal = await openPortal({ url: server.url, token })
  const { page } = portal
  await portal.open('/')
  await search(portal, 'findable')
  await page.getByRole('dialog').getByText('findable.example/ours').first().waitFor()
  expect(await page.getByText('findable.example/theirs').count()).toBe(0)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`/app/${appId}/endpoints/ep_`))
  for (const path of [
    '/access',
    '/settings',
    '/tasks',
    '/sources',
    `/app/${appId}/access`,
    `/app/${other.id}`,
  ]) {
    await portal.open(path)
    await page.getByRole('heading', { name: 'No such page' }).waitFor()
  }
})

test.each([
  ['dark', 'en', 360],
  ['light', 'zh', 360],
] as const)('every page is for all: %s, %s, %i pixels', async (theme, language, width) => {
  await using portal = await openPortal({ ...server, theme, language, width })
  const suffix = `${theme === 'dark' ? '-dark' : ''}${language === 'zh' ? '-zh' : ''}${width < 700 ? '-phone' : ''}`
  for (const [path, name] of [
    ['/access', 'operator-access'],
    ['/settings', 'operator-settings'],
    ['/tasks', 'operator-tasks'],
    [`/app/${appId}/access`, 'operator-application-access'],
    [`/app/${appId}/settings`, 'operator-application-settings'],
  ] as const) {
    await portal.open(path)
    await portal.expectAccessible()
    await portal.expectNothingCut()
    await keepScreenshot(portal, `${name}${suffix}`)
  }
})
