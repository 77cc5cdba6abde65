import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '#test/support/free-port.ts'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { closeBrowser, keepScreenshot, openPortal } from '#test/support/portal.ts'
import { pythonWith } from '#test/support/python.ts'
import { startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { runProgram, startExample } from '../examples/support.ts'

afterAll(closeBrowser)

const root = join(import.meta.dirname, '../..')
const path = '/hooks/orders'

interface Place {
  readonly server: Running
  readonly appId: string
  readonly endpointId: string
  readonly secret: string
}

async function placeOf(server: Running, url: string): Promise<Place> {
  const app = await server.svix.application.create({ name: 'Acme' })
  const endpoint = await server.svix.endpoint.create(app.id, { url })
  const { key } = await server.svix.endpoint.getSecret(app.id, endpoint.id)
  return { server, appId: app.id, endpointId: endpoint.id, secret: key }
}

const signingOf = ({ appId, endpointId }: Place): string =>
  `/app/${appId}/endpoints/${endpointId}?tab=signing`

/** What the page shows as the program of a language. */
async function programOf(page: Page, language: string, fileName: string): Promise<string> {
  await page.getByRole('tab', { name: language, exact: true }).click()
  return (await page.getByRole('region', { name: fileName }).textContent()) ?? ''
}

/** A directory in which programs find the libraries of this repository. */
function workshop(): string {
  const directory = directoryOfTest()
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(join(root, 'node_modules/standardwebhooks'), join(directory, 'node_modules/standardwebhooks'))
  symlinkSync(root, join(directory, 'node_modules/posthorn'))
  return directory
}

/** How the program in the directory is started. */
type Prepare = (directory: string) => Promise<readonly [string, ...string[]]>

const receivers: readonly (readonly [language: string, fileName: string, prepare: Prepare])[] = [
  ['Node.js', 'receiver.mjs', async (directory) => [process.execPath, join(directory, 'receiver.mjs')]],
  [
    'Node.js · posthorn',
    'receiver.mjs',
    async (directory) => [process.execPath, join(directory, 'receiver.mjs')],
  ],
  [
    'Python',
    'receiver.py',
    async (directory) => [
      await pythonWith(join(root, 'examples/realtime-messages/requirements.txt')),
      join(directory, 'receiver.py'),
    ],
  ],
  [
    'Go',
    'main.go',
    async (directory) => {
      for (const name of ['go.mod', 'go.sum'])
        cpSync(join(root, 'examples/alerts', name), join(directory, name))
      const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=mod' }
      expect(await runProgram({ command: ['gofmt', '-l', '.'], cwd: directory, env })).toBe('')
      await runProgram({ command: ['go', 'build', '-o', 'receiver', '.'], cwd: directory, env })
      return [join(directory, 'receiver')]
    },
  ],
]

test.each(receivers)(
  'the program for %s takes a delivery once, and nothing that is not genuine',
  { timeout: 60_000 },
  async (language, fileName, prepare) => {
    await using server = await start()
    const place = await placeOf(server, `http://127.0.0.1:1${path}`)
    const { appId, endpointId, secret } = place
    await using portal = await openPortal(server)
    await portal.open(signingOf(place))
    const program = await programOf(portal.page, language, fileName)
    expect(program).not.toContain(secret)
    const directory = workshop()
    writeFileSync(join(directory, fileName), program)
    const command = await prepare(directory)
    const port = await freePort()
    const receiver = startExample({
      command,
      cwd: directory,
      env: { WEBHOOK_SECRET: secret, PORT: String(port) },
    })
    await until(() => fetch(`http://127.0.0.1:${port}/`).catch(() => null))
    await server.svix.endpoint.patch(appId, endpointId, { url: `http://127.0.0.1:${port}${path}` })
    await portal.open(signingOf(place))
    writeFileSync(join(directory, 'send.sh'), await programOf(portal.page, 'curl', 'send.sh'))
    const { id } = await server.svix.message.create(appId, { eventType: 'order.paid', payload: { n: 'ä€' } })
    await receiver.printed(new RegExp(id))
    await server.svix.messageAttempt.resend(appId, id, endpointId)
    const attempts = await until(async () => {
      const { data } = await server.svix.messageAttempt.listByMsg(appId, id)
      return data.length === 2 && data
    })
    expect(attempts.map(({ responseStatusCode }) => responseStatusCode)).toEqual([204, 204])
    const send = (key: string): Promise<string> =>
      runProgram({ command: ['bash', join(directory, 'send.sh')], env: { WEBHOOK_SECRET: key } })
    expect(await send(secret)).toMatch(/^HTTP\/1.1 204 /)
    await receiver.printed(/msg_test_/)
    expect(await send('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toMatch(/^HTTP\/1.1 401 /)
    expect(receiver.lines.filter((line) => line.includes(id))).toHaveLength(1)
    expect(receiver.lines.filter((line) => line.includes('msg_test_'))).toHaveLength(1)
  },
)

test('a customer finds the secret and a program for the endpoint, and copies both', async () => {
  await using server = await start()
  await using receiver = await startReceiver()
  const place = await placeOf(server, `${receiver.url}${path}?key=it's`)
  const { appId, secret } = place
  const { token } = await server.svix.authentication.appPortalAccess(appId, { featureFlags: [] })
  await using portal = await openPortal({ url: server.url, token, height: 1400 })
  const { page } = portal
  await portal.open(signingOf(place))
  const environment = page.getByRole('region', { name: 'Put the secret into the environment' })
  const copied = (): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()')
  await page.getByText('Copy the secret from above').waitFor()
  await page.getByRole('button', { name: 'Show', exact: false }).first().click()
  await page.getByText('The copy button puts the secret').waitFor()
  // It is seen above alone, where it can be hidden again.
  expect(await environment.textContent()).toBe("export WEBHOOK_SECRET='whsec_…'")
  await page.getByRole('button', { name: 'Copy Put the secret into the environment' }).click()
  await expect.poll(copied).toBe(`export WEBHOOK_SECRET='${secret}'`)
  await portal.expectAccessible()
  await keepScreenshot(portal, 'customer-verify')
  // By keyboard alone.
  await page.getByRole('tab', { name: 'Node.js', exact: true }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.getByText('Save as receiver.py').waitFor()
  await page.getByRole('button', { name: 'Copy receiver.py' }).click()
  await expect.poll(copied).toContain(`@app.post("${path}")`)
  // A sender that signs as the server does.
  const directory = directoryOfTest()
  writeFileSync(join(directory, 'send.sh'), await programOf(page, 'curl', 'send.sh'))
  await runProgram({ command: ['bash', join(directory, 'send.sh')], env: { WEBHOOK_SECRET: secret } })
  const [arrival] = await receiver.arrived(1)
  expect(arrival?.path).toBe(`${path}?key=it%27s`)
  expect(arrival?.headers['webhook-id']).toMatch(/^msg_test_/)
  new Webhook(secret).verify(arrival?.body ?? '', arrival?.headers as Record<string, string>)
})

test('where deliveries are signed for other libraries, the programs read those headers', async () => {
  await using server = await start({ env: { POSTHORN_SIGNATURE_HEADERS: 'svix' } })
  await using receiver = await startReceiver()
  const place = await placeOf(server, receiver.url)
  await server.svix.message.create(place.appId, { eventType: 'order.paid', payload: {} })
  await until(
    async () => (await server.svix.messageAttempt.listByEndpoint(place.appId, place.endpointId)).data[0],
  )
  await using portal = await openPortal(server)
  await portal.open(signingOf(place))
  await portal.page.getByText("request.headers['svix-signature']").waitFor()
})

test('an endpoint that signs asymmetrically gets the program that knows it', async () => {
  await using server = await start({ env: { POSTHORN_DEFAULT_SIGNATURE: 'ed25519' } })
  const place = await placeOf(server, 'http://127.0.0.1:1/')
  await using portal = await openPortal(server)
  const { page } = portal
  await portal.open(signingOf(place))
  await page.getByRole('button', { name: 'Show', exact: false }).first().click()
  await page.getByText('signs with Ed25519').waitFor()
  expect(await page.getByRole('tab', { name: 'Python' }).count()).toBe(0)
  await page.getByText("export WEBHOOK_SECRET='whpk_…'").waitFor()
})

test.each([
  ['dark', 'zh', 1280],
  ['dark', 'en', 360],
] as const)('is readable %s, in %s, %d pixels wide', async (theme, language, width) => {
  await using server = await start()
  const place = await placeOf(server, `http://127.0.0.1:1${path}`)
  await using portal = await openPortal({ ...server, theme, language, width })
  await portal.open(signingOf(place))
  await portal.page.getByRole('tab', { name: 'Go' }).click()
  await portal.expectAccessible()
  await portal.expectNothingCut()
  const kind = [
    theme === 'dark' ? '-dark' : '',
    language === 'zh' ? '-zh' : '',
    width === 360 ? '-phone' : '',
  ]
  await keepScreenshot(portal, `operator-verify${kind.join('')}`)
})
