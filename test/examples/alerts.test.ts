import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { freePort } from '#test/support/free-port.ts'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, expect, test } from 'vitest'
import type { Program } from '../../scripts/examples/program.ts'
import {
  type AlertReceiverOptions,
  buildAlertReceiver,
  go,
  listedAlerts,
  startAlertReceiver,
} from '../../scripts/examples/programs/alert-receiver.ts'
import {
  type Alert,
  type Alertmanager,
  type AlertSource,
  createAlertSource,
  findAlertmanager,
  startAlertmanager,
} from '../../scripts/examples/programs/alertmanager.ts'
import { startExample } from './support.ts'

const buildTakesAtMostMs = 180_000
const secretOfTest = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** Of the source. */
const credentials = 'a-token-of-tests'
/** Alertmanager waits before it notifies, and again before it repeats. */
const slowMs = 60_000

let program: string
let alertmanager: string
beforeAll(async () => {
  alertmanager = await findAlertmanager()
  program = await buildAlertReceiver()
}, buildTakesAtMostMs)

const named = (alertname: string, instance = 'one'): Alert => ({
  labels: { alertname, instance },
  annotations: { summary: `${alertname} of ${instance}` },
})

/** How many notifications it has sent. */
async function sentBy({ url }: Alertmanager): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^alertmanager_notifications_total\{integration="webhook"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

type ReceiverOptions = Omit<AlertReceiverOptions, 'program'>

const startReceiver = ({ port, secret, directory }: ReceiverOptions): Promise<Program> =>
  startAlertReceiver(startExample, { program, port, secret, directory })

/** The names of the alerts that a receiver lists, as `alertname/instance`. */
async function listed(port: number) {
  const { open, resolved } = await listedAlerts(port)
  return { open: names(open), resolved: names(resolved) }
}

function names(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ labels }) => `${labels.alertname}/${labels.instance}`).sort()
}

/** What people were told, in that order. */
function told(directory: string): readonly string[] {
  return readFileSync(join(directory, 'notifications.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const notice = JSON.parse(line) as Alert & { readonly number: number; readonly change: string }
      expect(notice.number).toBe(index + 1)
      return `${notice.change} ${names([notice])[0]}`
    })
}

interface Scene extends ReceiverOptions, AlertSource, AsyncDisposable {
  readonly posthorn: Running
  readonly alertmanager: Alertmanager
}

async function startScene(token = credentials): Promise<Scene> {
  const posthorn = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.2,0.2,0.2,0.5,0.5,1,1,1,1,2,2,5,5,5' } })
  const port = await freePort()
  const source = await createAlertSource(posthorn, credentials, `http://127.0.0.1:${port}/webhooks/alert`)
  return {
    ...source,
    posthorn,
    port,
    directory: directoryOfTest(),
    alertmanager: await startAlertmanager(startExample, {
      program: alertmanager,
      directory: directoryOfTest(),
      webhookUrl: source.ingestUrl,
      token,
      repeatInterval: '600ms',
    }),
    [Symbol.asyncDispose]: () => posthorn[Symbol.asyncDispose](),
  }
}

/** The messages that a source has taken in, from the first to the last. */
async function messages({ posthorn, sourceId }: Scene) {
  const { data } = await posthorn.svix.message.list(sourceId, { limit: 250, withContent: true })
  return data.toReversed()
}

test(
  'its own tests pass, those of the shared vectors among them',
  { timeout: buildTakesAtMostMs },
  async () => {
    const vectors = readFileSync(join(import.meta.dirname, '../vectors/standard-webhooks.json'), 'utf8')
    const printed = await go(['test', '-count=1', '-v', './...'])
    expect(printed).toContain(`${(JSON.parse(vectors) as unknown[]).length} vectors`)
  },
)

test('it says what its environment lacks', async () => {
  for (const [env, problem] of [
    [{}, 'missing in the environment: WEBHOOK_SECRET, PORT'],
    [{ PORT: '80', WEBHOOK_SECRET: 'whsec_%' }, 'WEBHOOK_SECRET is no secret'],
    [{ PORT: '80', WEBHOOK_SECRET: 'whsec_' }, 'WEBHOOK_SECRET is no secret'],
    [{ PORT: 'http', WEBHOOK_SECRET: secretOfTest }, 'PORT must be a number'],
    [{ PORT: '0', WEBHOOK_SECRET: secretOfTest, DATA_FILE: '/nowhere/alerts.db' }, 'cannot open /nowhere'],
  ] as const) {
    const receiver = startExample({ command: [program], env })
    expect(await receiver.ended).toEqual({ code: 1, signal: null })
    expect(receiver.lines.join('\n')).toContain(problem)
  }
})

test('it refuses what is forged, too long or no notification, and shows what an alert says as text', async () => {
  const [port, directory] = [await freePort(), directoryOfTest()]
  const receiver = await startReceiver({ port, secret: secretOfTest, directory })
  const url = `http://127.0.0.1:${port}`
  const hostile = '<script>alert(1)</script>\n"\u001B[31m'
  const notification = JSON.stringify({
    version: '4',
    alerts: [
      {
        status: 'firing',
        fingerprint: 'b915815a9d04c3be',
        startsAt: '2026-07-14T12:00:00Z',
        endsAt: '0001-01-01T00:00:00Z',
        labels: { alertname: hostile, [hostile]: 'x' },
        annotations: { summary: hostile },
        generatorURL: 'javascript:alert(1)',
      },
    ],
  })
  const sent = new Date()
  const send = async (
    id: string,
    body: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(sent.getTime() / 1000)}`,
      'webhook-signature': new Webhook(secretOfTest).sign(id, sent, body),
      ...more,
    }
    return (await fetch(`${url}/webhooks/alert`, { method: 'POST', headers, body })).status
  }
  expect(await send('msg_1', notification, { 'webhook-signature': 'v1' })).toBe(401)
  expect(await send('msg_1', notification, { 'webhook-timestamp': '1614265330' })).toBe(401)
  expect((await fetch(`${url}/webhooks/alert`, { method: 'POST', body: notification })).status).toBe(401)
  expect((await fetch(`${url}/webhooks/alert`)).status).toBe(405)
  expect(await send('msg_1', '{"version":')).toBe(400)
  expect(await send('msg_1', '{"version":"4","alerts":[]}')).toBe(400)
  const room = 1_048_576
  expect(await send('msg_1', notification.padEnd(room + 1))).toBe(413)
  expect(await listed(port)).toEqual({ open: [], resolved: [] })
  expect(await send('msg_1', notification.padEnd(room))).toBe(200)
  expect(await send('msg_1', notification)).toBe(200)
  await receiver.printed(/^received {2}msg_1 {2}duplicate$/)

  const page = await fetch(`${url}/alerts`, { headers: { accept: 'text/html,*/*;q=0.8' } })
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = await page.text()
  expect(html).toContain('<h3>&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(html).not.toMatch(/<script|javascript:/)
  await receiver.printed(/^raised {4}b915815a9d04c3be {2}"<script>alert\(1\)<\/script>\\n\\"\\x1b\[31m"/)
  expect(await receiver.stop()).toEqual({ code: 0, signal: null })
  expect(receiver.lines.at(-1)).toBe('stopped')
})

test('a second process on the same file is refused', async () => {
  const options = { port: await freePort(), secret: secretOfTest, directory: directoryOfTest() }
  await startReceiver(options)
  await expect(startReceiver(options)).rejects.toThrow(/cannot open .*alerts\.db: timeout/)
})

test(
  'alerts of Alertmanager’s are raised once and resolved once, through repeats, resends and a death',
  { timeout: slowMs },
  async () => {
    await using scene = await startScene()
    const { posthorn, sourceId, endpointId, port, directory } = scene
    const first = await startReceiver(scene)

    await scene.alertmanager.post([named('Latency'), named('Latency', 'two')])
    await first.printed(/^raised/, 2)
    // Their group is notified of again, word for word: Posthorn takes that for a retry and sends it once.
    await until(async () => (await sentBy(scene.alertmanager)) >= 3)
    expect(await messages(scene)).toHaveLength(1)
    // And with one more alert: the others are in a notification of another id.
    await scene.alertmanager.post([named('Latency', 'three')])
    await first.printed(/1 raised, 0 resolved, 2 unchanged$/)
    const [oldest] = await messages(scene)
    await posthorn.svix.messageAttempt.resend(sourceId, oldest?.id ?? '', endpointId)
    await first.printed(new RegExp(`^received {2}${oldest?.id} {2}duplicate$`))
    expect(await listed(port)).toEqual({
      open: ['Latency/one', 'Latency/three', 'Latency/two'],
      resolved: [],
    })

    expect(await first.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await scene.alertmanager.resolve([named('Latency')])
    await scene.alertmanager.post([named('Disk')])
    await until(async () => (await messages(scene)).length >= 4)
    const second = await startReceiver(scene)
    await second.printed(/^raised/)
    await second.printed(/^resolved/)
    expect(await listed(port)).toEqual({
      open: ['Disk/one', 'Latency/three', 'Latency/two'],
      resolved: ['Latency/one'],
    })

    // The same labels again: another alert.
    await scene.alertmanager.post([named('Latency')])
    await second.printed(/^raised/, 2)
    const all = [named('Latency'), named('Latency', 'two'), named('Latency', 'three'), named('Disk')]
    await scene.alertmanager.resolve(all)
    await second.printed(/^resolved/, 5)
    expect(await listed(port)).toEqual({ open: [], resolved: names(all) })
    expect(await second.stop()).toEqual({ code: 0, signal: null })
    const lines = told(directory)
    expect(lines.slice(0, 3).toSorted()).toEqual(names(all.slice(0, 3)).map((name) => `raised ${name}`))
    expect(lines.slice(3, 5).toSorted()).toEqual(['raised Disk/one', 'resolved Latency/one'])
    expect(lines[5]).toBe('raised Latency/one')
    expect(lines.slice(6).toSorted()).toEqual(names(all).map((name) => `resolved ${name}`))
  },
)

test(
  'a burst of alerts is raised and resolved once each, although their receiver is killed again and again',
  { timeout: slowMs },
  async () => {
    await using scene = await startScene()
    const { port, directory } = scene
    const dozen = (when: string) => Array.from({ length: 12 }, (_, n) => named(`${when}${n}`))
    const [some, others] = [dozen('Early'), dozen('Late')]
    const burst = [...some, ...others]
    let receiver = await startReceiver(scene)
    const restartAt = async (pattern: RegExp, count: number) => {
      await receiver.printed(pattern, count)
      await receiver.stop('SIGKILL')
      receiver = await startReceiver(scene)
    }
    await scene.alertmanager.post(some)
    await restartAt(/^received/, 1)
    await scene.alertmanager.post(others)
    await restartAt(/^raised/, 3)
    await until(async () => (await listed(port)).open.length === burst.length)
    await scene.alertmanager.resolve(some)
    await restartAt(/^received .* 1 resolved/, 1)
    await scene.alertmanager.resolve(others)
    await restartAt(/^resolved/, 3)
    await until(async () => (await listed(port)).resolved.length === burst.length)
    expect(await receiver.stop()).toEqual({ code: 0, signal: null })
    const expected = ['raised', 'resolved'].flatMap((change) =>
      names(burst).map((name) => `${change} ${name}`),
    )
    expect(told(directory).toSorted()).toEqual(expected)
  },
)

test('an alert whose resolve comes first is not raised by what comes after it', async () => {
  await using scene = await startScene()
  const { posthorn, sourceId, endpointId } = scene
  const receiver = await startReceiver(scene)
  await scene.alertmanager.post([named('Latency')])
  await receiver.printed(/^raised/)
  await scene.alertmanager.resolve([named('Latency')])
  await receiver.printed(/^resolved/)
  const [firing, resolved] = await messages(scene)
  expect([firing?.eventType, resolved?.eventType]).toEqual(['firing', 'resolved'])
  await receiver.stop()

  // One that knows nothing yet is sent both, the later one first.
  const directory = directoryOfTest()
  const another = await startReceiver({ ...scene, directory })
  for (const message of [resolved, firing]) {
    await posthorn.svix.messageAttempt.resend(sourceId, message?.id ?? '', endpointId)
    await another.printed(new RegExp(`^received {2}${message?.id} {2}0 raised, 0 resolved, 1 unchanged$`))
  }
  expect(await listed(scene.port)).toEqual({ open: [], resolved: ['Latency/one'] })
  await another.stop()
  expect(told(directory)).toEqual([])
})

test('an Alertmanager with another token is refused by the source, and in its log', async () => {
  await using scene = await startScene('another-token')
  const { posthorn, sourceId } = scene
  await scene.alertmanager.post([named('Latency')])
  const log = await until(async () => {
    const answer = await fetch(`${posthorn.url}/ingest/api/v1/source/${sourceId}/log`, {
      headers: { authorization: `Bearer ${posthorn.token}` },
    })
    const { data } = (await answer.json()) as { readonly data: readonly Readonly<Record<string, unknown>>[] }
    return data.length > 0 && data
  })
  expect(log[0]).toMatchObject({ source_id: sourceId, status_code: 401, error_code: 'bad_signature' })
  expect(JSON.stringify(log)).not.toContain('another-token')
  expect(await messages(scene)).toEqual([])
})
