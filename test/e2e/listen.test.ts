import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start, temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../src/main.ts')

let app: Running
let local: Receiver
let directory: string
beforeAll(async () => {
  app = await start({})
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(async () => {
  local = await startReceiver()
  directory = temporaryDirectory()
})

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await local[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

interface Listening {
  readonly child: ChildProcess
  readonly output: () => string
  readonly errors: () => string
  readonly exit: Promise<number | null>
}

function listen(...args: readonly string[]): Listening {
  const child = spawn(process.execPath, [main, 'listen', '--server', app.url, ...args], {
    env: { PATH: process.env.PATH, POSTHORN_TOKEN: app.token },
  })
  children.push(child)
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return { child, output: () => output, errors: () => errors, exit }
}

async function listening(...args: readonly string[]): Promise<Listening> {
  const started = listen(...args)
  await until(async () => started.output().includes('listening'))
  return started
}

async function anApplication(): Promise<string> {
  return (await app.svix.application.create({ name: 'Listened to' })).id
}

async function publish(appId: string, n: number, eventType = 'order.paid'): Promise<string> {
  return (await app.svix.message.create(appId, { eventType, payload: { n } })).id
}

describe('posthorn listen', () => {
  test('posts what an endpoint gets, signed as its deliveries are, and ends after so many', async () => {
    const appId = await anApplication()
    const { id } = await app.svix.endpoint.create(appId, {
      url: 'https://unreachable.example/hook',
      disabled: false,
      channels: ['a'],
    })
    const { key } = await app.svix.endpoint.getSecret(appId, id)
    const { exit } = await listening('--from', `${appId}/${id}`, '--to', `${local.url}/hook`, '--once', '2')
    await publish(appId, 0)
    const wanted = []
    for (const n of [1, 2]) {
      const message = { eventType: 'order.paid', payload: { n }, channels: ['a'] }
      wanted.push((await app.svix.message.create(appId, message)).id)
    }
    const arrivals = await local.arrived(2)
    expect(arrivals.map(messageIdOf)).toEqual(wanted)
    for (const { body, headers } of arrivals)
      expect(new Webhook(key).verify(body, headers as Record<string, string>)).toHaveProperty('n')
    expect(await exit).toBe(0)
  })

  test('posts by event type to the URLs that it is given for them', async () => {
    const appId = await anApplication()
    await listening('--from', appId, '--to', `order.*=${local.url}/orders`, '--to', `${local.url}/all`)
    await publish(appId, 1, 'order.paid')
    await publish(appId, 2, 'user.created')
    const arrivals = await local.arrived(3)
    expect(arrivals.map(({ path, body }) => [path, body])).toEqual([
      ['/orders', '{"n":1}'],
      ['/all', '{"n":1}'],
      ['/all', '{"n":2}'],
    ])
  })

  test('begins with what comes, and goes on where it was killed', async () => {
    const appId = await anApplication()
    await publish(appId, 0)
    const cursorFile = join(directory, 'cursors.json')
    const args = ['--from', appId, '--to', local.url, '--cursor-file', cursorFile]
    const first = await listening(...args)
    await publish(appId, 1)
    await local.arrived(1)
    const before = existsSync(cursorFile) ? readFileSync(cursorFile, 'utf8') : ''
    await until(async () => existsSync(cursorFile) && readFileSync(cursorFile, 'utf8') !== before)
    first.child.kill('SIGKILL')
    await first.exit
    for (const n of [2, 3]) await publish(appId, n)
    await listening(...args)
    const arrivals = await local.arrived(3)
    expect(arrivals.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
  })

  test('goes on behind the last message where it ended after so many', async () => {
    const appId = await anApplication()
    const args = [
      '--from',
      appId,
      '--to',
      local.url,
      '--cursor-file',
      join(directory, 'cursors.json'),
      '--once',
      '1',
    ]
    const first = await listening(...args)
    for (const n of [1, 2, 3]) await publish(appId, n)
    expect(await first.exit).toBe(0)
    for (let run = 0; run < 2; run++) expect(await listen(...args).exit).toBe(0)
    expect(local.arrivals.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
  })

  test('posts again until the machine answers 2xx where that is what counts', async () => {
    const appId = await anApplication()
    let refusals = 2
    local.behave(() => ({ status: refusals-- > 0 ? 500 : 204 }))
    const { output } = await listening('--from', appId, '--to', local.url, '--ack', 'local')
    const id = await publish(appId, 1)
    const arrivals = await local.arrived(3)
    expect(arrivals.map(messageIdOf)).toEqual([id, id, id].map(() => messageIdOf(arrivals[0] as never)))
    await until(async () => output().includes('204'))
    expect(output().match(/again in/g)).toHaveLength(2)
  })

  test('begins with what the machine has not taken, where the last run ended before it had', async () => {
    const appId = await anApplication()
    local.behave(() => ({ status: 500 }))
    const cursorFile = join(directory, 'cursors.json')
    const args = ['--from', appId, '--to', local.url, '--ack', 'local', '--cursor-file', cursorFile]
    const first = await listening(...args)
    for (const n of [1, 2]) await publish(appId, n)
    await until(async () => first.output().includes('again in'))
    first.child.kill('SIGTERM')
    await first.exit
    const refused = local.arrivals.length
    local.behave(() => ({ status: 204 }))
    await listening(...args)
    const arrivals = await local.arrived(refused + 2)
    expect(new Set(arrivals.slice(0, refused).map(({ body }) => body))).toEqual(new Set(['{"n":1}']))
    expect(arrivals.slice(refused).map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}'])
  })

  test('does not go on from another server’s cursors, and says so', async () => {
    const appId = await anApplication()
    const cursorFile = join(directory, 'cursors.json')
    writeFileSync(cursorFile, JSON.stringify({ [`${app.url} ${appId}`]: '41' }))
    const { exit, errors } = listen('--from', appId, '--to', local.url, '--cursor-file', cursorFile)
    expect(await exit).not.toBe(0)
    expect(errors()).toContain('is none that this server gave for this application')
    expect(errors()).toContain('--cursor-file')
  })

  test('loses nothing while the server is away', async () => {
    const dataDir = temporaryDirectory()
    const port = new URL(app.url).port
    expect(port).not.toBe('')
    const own = await start({ dataDir })
    const { id: appId } = await own.svix.application.create({ name: 'Away' })
    const address = new URL(own.url).host
    const { output, errors } = listen(
      '--server',
      own.url,
      '--token',
      own.token,
      '--from',
      appId,
      '--to',
      local.url,
    )
    await until(async () => output().includes('listening'))
    await own.stop()
    await until(async () => errors().includes('trying again'))
    const again = await start({ dataDir, env: { POSTHORN_LISTEN: address } })
    await again.svix.message.create(appId, { eventType: 'a', payload: { n: 1 } })
    const [arrival] = await local.arrived(1)
    expect(arrival?.body).toBe('{"n":1}')
    await again[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('tells what is wrong in a line, and does not try on', async () => {
    const unknown = listen('--from', 'app_unknown', '--to', local.url)
    expect(await unknown.exit).toBe(1)
    expect(unknown.errors()).toMatch(/^posthorn: the server answered 404: .*--from/)
    const noUrl = listen('--from', 'a', '--to', 'nowhere')
    expect(await noUrl.exit).toBe(2)
    expect(noUrl.errors()).toContain('It must be an http or https URL')
  })

  test('prints a line of JSON for each delivery', async () => {
    const appId = await anApplication()
    const started = listen('--from', appId, '--to', local.url, '--json', '--once', '1')
    await until(async () => started.output().includes('connected'))
    const id = await publish(appId, 1)
    expect(await started.exit).toBe(0)
    const lines = started
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.at(-1)).toMatchObject({
      event: 'delivered',
      from: appId,
      message: { id, eventType: 'order.paid', body: Buffer.from('{"n":1}').toString('base64') },
      answer: { kind: 'answered', status: 204 },
    })
  })
})
