import { AppPortalCapability } from 'svix'
import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal, type PortalOptions } from '#test/support/portal.ts'
import { type Arrival, messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

afterAll(closeBrowser)

interface Place {
  readonly server: Running
  readonly receiver: Receiver
  readonly appId: string
  readonly endpointId: string
  readonly path: string
}

async function placeOf(server: Running, receiver: Receiver): Promise<Place> {
  await server.svix.eventType.create({
    name: 'order.created',
    description: 'An order was placed',
    schemas: {
      '1': {
        type: 'object',
        examples: [
          { number: 17, customer: 'Ada' },
          { number: 18, customer: 'Grace' },
        ],
      },
    },
  })
  await server.svix.eventType.create({ name: 'order.paid', description: 'An order was paid' })
  const app = await server.svix.application.create({ name: 'Acme' })
  const { id } = await server.svix.endpoint.create(app.id, { url: `${receiver.url}/hooks` })
  const path = `/app/${app.id}/endpoints/${id}?tab=test`
  return { server, receiver, appId: app.id, endpointId: id, path }
}

async function customerOf(
  { server, appId }: Place,
  more: Partial<PortalOptions> = {},
  capabilities = Object.values(AppPortalCapability),
): Promise<PortalOptions> {
  const { token } = await server.svix.authentication.appPortalAccess(appId, {
    featureFlags: [],
    capabilities,
  })
  return { url: server.url, token, ...more }
}

async function published(
  { server, appId }: Place,
  count: number,
  eventType = 'order.created',
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const { id } = await server.svix.message.create(appId, { eventType, payload: { n } })
    ids.push(id)
  }
  return ids
}

/** Every delivery has ended. */
async function settled({ server, appId, endpointId }: Place, attempts: number): Promise<void> {
  await until(async () => {
    const { success, fail, canceled, pending, sending } = await server.svix.endpoint.getStats(
      appId,
      endpointId,
    )
    return success + fail + canceled >= attempts && pending + sending === 0
  })
}

const idsOf = (arrivals: readonly Arrival[]): readonly string[] => arrivals.map(messageIdOf).sort()

test('a customer sends an example, sees why it failed, mends the receiver, and sends another', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 401, body: 'signature is wrong' }))
  const place = await placeOf(server, receiver)
  await using portal = await openPortal(await customerOf(place, { height: 1300 }))
  const { page } = portal
  await portal.open(place.path)
  const section = page.getByRole('region', { name: 'Send an example' })
  await section.getByText('"Ada"').waitFor()
  await section.getByRole('combobox', { name: 'Example' }).click()
  await page.getByRole('option', { name: 'Example 2' }).click()
  await section.getByText('"Grace"').waitFor()
  await section.getByRole('button', { name: 'Send the example' }).click()
  const result = section.getByRole('region', { name: 'What the endpoint answered' })
  await result.getByText('The endpoint answered 401').waitFor()
  await result.getByText('signature is wrong').waitFor()
  await result.getByText('Failed').waitFor()
  const [first] = await receiver.arrived(1)
  expect(first?.body).toBe('{"number":18,"customer":"Grace"}')
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-send-example')
  receiver.behave(() => ({ status: 200, body: 'thank you' }))
  // By keyboard alone.
  await section.getByRole('combobox', { name: 'Event type' }).fill('ping')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await section.getByRole('button', { name: 'Send the example' }).press('Enter')
  await result.getByText('Succeeded').waitFor()
  await result.getByText('thank you').waitFor()
  const arrivals = await receiver.arrived(2)
  expect(arrivals.at(-1)?.body).toBe('{"success":true}')
  expect(await result.getByRole('note').count()).toBe(0)
  await result.getByRole('link', { name: 'Open the message' }).click()
  await page.waitForURL(/\/messages\/msg_/)
})

test('an operator sends again what failed, watches the task, and finds it again', async () => {
  await using server = await start({ env: { POSTHORN_RETRY_SCHEDULE: '' } })
  await using receiver = await startReceiver(() => ({ status: 500 }))
  const place = await placeOf(server, receiver)
  const failed = await published(place, 3)
  await settled(place, 3)
  receiver.behave(() => ({ status: 204 }))
  await published(place, 1)
  await settled(place, 4)
  expect(receiver.arrivals).toHaveLength(4)
  await using portal = await openPortal({ ...server, height: 1300 })
  const { page } = portal
  await portal.open(place.path)
  const section = page.getByRole('region', { name: 'Send again' })
  await section.getByRole('radio', { name: 'What failed' }).waitFor()
  await portal.expectAccessible()
  await section.getByRole('button', { name: 'Send again' }).click()
  await section.getByText('3 messages are sent again').waitFor()
  await section.getByText('Finished').waitFor()
  const arrivals = await receiver.arrived(7)
  expect(idsOf(arrivals.slice(4))).toEqual([...failed].sort())
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-replay')
  expect(page.url()).toMatch(/task=qtask_/)
  await page.reload()
  await section.getByText('3 messages are sent again').waitFor()
  await section.getByRole('link', { name: 'See the attempts since then' }).click()
  await page
    .getByRole('row')
    .filter({ hasText: failed[0] ?? '' })
    .waitFor()
  // The three again, and nothing from before.
  await expect.poll(() => page.getByRole('row').count()).toBe(4)
})

test('a customer makes up for messages that were published while the endpoint was disabled', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const place = await placeOf(server, receiver)
  const { appId, endpointId } = place
  await server.svix.endpoint.patch(appId, endpointId, { disabled: true })
  const missed = await published(place, 2)
  await using portal = await openPortal(await customerOf(place))
  const { page } = portal
  await portal.open(place.path)
  await page.getByText('The endpoint is disabled').waitFor()
  expect(await page.getByRole('button', { name: 'Send the example' }).isDisabled()).toBe(true)
  await server.svix.endpoint.patch(appId, endpointId, { disabled: false })
  await page.reload()
  const section = page.getByRole('region', { name: 'Send again' })
  await section.getByRole('radio', { name: 'What was never sent' }).check()
  await section.getByText('Last hour').click()
  await section.getByRole('button', { name: 'Send again' }).click()
  await section.getByText('Sending again', { exact: true }).waitFor()
  await section.getByText('just now').waitFor()
  expect(idsOf(await receiver.arrived(2))).toEqual([...missed].sort())
  await page.getByText('Nothing waits.').waitFor()
})

test('what matches is sent again after a question, and a wrong period is told at its field', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const place = await placeOf(server, receiver)
  await published(place, 2)
  const [paid] = await published(place, 1, 'order.paid')
  await settled(place, 3)
  await using portal = await openPortal(await customerOf(place))
  const { page } = portal
  await portal.open(place.path)
  const section = page.getByRole('region', { name: 'Send again' })
  await section.getByRole('radio', { name: 'Everything that matches' }).check()
  await section.getByRole('combobox', { name: 'Event types' }).fill('order.paid')
  await page.keyboard.press('Enter')
  await section.getByText('Custom', { exact: true }).click()
  await section.getByRole('button', { name: 'Send again' }).click()
  await section.getByText('Choose when it begins.').waitFor()
  portal.expectFailures(/422/)
  await section.getByLabel('Since').fill('2020-01-01T00:00')
  const confirm = async (): Promise<void> => {
    await section.getByRole('button', { name: 'Send again' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
  }
  await confirm()
  await section.getByText('must lie at most 90 days back').waitFor()
  await section.getByText('Last day').click()
  await confirm()
  const arrivals = await receiver.arrived(4)
  expect(arrivals.slice(3).map(messageIdOf)).toEqual([paid])
})

test('what waits is counted, and canceled after a question', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 500 }))
  const place = await placeOf(server, receiver)
  const { appId, endpointId } = place
  const waiting = await published(place, 2)
  await receiver.arrived(2)
  await using portal = await openPortal(await customerOf(place))
  const { page } = portal
  await portal.open(place.path)
  const section = page.getByRole('region', { name: 'Waiting' })
  await section.getByText('2 deliveries wait.').waitFor()
  await section.getByRole('button', { name: 'Cancel what waits' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel what waits' }).click()
  await section.getByText('Nothing waits.').waitFor()
  const { data } = await server.svix.messageAttempt.listByEndpoint(appId, endpointId, { status: 4 })
  expect(data.map(({ msgId }) => msgId).sort()).toEqual([...waiting].sort())
})

test('who may only look is offered nothing of it', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const place = await placeOf(server, receiver)
  await using portal = await openPortal(await customerOf(place, {}, [AppPortalCapability.ViewBase]))
  await portal.open(place.path)
  await portal.page.getByText('Your access does not include sending.').waitFor()
  expect(await portal.page.getByRole('button', { name: /Send/ }).count()).toBe(0)
})

test.each([
  ['dark', 'zh', 1280],
  ['dark', 'en', 360],
] as const)('is readable %s, in %s, %d pixels wide', async (theme, language, width) => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({ status: 503, body: 'maintenance page' }))
  const place = await placeOf(server, receiver)
  await using portal = await openPortal(await customerOf(place, { theme, language, width, height: 1500 }))
  const { page } = portal
  await portal.open(place.path)
  await page.getByRole('button', { name: language === 'zh' ? '发送示例' : 'Send the example' }).click()
  await page.getByText('maintenance page', { exact: true }).waitFor()
  await page
    .getByRole('radio', { name: language === 'zh' ? '所有符合条件的消息' : 'Everything that matches' })
    .check()
  await page.getByText(language === 'zh' ? '自定义' : 'Custom', { exact: true }).click()
  await portal.expectAccessible()
  await portal.expectNothingCut()
  const kind = [
    theme === 'dark' ? '-dark' : '',
    language === 'zh' ? '-zh' : '',
    width === 360 ? '-phone' : '',
  ]
  await keepScreenshot(portal, `customer-replay${kind.join('')}`)
})
