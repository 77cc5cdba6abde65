import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { closeBrowser, keepScreenshot, openPortal, type Portal } from '#test/support/portal.ts'
import { type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'

afterAll(closeBrowser)

const markup =
  '</pre></textarea><script>globalThis.hacked=1</script><img src=x onerror="globalThis.hacked=1">'
const hostile = `{"html":${JSON.stringify(markup)},"name":"invoice\u202Efdp.exe","isolate":"\u2066a\u2069\u200F\u061C","escape":"\\u0000\\u202e","number":1e999,"number":12345678901234567890}`

/** Publishes the payload as it is written, to the receiver where there is one. */
async function published(server: Running, payload: string, receiver?: Receiver): Promise<string> {
  const { id: appId } = await server.svix.application.create({ name: 'Acme' })
  if (receiver !== undefined) await server.svix.endpoint.create(appId, { url: receiver.url })
  const answer = await fetch(`${server.url}/api/v1/app/${appId}/msg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: `{"eventType":"order.paid","payload":${payload}}`,
  })
  const { id } = (await answer.json()) as { readonly id: string }
  return `/app/${appId}/messages/${id}`
}

async function expectHarmless({ page }: Portal): Promise<void> {
  const found = await page.evaluate(() => ({
    hacked: (globalThis as { hacked?: unknown }).hacked ?? null,
    foreign: document.querySelectorAll('main script, main img, main iframe, pre textarea').length,
    // oxlint-disable-next-line no-control-regex
    hidden: /[\u0000-\u0008\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/.test(
      document.querySelector('main')?.textContent ?? '',
    ),
  }))
  expect(found).toEqual({ hacked: null, foreign: 0, hidden: false })
}

test('a hostile payload is shown as the text that it is, with what hides in it marked', async () => {
  await using server = await start()
  const path = await published(server, hostile)
  await using portal = await openPortal(server)
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(path)
  const payload = page.getByRole('group', { name: 'Payload' })
  await payload.getByText('U+202E').waitFor()
  expect(await payload.locator('.hidden-character').allTextContents()).toEqual([
    'U+202E',
    'U+2066',
    'U+2069',
    'U+200F',
    'U+061C',
  ])
  await payload.getByText('<script>globalThis.hacked=1</script>').waitFor()
  await expectHarmless(portal)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-payload')
  await payload.getByRole('button', { name: 'Copy Payload' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(hostile)
  await payload.getByText('As sent').click()
  const shown = (await payload.locator('pre').textContent()) ?? ''
  expect(shown).toBe(hostile.replaceAll(/[\u202e\u2066\u2069\u200f\u061c]/gu, codeOf))
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    payload.getByRole('button', { name: 'Download Payload' }).click(),
  ])
  expect(file.suggestedFilename()).toBe('Payload.json')
  expect(readFileSync(await file.path(), 'utf8')).toBe(hostile)
})

function codeOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}

test('a hostile answer and its headers are shown as the text that they are', async () => {
  await using server = await start()
  await using receiver = await startReceiver(() => ({
    status: 500,
    headers: { 'content-type': 'text/html', 'x-note': '"><script>globalThis.hacked=1</script>' },
    body: `<html><script>globalThis.hacked=1</script>\u202Eevil\u001B[31m\r${markup}`,
  }))
  const path = await published(server, '{"id":1}', receiver)
  await receiver.arrived(1)
  await using portal = await openPortal({ ...server, theme: 'dark' })
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(path)
  await page
    .getByRole('button', { name: /^Failed 500/ })
    .last()
    .click()
  const body = page.getByRole('group', { name: 'Body of the answer' })
  await body.getByText('U+202E').waitFor()
  expect(await body.locator('.hidden-character').allTextContents()).toEqual(['U+202E', 'U+001B', 'U+000D'])
  await page.getByText('"><script>globalThis.hacked=1</script>').waitFor()
  await expectHarmless(portal)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'operator-attempt-dark')
})

test('a line of a megabyte does not hold the page up, and can be seen whole', async () => {
  await using server = await start({ env: { POSTHORN_MAX_PAYLOAD_BYTES: '2000000' } })
  const long = `{"line":"${'x'.repeat(1_000_000)}","end":true}`
  const path = await published(server, long)
  await using portal = await openPortal({ ...server, width: 360 })
  const { page } = portal
  page.setDefaultTimeout(6_000)
  await portal.open(path)
  const payload = page.getByRole('group', { name: 'Payload' })
  await payload.getByText('1 MB').waitFor()
  const shownLength = async () => ((await payload.locator('pre').textContent()) ?? '').length
  expect(await shownLength()).toBeLessThanOrEqual(64_000)
  await portal.expectNothingCut()
  // As sent and without wrapping, where lines are as long as they get.
  await payload.getByText('As sent').click()
  await payload.getByRole('button', { name: 'Wrap long lines' }).click()
  await portal.expectNothingCut()
  await payload.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(shownLength).toBeGreaterThan(100_000)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    payload.getByRole('button', { name: 'Download Payload' }).click(),
  ])
  expect(readFileSync(await file.path(), 'utf8')).toBe(long)
})
