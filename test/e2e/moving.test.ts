import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { describe, expect, onTestFinished, test } from 'vitest'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { rowLinesOf, rowsOf } from '#test/support/move.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { isOnPostgres, type Running, start, type StartOptions } from '#test/support/start-app.ts'
import { createDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/main.ts')

async function posthorn(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  try {
    const { stdout, stderr } = await run(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH, ...env },
      maxBuffer: 1e9,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

async function emptyDatabase(): Promise<Readonly<Record<string, string>>> {
  const database = await createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return { POSTHORN_DATABASE_URL: database.url }
}

/** A new data directory with the secrets of another one. */
function directoryWithSecretsOf(dataDir: string): string {
  const made = directoryOfTest()
  copyFileSync(join(dataDir, 'secrets.json'), join(made, 'secrets.json'))
  return made
}

/** Retried so often that one retry is always pending, wherever the delivery is. */
const retries = { POSTHORN_RETRY_SCHEDULE: '0.5,'.repeat(60).slice(0, -1) }

/** Everything that a customer can have under way. */
async function traffic(app: Running) {
  const { svix } = app
  const receiver = await startReceiver(({ path }) => ({
    status: path === '/failing' ? 500 : 204,
    body: 'answer',
  }))
  await svix.eventType.create({ name: 'thing.done', description: 'It is done' })
  const { id: appId } = await svix.application.create({
    name: 'Mover "é🦊',
    uid: 'mover',
    metadata: { a: 'b' },
  })
  const create = async (path: string, more: object = {}): Promise<string> => {
    const response = await fetch(`${app.url}/api/v1/app/${appId}/endpoint`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: `${receiver.url}${path}`, ...more }),
    })
    const { id } = (await response.json()) as { readonly id?: string }
    if (id === undefined) throw new Error(`the endpoint was answered by ${response.status}`)
    return id
  }
  const healthy = await create('/healthy', { headers: { 'x-custom': 'kept' } })
  const failing = await create('/failing', { channels: ['failing'] })
  const disabled = await create('/disabled', { channels: ['disabled'] })
  const { key } = await svix.endpoint.getSecret(appId, healthy)
  const publish = (more: object = {}, idempotencyKey?: string) =>
    svix.message.create(
      appId,
      { eventType: 'thing.done', payload: { n: 1 }, ...more },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    )
  const delivered = await publish({ eventId: 'once' }, 'the-key')
  const retried = await publish({ channels: ['failing'] })
  await receiver.arrived(1, (arrival) => arrival.path === '/failing')
  const scheduled = await publish({ deliverAt: new Date(Date.now() + 3_600_000) })
  // Held by the endpoint, as it is disabled before the delivery is due.
  const deliverAt = new Date(Date.now() + 2_000)
  const held = await publish({ channels: ['disabled'], deliverAt })
  await svix.endpoint.patch(appId, disabled, { disabled: true })
  await until(async () => (await svix.messageAttempt.listByMsg(appId, delivered.id)).data.length > 0)
  return { receiver, appId, healthy, failing, disabled, key, publish, delivered, retried, scheduled, held }
}

type Traffic = Awaited<ReturnType<typeof traffic>>

/** What customers see of what no longer changes. */
async function seen({ svix }: Running, it: Traffic) {
  return {
    applications: await svix.application.list(),
    endpoints: await svix.endpoint.list(it.appId),
    eventTypes: await svix.eventType.list(),
    messages: await svix.message.list(it.appId, { withContent: true }),
    attempts: await svix.messageAttempt.listByMsg(it.appId, it.delivered.id, { withContent: true }),
    scheduled: await svix.messageAttempt.listAttemptedDestinations(it.appId, it.scheduled.id),
    secret: await svix.endpoint.getSecret(it.appId, it.healthy),
    headers: await svix.endpoint.getHeaders(it.appId, it.healthy),
    healthyStats: await svix.endpoint.getStats(it.appId, it.healthy),
    disabledStats: await svix.endpoint.getStats(it.appId, it.disabled),
  }
}

async function restarted(options: StartOptions): Promise<Running> {
  const app = await start({ ...options, env: { ...retries, ...options.env } })
  onTestFinished(() => app.stop())
  return app
}

/** All that was under way goes on at the server, as if it had never been another one. */
async function goesOn(app: Running, it: Traffic): Promise<void> {
  const { svix } = app
  const failures = it.receiver.arrivals.filter(({ path }) => path === '/failing').length
  const attempted = await it.receiver.arrived(failures + 1, ({ path }) => path === '/failing')
  expect(new Set(attempted.map(messageIdOf))).toEqual(new Set([it.retried.id]))
  const again = { eventType: 'thing.done', payload: { n: 1 }, eventId: 'once' }
  const repeated = await svix.message.create(it.appId, again, { idempotencyKey: 'the-key' })
  expect(repeated.id).toBe(it.delivered.id)
  await expect(svix.message.create(it.appId, again)).rejects.toMatchObject({ code: 409 })
  const { id } = await svix.message.create('mover', { eventType: 'thing.done', payload: { from: 'there' } })
  const isNew = (arrival: Parameters<typeof messageIdOf>[0]) =>
    messageIdOf(arrival) === id && arrival.path === '/healthy'
  const [arrival] = await it.receiver.arrived(1, isNew)
  expect(arrival?.headers['x-custom']).toBe('kept')
  expect(new Webhook(it.key).verify(arrival?.body ?? '', arrival?.headers as Record<string, string>)).toEqual(
    {
      from: 'there',
    },
  )
}

describe.skipIf(isOnPostgres)('posthorn export and import', () => {
  test('carry everything from SQLite to PostgreSQL and back, and what was under way goes on', async () => {
    const dataDir = directoryOfTest()
    const old = await restarted({ dataDir })
    const it = await traffic(old)
    onTestFinished(() => it.receiver[Symbol.asyncDispose]())
    const file = join(directoryOfTest(), 'export.jsonl')
    expect(await posthorn(['export', '--data-dir', dataDir])).toMatchObject({ code: 0 })
    const before = await seen(old, it)
    await old.stop()
    expect(await posthorn(['export', file, '--data-dir', dataDir])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^[\d,]+ rows exported in [\d.]+ s\n$/) as string,
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)

    const env = await emptyDatabase()
    const { code, stdout } = await posthorn(['import', file], env)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+ rows are in the store\.\n.*POSTHORN_ENCRYPTION_KEY/) as string,
    })
    const there = await posthorn(['export'], env)
    expect(rowLinesOf(there.stdout)).toEqual(rowLinesOf(readFileSync(file, 'utf8')))
    const stranger = directoryOfTest()
    expect(await posthorn(['serve', '--listen', '127.0.0.1:0', '--data-dir', stranger], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the encryption key is not the one') as string,
    })
    const moved = await restarted({ dataDir: directoryWithSecretsOf(dataDir), env })
    expect(await seen(moved, it)).toEqual(before)
    await goesOn(moved, it)
    const after = await seen(moved, it)
    await moved.stop()

    const exported = await posthorn(['export'], env)
    const back = directoryWithSecretsOf(dataDir)
    writeFileSync(join(back, 'moved.jsonl'), exported.stdout)
    expect(await posthorn(['import', join(back, 'moved.jsonl'), '--data-dir', back])).toMatchObject({
      code: 0,
    })
    const home = await posthorn(['export', '--data-dir', back])
    expect(rowLinesOf(home.stdout)).toEqual(rowLinesOf(exported.stdout))
    const last = await restarted({ dataDir: back })
    expect(await seen(last, it)).toEqual(after)
    await until(async () => (await last.svix.endpoint.getStats(it.appId, it.disabled)).pending === 1)
    expect(it.receiver.arrivals.filter(({ path }) => path === '/disabled')).toHaveLength(0)
    await last.svix.endpoint.patch(it.appId, it.disabled, { disabled: false })
    const [released] = await it.receiver.arrived(1, ({ path }) => path === '/disabled')
    expect(released === undefined ? null : messageIdOf(released)).toBe(it.held.id)
    await last.stop()
    expect(rowsOf(home.stdout, 'delivery').length).toBeGreaterThanOrEqual(3)
  }, 60_000)

  test('read from and write to pipes, and say in one line what stands in their way', async () => {
    const dataDir = directoryOfTest()
    const app = await restarted({ dataDir })
    await app.svix.application.create({ name: 'Piped' })
    const target = join(directoryOfTest(), 'target')
    const command = `"${process.execPath}" "${main}"`
    const piped = `${command} export --data-dir "${dataDir}" | ${command} import - --data-dir "${target}"`
    const { stdout } = await run('sh', ['-c', piped], { env: { PATH: process.env.PATH } })
    expect(stdout).toContain('rows are in the store')

    const refused = async (args: readonly string[], words: RegExp, env = {}) => {
      const { code, stderr } = await posthorn(args, env)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(words) as string })
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    const file = join(target, 'export.jsonl')
    expect(await posthorn(['export', file, '--data-dir', dataDir])).toMatchObject({ code: 0 })
    const missing = join(target, 'nowhere.jsonl')
    const text = readFileSync(file, 'utf8')
    writeFileSync(join(target, 'cut.jsonl'), text.slice(0, -40))
    writeFileSync(join(target, 'other.txt'), 'hello\n')
    const empty = directoryOfTest()
    await refused(['export', file, '--data-dir', dataDir], /^posthorn: .* exists already\. Name a file/)
    await refused(['export', '--data-dir', join(empty, 'none')], /^posthorn: there is no store at/)
    await refused(['export'], /^posthorn: there is no store in the database/, await emptyDatabase())
    await refused(['import', missing, '--data-dir', empty], /^posthorn: cannot read .*nowhere/)
    await refused(
      ['import', join(target, 'other.txt'), '--data-dir', empty],
      /^posthorn: line 1: this is no export/,
    )
    await refused(['import', file, '--data-dir', dataDir], /^posthorn: another process already uses/)
    await app.stop()
    await refused(
      ['import', file, '--data-dir', dataDir],
      /^posthorn: the store is not empty: .* application\. /,
    )
    await refused(
      ['import', join(target, 'cut.jsonl'), '--data-dir', empty],
      /^posthorn: the export breaks off at line/,
    )
    await refused(
      ['serve', '--data-dir', empty],
      /^posthorn: an import into this store has not come to its end/,
    )
    expect(existsSync(`${file}.partial`)).toBe(false)
  }, 60_000)
})
